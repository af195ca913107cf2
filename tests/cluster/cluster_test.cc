// A cluster as a whole: rings that form and repair themselves, and runs that repeat.
#include "concord/sim/cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "concord/sim/node.h"

namespace concord::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Creates the ring, or joins it through whoever is there, again and again.
class Member final : public Application {
 public:
  Member(Process& process, std::vector<std::string> seeds)
      : node_(process, process.config()), seeds_(std::move(seeds)) {
    EXPECT_TRUE(node_.Start().ok());
    if (seeds_.empty()) {
      EXPECT_TRUE(node_.Create().ok());
    } else {
      Join();
    }
  }

 private:
  void Join() {
    node_.JoinAsync(seeds_, absl::Seconds(30), [this](const absl::Status& status) {
      if (!status.ok()) Join();
    });
  }

  Node node_;
  const std::vector<std::string> seeds_;
};

class ClusterTest : public ::testing::Test {
 protected:
  static std::unique_ptr<Cluster> Make(const ClusterOptions& options, int size) {
    auto seeds = std::make_shared<std::vector<std::string>>();
    auto cluster = std::make_unique<Cluster>(options, [seeds](Process& process) {
      std::vector<std::string> others;
      for (const std::string& seed : *seeds) {
        if (seed != process.address()) others.push_back(seed);
      }
      seeds->push_back(process.address());
      return std::make_unique<Member>(process, others);
    });
    for (int i = 0; i < size; ++i) cluster->AddProcess(absl::StrCat("p", i));
    return cluster;
  }
  static bool BecomesIdeal(Cluster& cluster) {
    return cluster.RunUntil([&] { return cluster.IsIdeal(); }, absl::Minutes(5));
  }
};

TEST_F(ClusterTest, RingRepairsItselfAfterACrash) {
  const auto cluster = Make({}, 10);
  cluster->RunFor(absl::Minutes(1));
  ASSERT_TRUE(cluster->IsIdeal()) << cluster->Explain();
  Process& dead = *cluster->processes()[4];
  cluster->Crash(dead);
  EXPECT_FALSE(cluster->IsIdeal());
  EXPECT_THAT(cluster->Explain(), HasSubstr("! "));
  EXPECT_TRUE(BecomesIdeal(*cluster)) << cluster->Explain();
  EXPECT_THAT(cluster->Explain(), Not(HasSubstr("! ")));
  EXPECT_THAT(cluster->Explain(), Not(HasSubstr("p4")));
  EXPECT_NE(cluster->Owner("p4"), &dead);
  cluster->Restart(dead);
  cluster->RunFor(absl::Minutes(1));
  EXPECT_TRUE(cluster->IsIdeal());
  EXPECT_EQ(cluster->Owner("p4"), &dead);
}

TEST_F(ClusterTest, RingFormsThoughMessagesGetLost) {
  ClusterOptions options;
  options.loss = 0.02;
  options.duplication = 0.05;
  options.reordering = 0.1;
  options.distribution = Latency::kHeavyTail;
  options.clock_drift = 0.1;
  const auto cluster = Make(options, 10);
  cluster->RunFor(absl::Minutes(2));
  cluster->HealNetwork();
  EXPECT_TRUE(BecomesIdeal(*cluster)) << cluster->Explain();
  EXPECT_EQ(cluster->processes().size(), 10u);
}

TEST_F(ClusterTest, TheSeedDecidesEverything) {
  std::set<std::uint64_t> hashes;
  for (const std::uint64_t seed : {1, 1, 2}) {
    ClusterOptions options;
    options.seed = seed;
    options.loss = 0.01;
    const auto cluster = Make(options, 6);
    cluster->RunFor(absl::Seconds(30));
    cluster->Crash(*cluster->processes()[cluster->Random() % 6]);
    cluster->RunFor(absl::Seconds(30));
    hashes.insert(cluster->TraceHash());
  }
  EXPECT_EQ(hashes.size(), 2u);
}

TEST_F(ClusterTest, WithoutAMemberNobodyOwnsAKey) {
  Cluster cluster({}, nullptr);
  cluster.AddProcess("a");
  EXPECT_EQ(cluster.Owner("key"), nullptr);
  EXPECT_EQ(cluster.Explain(), "");
}

TEST_F(ClusterTest, TimeIsVirtual) {
  Cluster cluster({}, nullptr);
  const absl::Time begin = cluster.now();
  absl::Time ran;
  cluster.After(absl::Hours(1000), [&] { ran = cluster.now(); });
  cluster.RunFor(absl::Hours(2000));
  EXPECT_EQ(ran - begin, absl::Hours(1000));
  EXPECT_EQ(cluster.now() - begin, absl::Hours(2000));
  EXPECT_FALSE(cluster.RunUntil([] { return false; }, absl::Hours(1)));
  EXPECT_EQ(cluster.now() - begin, absl::Hours(2001));
}

TEST_F(ClusterTest, FractionsBeyondTheirLimitsAreTheNearest) {
  ClusterOptions options;
  options.loss = 7;
  options.duplication = -1;
  const auto cluster = Make(options, 2);
  cluster->RunFor(absl::Minutes(1));
  EXPECT_THAT(cluster->Explain(), Not(HasSubstr("p1")));  // nothing arrives
}

}  // namespace
}  // namespace concord::sim
