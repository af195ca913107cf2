// What surrounds the C++ blocks of README.md that are not whole programs: each becomes the body of
// ReadmeBlock, is compiled as C++17, and is run in a ring of two. A block may use, or declare anew,
//
//   config   a Config with a free name and a loopback address
//   node     a started member of the ring; its neighbour is `other`
//   seeds    the addresses of both
//
// and may `return` a Status: the test fails on one that is not OK, so it must reach only addresses
// on this machine. It includes what it needs beyond the public face and the standard library.
#ifndef CONCORD_TESTS_TOOLS_README_PRELUDE_H_
#define CONCORD_TESTS_TOOLS_README_PRELUDE_H_

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "concord/config.h"
#include "concord/node.h"
#include "concord/types.h"

absl::Status ReadmeBlock(concord::Config config, concord::Node& node, concord::Node& other,
                         const std::vector<std::string>& seeds);

#endif  // CONCORD_TESTS_TOOLS_README_PRELUDE_H_
