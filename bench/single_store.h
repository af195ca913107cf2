// What a store is compared with: RocksDB on one machine, behind the same calls.
#ifndef CONCORD_BENCH_SINGLE_STORE_H_
#define CONCORD_BENCH_SINGLE_STORE_H_

#include "child.h"

namespace concord::bench {

// In a child: is told a folder, says its address, and answers Put and Get of service Kv until the
// parent ends. A put is answered when it is on the disk; those that come together share a sync.
void RunSingleStore(Wire& wire);

}  // namespace concord::bench

#endif  // CONCORD_BENCH_SINGLE_STORE_H_
