#include "sim/agenda.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "sim/prng.h"

namespace concord::sim {
namespace {

using ::testing::ElementsAre;

TEST(Agenda, GivesEntriesByTime) {
  Agenda<int> agenda;
  agenda.Add(30, 3);
  agenda.Add(10, 1);
  agenda.Add(20, 2);
  EXPECT_EQ(agenda.next_time(), 10);
  std::vector<int> taken;
  while (!agenda.empty()) taken.push_back(agenda.Take());
  EXPECT_THAT(taken, ElementsAre(1, 2, 3));
}

TEST(Agenda, GivesEntriesOfOneMomentInTheOrderInWhichTheyCame) {
  Agenda<int> agenda;
  for (int i = 0; i < 100; ++i) agenda.Add(7, i);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(agenda.Take(), i);
}

// Against a sorted list, with adding and taking mixed.
TEST(Agenda, GivesWhatASortedListWouldGive) {
  Prng prng(1);
  Agenda<int> agenda;
  std::vector<std::tuple<Nanos, int>> list;
  for (int i = 0; i < 20'000; ++i) {
    if (list.empty() || prng.Below(5) < 3) {
      const auto at = static_cast<Nanos>(prng.Below(50));
      agenda.Add(at, i);
      list.emplace_back(at, i);
    } else {
      const auto first = std::min_element(list.begin(), list.end());
      ASSERT_EQ(agenda.next_time(), std::get<0>(*first));
      ASSERT_EQ(agenda.Take(), std::get<1>(*first));
      list.erase(first);
    }
    ASSERT_EQ(agenda.size(), list.size());
  }
}

}  // namespace
}  // namespace concord::sim
