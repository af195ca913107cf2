// A phone book of which each process of a ring holds a part: a small application, for the sake of
// its test in main.cc.
#ifndef CONCORD_EXAMPLES_SIM_PHONE_BOOK_H_
#define CONCORD_EXAMPLES_SIM_PHONE_BOOK_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "concord/sim/node.h"
#include "concord/sim/process.h"

// A number is held by the owner of its name, on disk. What a process holds and does not own, since
// somebody joined or came back, it brings to the owner, and drops it when the owner has it.
class PhoneBook final : public concord::sim::Application {
 public:
  // `seeds`: addresses of others; without any it begins a ring. `careless`: it forgets to sync.
  PhoneBook(concord::sim::Process& process, std::vector<std::string> seeds, bool careless);

  // Through any process. Once `done` gets OK, the number survives a crash of whoever holds it.
  void Put(const std::string& name, const std::string& number,
           std::function<void(const absl::Status&)> done);
  void Get(const std::string& name, std::function<void(const absl::StatusOr<std::string>&)> done);

 private:
  using Done = concord::sim::Process::Done;

  void Join();
  void Serve(const std::string& request, const Done& respond);
  void AskOwner(const std::string& name, const std::string& request, Done done);
  void BringHome();
  void Load();
  absl::Status Save();

  concord::sim::Process& process_;
  concord::sim::Node node_;
  const std::vector<std::string> seeds_;
  const bool careless_;
  std::map<std::string, std::string> numbers_;  // by name
};

#endif  // CONCORD_EXAMPLES_SIM_PHONE_BOOK_H_
