// Asks all members for their rings, and compares with the truth.
#ifndef CONCORD_TESTS_CHAOS_CRAWLER_H_
#define CONCORD_TESTS_CHAOS_CRAWLER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "examples/demo/oracle.h"
#include "examples/demo/ring_poller.h"

namespace concord::chaos {

// What `member` should have said, if it is not what it said; empty: it is.
std::string WhatIsWrong(const Server& member, const absl::StatusOr<example::Neighbours>& said,
                        const example::Neighbours& truth);

class Crawler {
 public:
  explicit Crawler(std::size_t successors) : successors_(successors) {}

  // Whether every member of every side names its true predecessor and its true successors.
  bool IsIdeal(const std::vector<example::Oracle>& sides, absl::Duration timeout);
  // What kept the last crawl from being ideal, the first few of it.
  const std::vector<std::string>& wrong() const { return wrong_; }

 private:
  const std::size_t successors_;
  example::RingPoller poller_;
  std::vector<std::string> wrong_;
};

}  // namespace concord::chaos

#endif  // CONCORD_TESTS_CHAOS_CRAWLER_H_
