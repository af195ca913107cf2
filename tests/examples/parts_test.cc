// The parts of the examples that can be looked at without a process.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "examples/common/line_splitter.h"
#include "examples/common/line_writer.h"
#include "examples/common/process.h"
#include "examples/common/text.h"
#include "examples/demo/moves.h"
#include "examples/demo/oracle.h"
#include "examples/demo/screen.h"
#include "examples/demo/words.h"
#include "examples/node/json.h"

namespace concord::example {
namespace {

using ::testing::ElementsAre;

Server At(Id id) { return {id, absl::StrCat("n", id), absl::StrCat("127.0.0.1:", id)}; }

TEST(Quoted, LeavesReadableCharactersOfAnyLanguage) {
  EXPECT_EQ(Quoted("plain"), "'plain'");
  EXPECT_EQ(Quoted("née Ångström 東京 🙂"), "'née Ångström 東京 🙂'");
}

TEST(Quoted, EscapesQuotesAndControlCharacters) {
  EXPECT_EQ(Quoted("it's"), R"('it\'s')");
  EXPECT_EQ(Quoted(R"(a\b)"), R"('a\\b')");
  EXPECT_EQ(Quoted("\t\x1b[2J\x7f"), R"('\x09\x1b[2J\x7f')");
  EXPECT_EQ(Quoted("\xc2\x9b"), R"('\xc2\x9b')");  // U+009B, a control character beyond ASCII
  EXPECT_EQ(Quoted(std::string_view("\0", 1)), R"('\x00')");
}

TEST(Quoted, EscapesWhatIsNotUtf8) {
  EXPECT_EQ(Quoted("\xff"), R"('\xff')");
  EXPECT_EQ(Quoted("\xc3"), R"('\xc3')");                          // cut short
  EXPECT_EQ(Quoted("\xc0\xaf"), R"('\xc0\xaf')");                  // overlong
  EXPECT_EQ(Quoted("\xed\xa0\x80"), R"('\xed\xa0\x80')");          // a surrogate
  EXPECT_EQ(Quoted("\xf4\x90\x80\x80"), R"('\xf4\x90\x80\x80')");  // beyond U+10FFFF
}

TEST(Hex, IsAsWideAsTheIdentifiers) {
  EXPECT_EQ(Hex(0xab, 64), "00000000000000ab");
  EXPECT_EQ(Hex(5, 4), "5");
  EXPECT_EQ(Hex(5, 5), "05");
}

TEST(LineSplitter, MakesLinesOfPieces) {
  LineSplitter lines(100);
  lines.Append("on");
  lines.Append("e\n\ntw");
  EXPECT_EQ(lines.Next()->text, "one");
  EXPECT_EQ(lines.Next()->text, "");
  EXPECT_FALSE(lines.Next());
  lines.Append("o");
  lines.Finish();
  EXPECT_EQ(lines.Next()->text, "two");
}

TEST(LineSplitter, HasNoLineAfterTheLastNewline) {
  LineSplitter lines(100);
  lines.Append("one\n");
  lines.Finish();
  EXPECT_EQ(lines.Next()->text, "one");
  EXPECT_FALSE(lines.Next());
}

TEST(LineSplitter, CutsLongLinesAndTellsTheirLength) {
  LineSplitter lines(3);
  lines.Append("abcd");
  lines.Append("ef\nxyz\n");
  const Line cut = *lines.Next(), whole = *lines.Next();
  EXPECT_EQ(cut.text, "abc");
  EXPECT_EQ(cut.length, 6u);
  EXPECT_EQ(whole.text, "xyz");
  EXPECT_EQ(whole.length, 3u);
}

// Nobody reads while it writes: it stops when the pipe is full, and loses nothing.
TEST(LineWriter, NeverWaitsForTheReader) {
  int fds[2];
  ASSERT_EQ(pipe2(fds, O_CLOEXEC), 0);
  const Fd in(fds[0]), out(fds[1]);
  LineWriter writer(out.get());
  std::string all;
  for (int i = 0; i < 100000; ++i) {
    writer.Add(absl::StrCat("line ", i));
    absl::StrAppend(&all, "line ", i, "\n");
  }
  std::string seen;
  const auto writable = [&] {
    pollfd room{out.get(), POLLOUT, 0};
    return poll(&room, 1, 0) > 0;
  };
  while (seen.size() < all.size()) {
    while (writer.pending() > 0 && writable()) ASSERT_TRUE(writer.WriteSome().ok());
    char bytes[5000];
    const ssize_t n = read(in.get(), bytes, sizeof bytes);
    ASSERT_GT(n, 0);
    seen.append(bytes, static_cast<std::size_t>(n));
  }
  EXPECT_EQ(seen, all);
  EXPECT_EQ(writer.pending(), 0u);
}

TEST(LineWriter, FlushGivesUpOnAReaderThatDoesNotRead) {
  int fds[2];
  ASSERT_EQ(pipe2(fds, O_CLOEXEC), 0);
  const Fd in(fds[0]), out(fds[1]);
  LineWriter writer(out.get());
  writer.Add(std::string(1 << 20, 'x'));
  EXPECT_TRUE(absl::IsDeadlineExceeded(writer.Flush(absl::Milliseconds(20))));
}

TEST(Json, RefusesWhatIsNoOutput) {
  EXPECT_TRUE(absl::IsInvalidArgument(FromJson("{").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(FromJson(R"({"lost":{}})").status()));
}

TEST(Json, WritesOneLineThatItReadsBack) {
  Output output;
  output.mutable_found()->set_key("two\nlines \"quoted\" \x01");
  output.mutable_found()->mutable_owner()->set_id(UINT64_MAX);
  const std::string json = ToJson(output);
  EXPECT_EQ(json.find('\n'), std::string::npos);
  EXPECT_NE(json.find(R"("hops":0)"), std::string::npos) << json;
  EXPECT_EQ(FromJson(json)->SerializeAsString(), output.SerializeAsString());
}

TEST(HashOf, IsTheFirstEightBytesOfSha256) {
  EXPECT_EQ(HashOf(""), 0xe3b0c44298fc1c14u);
  EXPECT_EQ(HashOf("abc"), 0xba7816bf8f01cfeau);
}

TEST(ReadWords, SpreadsTheLimitOverTheFile) {
  const std::string path = ::testing::TempDir() + "words";
  std::ofstream(path) << "a\nb\n\nc\nd\ne\nf\n";
  const std::vector<Word> words = *ReadWords(path, 3);
  ASSERT_EQ(words.size(), 3u);
  EXPECT_EQ(words[0].text + words[1].text + words[2].text, "ace");
  EXPECT_EQ(ReadWords(path, 0)->size(), 6u);
  EXPECT_EQ(ReadWords(path, 100)->size(), 6u);
}

// Owners by walking clockwise from every identifier of a small space.
TEST(Oracle, OwnerIsTheFirstMemberAtOrAfter) {
  const Oracle oracle({At(200), At(20), At(90)});
  for (Id id = 0; id <= 250; ++id) {
    const Id owner = id <= 20 ? 20 : id <= 90 ? 90 : id <= 200 ? 200 : 20;
    EXPECT_EQ(oracle.OwnerOf(id).id, owner) << id;
  }
  EXPECT_EQ(oracle.OwnerOf(UINT64_MAX).id, 20u);
}

TEST(Oracle, RangesAreTheArcsBetweenMembers) {
  const Oracle oracle({At(20), At(90), At(200)});
  EXPECT_EQ(oracle.RangeOf(90), (Range{20, 90}));
  EXPECT_EQ(oracle.RangeOf(20), (Range{200, 20}));
  EXPECT_EQ(Oracle({At(7)}).RangeOf(7), (Range{7, 7}));
}

TEST(Oracle, OfSeveralRingsEachMemberIsInOne) {
  const std::vector<Oracle> rings = {Oracle({At(20), At(200)}), Oracle({At(90), At(250)})};
  for (const Id id : {20, 200}) EXPECT_EQ(&RingOf(id, rings), &rings[0]);
  for (const Id id : {90, 250}) EXPECT_EQ(&RingOf(id, rings), &rings[1]);
  EXPECT_EQ(RingOf(90, rings).OwnerOf(100), At(250)) << "whoever is there in the other ring";
}

TEST(Oracle, SharesAddUpToTheWholeRing) {
  const Oracle oracle({At(1), At(Id{1} << 63), At(Id{3} << 62)});
  double sum = 0;
  for (const Server& member : oracle.members()) sum += oracle.ShareOf(member.id);
  EXPECT_DOUBLE_EQ(sum, 1);
  EXPECT_DOUBLE_EQ(oracle.ShareOf(Id{3} << 62), 0.25);
  EXPECT_EQ(Oracle({At(7)}).ShareOf(7), 1);
}

TEST(Oracle, NeighboursAreCutAtTheMemberItself) {
  const Oracle oracle({At(20), At(90), At(200)});
  EXPECT_EQ(oracle.NeighboursOf(90, 1), (Neighbours{At(20), {At(200)}}));
  EXPECT_EQ(oracle.NeighboursOf(90, 5), (Neighbours{At(20), {At(200), At(20)}}));
  EXPECT_EQ(Oracle({At(7)}).NeighboursOf(7, 3), (Neighbours{At(7), {At(7)}}));
}

TEST(Oracle, NamesThoseWhoOwnAPartOfARange) {
  const Oracle oracle({At(20), At(90), At(200)});
  EXPECT_THAT(oracle.OwnersWithin({20, 90}), ElementsAre(At(90)));
  EXPECT_THAT(oracle.OwnersWithin({20, 200}), ElementsAre(At(90), At(200)));
  EXPECT_THAT(oracle.OwnersWithin({20, 50}), ElementsAre(At(90)));
  EXPECT_THAT(oracle.OwnersWithin({90, 5}), ElementsAre(At(200), At(20)));
  EXPECT_THAT(oracle.OwnersWithin({5, 5}), ElementsAre(At(20), At(90), At(200)));
}

TEST(CountMoves, TellsThoseThatHadToMoveFromThoseThatHadToStay) {
  const Server a = At(1), b = At(2), c = At(3);
  const std::vector<Server> before = {a, a, b, b}, after = {c, b, b, c};
  const auto to_c_from_a = [&](std::size_t i) { return before[i] == a ? &c : nullptr; };
  const Moves moves = CountMoves(before, after, to_c_from_a);
  EXPECT_EQ(moves.due, 2u);
  EXPECT_EQ(moves.arrived, 1u);  // the second went to b
  EXPECT_EQ(moves.others, 2u);
  EXPECT_EQ(moves.stayed, 1u);  // the fourth left b
}

TEST(Thousands, AreGroupedByThree) {
  EXPECT_EQ(Thousands(0), "0");
  EXPECT_EQ(Thousands(999), "999");
  EXPECT_EQ(Thousands(1000), "1,000");
  EXPECT_EQ(Thousands(1234567), "1,234,567");
}

TEST(Bar, FillsItsPartToAnEighthOfAColumn) {
  EXPECT_EQ(Bar(0, 2), "  ");
  EXPECT_EQ(Bar(1, 2), "██");
  EXPECT_EQ(Bar(0.75, 2), "█▌");
  EXPECT_EQ(Bar(0.5 / 8, 1), "▏");
}

}  // namespace
}  // namespace concord::example
