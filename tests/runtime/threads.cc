#include "threads.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace concord::runtime {

std::vector<std::string> ThreadNames() {
  std::vector<std::string> names;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream comm(thread.path() / "comm");  // empty when the thread has just ended
    std::string name;
    if (std::getline(comm, name)) names.push_back(name);
  }
  return names;
}

int ThreadsNamed(const std::string& name) {
  const std::vector<std::string> names = ThreadNames();
  return static_cast<int>(std::count(names.begin(), names.end(), name));
}

}  // namespace concord::runtime
