// The walk of LookupN along the ring.
#include "core/ring_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace concord::core {
namespace {

using ::testing::ElementsAre;

Server At(Id id) { return {id, "n", "a"}; }
std::vector<Server> Members(std::initializer_list<Id> ids) {
  std::vector<Server> servers;
  for (const Id id : ids) servers.push_back(At(id));
  return servers;
}
std::vector<Id> Ids(const RingWalk& walk) {
  std::vector<Id> ids;
  for (const Server& server : walk.servers()) ids.push_back(server.id);
  return ids;
}

TEST(RingWalkTest, OneServerIsTheOwner) {
  const RingWalk walk(IdSpace(4), At(3), 1);
  EXPECT_TRUE(walk.done());
  EXPECT_THAT(Ids(walk), ElementsAre(3));
}

TEST(RingWalkTest, AsksTheLastOneUntilThereAreEnough) {
  RingWalk walk(IdSpace(4), At(14), 4);
  walk.OnSuccessors(Members({15, 1}));
  EXPECT_FALSE(walk.done());
  EXPECT_EQ(walk.last(), At(1));
  walk.OnSuccessors(Members({4, 6}));
  EXPECT_TRUE(walk.done());
  EXPECT_THAT(Ids(walk), ElementsAre(14, 15, 1, 4));
}

TEST(RingWalkTest, EndsWhereItBegan) {
  RingWalk walk(IdSpace(4), At(3), 9);
  walk.OnSuccessors(Members({5, 12}));
  walk.OnSuccessors(Members({3, 5}));
  EXPECT_TRUE(walk.done());
  EXPECT_THAT(Ids(walk), ElementsAre(3, 5, 12));
}

TEST(RingWalkTest, EndsBehindWhereItBegan) {  // the owner has died, and its successor is known
  RingWalk walk(IdSpace(4), At(3), 9);
  walk.OnSuccessors(Members({12}));
  walk.OnSuccessors(Members({5}));
  EXPECT_TRUE(walk.done());
  EXPECT_THAT(Ids(walk), ElementsAre(3, 12));
}

TEST(RingWalkTest, EndsWithWhoIsAlone) {
  RingWalk none(IdSpace(4), At(3), 9);
  none.OnSuccessors({});
  EXPECT_TRUE(none.done());
  RingWalk itself(IdSpace(4), At(3), 9);
  itself.OnSuccessors(Members({3}));  // as one answers that is alone
  EXPECT_TRUE(itself.done());
  EXPECT_THAT(Ids(itself), ElementsAre(3));
}

}  // namespace
}  // namespace concord::core
