// Those who begin a ring together.
#ifndef CONCORD_CORE_FOUNDERS_H_
#define CONCORD_CORE_FOUNDERS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "concord/types.h"
#include "core/id_space.h"
#include "core/messages.h"

namespace concord::core {

// The nodes of a list of addresses, as far as they have been met. Every node of the list keeps one
// of itself.
class Founders {
 public:
  struct Founder {
    std::string address;
    Server server = {};  // without a name: not met
    std::uint64_t incarnation = 0;
    std::uint64_t complete = 0;  // its own complete() when it was asked last
    std::string last_error = "not asked yet";
  };

  // `addresses`: at least `self`'s.
  Founders(std::vector<std::string> addresses, const Server& self, std::uint64_t incarnation);

  std::size_t size() const { return founders_.size(); }
  const Founder& operator[](std::size_t i) const { return founders_[i]; }

  // A digest of the list: who has another one does not mean the same ring.
  std::uint64_t roster() const { return roster_; }
  // A digest of all who were met, in these lives of theirs; 0 while somebody was not.
  std::uint64_t complete() const { return complete_; }
  // Everybody has met everybody: the same nodes, in the same lives.
  bool agreed() const;

  // Whether `meeting` tells something new about its sender, who is in the list.
  bool IsNews(const Meeting& meeting) const;
  // What came of asking the i-th.
  void Met(std::size_t i, const Meeting& meeting);
  void Failed(std::size_t i, std::string reason);

  // Who has the same identifier as `server` at another address; null: nobody.
  const Founder* WithIdOf(const Server& server) const;
  // The others, clockwise after `self`. Precondition: complete().
  std::vector<Server> Clockwise(const IdSpace& space, Id self) const;

 private:
  std::vector<Founder> founders_;  // by address
  std::size_t self_ = 0;           // which of them we are
  std::uint64_t roster_;
  std::uint64_t complete_ = 0;
};

}  // namespace concord::core

#endif  // CONCORD_CORE_FOUNDERS_H_
