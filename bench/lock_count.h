// How many locks a piece of code takes.
#ifndef CONCORD_BENCH_LOCK_COUNT_H_
#define CONCORD_BENCH_LOCK_COUNT_H_

#include <cstdint>

namespace concord::bench {

// Since the calling thread began: mutexes and reader-writer locks of the system, whoever took them.
// std::mutex is one. (Linking this file puts it between the program and the system's functions.)
std::uint64_t LocksTakenByThisThread();

}  // namespace concord::bench

#endif  // CONCORD_BENCH_LOCK_COUNT_H_
