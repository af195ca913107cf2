// The threads of this process as the system names them.
#ifndef CONCORD_TESTS_RUNTIME_THREADS_H_
#define CONCORD_TESTS_RUNTIME_THREADS_H_

#include <string>
#include <vector>

namespace concord::runtime {

std::vector<std::string> ThreadNames();

// How many of them have this name.
int ThreadsNamed(const std::string& name);

}  // namespace concord::runtime

#endif  // CONCORD_TESTS_RUNTIME_THREADS_H_
