// What a network is made with: the rules of nftables, and the programs that are run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "examples/common/rules.h"
#include "examples/common/tool.h"

namespace concord::example {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Rules, OfASplitDropBothWays) {
  EXPECT_THAT(SplitRules({{"a", "b"}, {"c"}}),
              AllOf(HasSubstr("ip saddr { a, b } ip daddr { c } drop"),
                    HasSubstr("ip saddr { c } ip daddr { a, b } drop")));
}

TEST(Rules, ReplaceThoseBefore) {
  for (const std::string& rules : {OneWayRules("a", "b"), BlackHoleRules("a"), NoRules()}) {
    EXPECT_THAT(rules, HasSubstr("delete table bridge concord\n"));
  }
  EXPECT_THAT(NoRules(), Not(HasSubstr("drop")));
  EXPECT_THAT(OneWayRules("a", "b"), Not(HasSubstr("saddr b")));
}

TEST(RunTool, TellsWhatWentWrong) {
  EXPECT_TRUE(RunTool({"/bin/sh"}, "exit 0").ok());
  EXPECT_THAT(RunTool({"/bin/sh"}, "echo no >&2; exit 3").ToString(),
              AllOf(HasSubstr("status 3"), HasSubstr("no")));
}

}  // namespace
}  // namespace concord::example
