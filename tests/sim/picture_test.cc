#include "sim/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/true_ring.h"
#include "sim/world.h"

namespace concord::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kWrong[] = "stroke=\"#d11\"";

TEST(PictureStrip, DrawsWhatIsWrongInRed) {
  Watcher nobody;
  World world(WorldOptions(), nobody);
  std::vector<HostId> hosts;
  for (int i = 0; i < 4; ++i) hosts.push_back(world.AddHost("n" + std::to_string(i)));
  PlaceIdealRing(world, hosts);
  PictureStrip ideal(world, {});
  ideal.Take();
  EXPECT_THAT(ideal.Svg(), HasSubstr(">n3</text>"));
  EXPECT_THAT(ideal.Svg(), Not(HasSubstr(kWrong)));

  world.Crash(2, /*silent=*/false);
  PictureStrip broken(world, {});
  broken.Take();
  EXPECT_THAT(broken.Svg(), HasSubstr(kWrong));
}

}  // namespace
}  // namespace concord::sim
