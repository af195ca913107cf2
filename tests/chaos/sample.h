// One lookup of a client, as it ended.
#ifndef CONCORD_TESTS_CHAOS_SAMPLE_H_
#define CONCORD_TESTS_CHAOS_SAMPLE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "concord/types.h"
#include "faults.h"

namespace concord::chaos {

struct Sample {
  std::optional<Fault> during;  // nullopt: it was quiet
  bool over = false;            // the ring had become ideal again
  unsigned truth = 0;           // which truth was valid when it began (Judge::truth)
  std::size_t side = 0;         // of the node that it entered at
  Id key = 0;
  absl::Time begin, end;
  std::optional<Server> owner;  // nullopt: nobody answered
  std::string error;            // then: the last one
};

}  // namespace concord::chaos

#endif  // CONCORD_TESTS_CHAOS_SAMPLE_H_
