// A node of the Go library, as far as a ring can tell: a process of go_peer.py.
#ifndef CONCORD_TESTS_COMPAT_GO_PEER_H_
#define CONCORD_TESTS_COMPAT_GO_PEER_H_

#include <memory>
#include <string>
#include <vector>

#include "support/child.h"

namespace concord::testing {

class GoPeer {
 public:
  // `seed`: the address of a member; empty: it creates a ring.
  explicit GoPeer(const std::string& name, const std::string& seed = "");
  ~GoPeer();

  const std::string& name() const { return name_; }
  const std::string& address() const { return address_; }

  // Who owns `key`, as it says: a name, or why it does not know.
  std::string Lookup(const std::string& key);
  // Names: its predecessor, and its successors without repeats and itself.
  std::string predecessor();
  std::vector<std::string> successors();
  // How many fields that it does not know have come to it.
  int unknown_fields();

  // As if its machine lost its power.
  void Kill();

 private:
  std::vector<std::string> Ask(const std::string& command);

  const std::string name_;
  std::unique_ptr<example::Child> process_;
  std::string address_;
};

}  // namespace concord::testing

#endif  // CONCORD_TESTS_COMPAT_GO_PEER_H_
