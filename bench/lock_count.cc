#include "lock_count.h"

#include <dlfcn.h>
#include <pthread.h>

namespace {

thread_local std::uint64_t locks_taken = 0;

template <typename Lock>
int CountAndCall(Lock* lock, int (*&next)(Lock*), const char* name) {
  if (next == nullptr) next = reinterpret_cast<int (*)(Lock*)>(dlsym(RTLD_NEXT, name));
  ++locks_taken;
  return next(lock);
}

int (*mutex_lock)(pthread_mutex_t*) = nullptr;
int (*mutex_trylock)(pthread_mutex_t*) = nullptr;
int (*rwlock_rdlock)(pthread_rwlock_t*) = nullptr;
int (*rwlock_wrlock)(pthread_rwlock_t*) = nullptr;

}  // namespace

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* lock) noexcept {
  return CountAndCall(lock, mutex_lock, "pthread_mutex_lock");
}
int pthread_mutex_trylock(pthread_mutex_t* lock) noexcept {
  return CountAndCall(lock, mutex_trylock, "pthread_mutex_trylock");
}
int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  return CountAndCall(lock, rwlock_rdlock, "pthread_rwlock_rdlock");
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  return CountAndCall(lock, rwlock_wrlock, "pthread_rwlock_wrlock");
}

}  // extern "C"

namespace concord::bench {

std::uint64_t LocksTakenByThisThread() { return locks_taken; }

}  // namespace concord::bench
