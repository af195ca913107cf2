// A ring of concord nodes in this process and of nodes of the Go library in others.
#ifndef CONCORD_TESTS_COMPAT_MIXED_RING_H_
#define CONCORD_TESTS_COMPAT_MIXED_RING_H_

#include <memory>
#include <string>
#include <vector>

#include "compat/go_peer.h"
#include "concord/node.h"
#include "support/log_text.h"

namespace concord::testing {

class MixedRing {
 public:
  // The first that is added creates the ring; the others join through one that is there.
  Node& AddConcord(const std::string& name);
  GoPeer& AddGo(const std::string& name);

  void Kill(const std::string& name);
  std::string Leave(const std::string& name);  // a concord node; to whom it handed its range
  std::string NameAfter(const std::string& name) const;  // on the ring

  // The next may join through it alone.
  void JoinThrough(const std::string& name) { seed_ = name; }

  Node& concord(const std::string& name);
  GoPeer& go(const std::string& name);

  // Waits until every concord node knows its true neighbours, and every Go node its true
  // predecessor and head; fails the test when that does not come.
  void WaitUntilIdeal();
  // Every member of either kind names the true owner of `keys` keys. Once somebody has died a Go
  // node may fail instead: it does not try another way around a dead finger, of which it looks at
  // one of 64 at a time.
  void ExpectAllAgree(int keys);
  // Every concord node names each member as the owner of its own name. (A Go node names who comes
  // before it: its arcs have no ends.)
  void ExpectNamesOwnThemselves();

  const LogText& log() const { return log_; }

 private:
  struct Member {
    std::string name;
    std::unique_ptr<Node> concord;  // one of the two
    std::unique_ptr<GoPeer> go;
    std::string address() const { return concord ? concord->address() : go->address(); }
  };
  Member& Find(const std::string& name);
  std::string SeedAddress();
  std::vector<std::string> Order() const;  // names, by identifier
  std::string WhyNotIdeal();               // empty: it is

  LogText log_;
  std::string heir_;  // of who left last; Leave waits until it is known
  std::string seed_;
  bool somebody_died_ = false;
  std::vector<Member> members_;
};

}  // namespace concord::testing

#endif  // CONCORD_TESTS_COMPAT_MIXED_RING_H_
