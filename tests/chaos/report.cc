#include "report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "statistics.h"

namespace concord::chaos {
namespace {

std::string NameOf(std::optional<Fault> fault) {
  return fault ? std::string(TraitsOf(*fault).name) : "quiet";
}

std::string Periods(const std::vector<double>& times) {
  if (times.empty()) return "-";
  return absl::StrFormat("%.1f/%.1f", Percentile(times, 0.5), Percentile(times, 1));
}

bool Settles(const Tally& tally) {
  return !tally.strike_settled.empty() || !tally.mend_settled.empty();
}

std::string Row(const std::string& name, const Tally& tally, bool settles) {
  std::string row = absl::StrFormat(
      "| %-10s | %6d | %6d | %8d | %6d | %6d | %5d | %7.1f | %7.1f | %11s | %11s |", name,
      tally.episodes, tally.tried, tally.answered, tally.failed, tally.judged, tally.wrong,
      Percentile(tally.milliseconds, 0.5), Percentile(tally.milliseconds, 0.99),
      Periods(tally.strike_periods), Periods(tally.mend_periods));
  if (settles) {
    absl::StrAppendFormat(&row, " %13s | %11s |", Periods(tally.strike_settled),
                          Periods(tally.mend_settled));
  }
  return row + "\n";
}

std::string Quoted(std::string_view text) {
  const std::string escaped = absl::StrReplaceAll(
      std::string(text), {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}, {"\t", "\\t"}});
  return absl::StrCat("\"", escaped, "\"");
}

std::string Json(const std::vector<double>& values) {
  const auto format = [](std::string* out, double v) { absl::StrAppendFormat(out, "%.2f", v); };
  return absl::StrCat("[", absl::StrJoin(values, ",", format), "]");
}

std::string Json(const std::string& name, const Tally& t) {
  return absl::StrFormat(
      R"({"class":%s,"episodes":%d,"tried":%d,"answered":%d,"failed":%d,"judged":%d,"wrong":%d,)"
      R"("p50_ms":%.2f,"p99_ms":%.2f,"not_ideal_meanwhile":%d,"never_ideal":%d,"fault_periods":%s,"mend_periods":%s,)"
      R"("never_settled":%d,"fault_settled_s":%s,"mend_settled_s":%s})",
      Quoted(name), t.episodes, t.tried, t.answered, t.failed, t.judged, t.wrong,
      Percentile(t.milliseconds, 0.5), Percentile(t.milliseconds, 0.99), t.not_ideal_meanwhile,
      t.never_ideal, Json(t.strike_periods), Json(t.mend_periods), t.never_settled,
      Json(t.strike_settled), Json(t.mend_settled));
}

std::string Json(const Held& held) {
  return absl::StrFormat(R"({"memory_kib":%.0f,"threads":%.0f,"descriptors":%.0f})",
                         held.memory_kib, held.threads, held.descriptors);
}

class Bars {
 public:
  explicit Bars(double slack) : slack_(slack) {}

  void Check(std::optional<Fault> fault, const Tally& tally) {
    const std::string name = NameOf(fault);
    if (tally.wrong > 0) Broken(name, ": ", tally.wrong, " wrong answers in an ideal ring");
    if (tally.never_ideal > 0)
      Broken(name, ": ", tally.never_ideal, " times the ring did not become ideal");
    if (tally.never_settled > 0)
      Broken(name, ": ", tally.never_settled, " times it did not settle");
    if (!fault) return;
    const FaultTraits& traits = TraitsOf(*fault);
    if (traits.strike_bar) Within(name, "the fault", tally.strike_periods, *traits.strike_bar);
    if (traits.mend_bar) Within(name, "its end", tally.mend_periods, *traits.mend_bar);
  }
  void CheckAnswered(const Report& report) {
    std::size_t tried = 0, failed = 0;
    for (const auto& [fault, tally] : report.tallies) {
      if (fault && !TraitsOf(*fault).few_down) continue;
      tried += tally.tried;
      failed += tally.failed;
    }
    const double share = tried == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(tried);
    if (tried == 0) Broken("no lookup was tried");
    if (share > 0.001 * slack_) {
      Broken(failed, " of ", tried, " lookups failed while fewer than r nodes were down");
    }
  }
  template <typename... Parts>
  void Broken(const Parts&... parts) {
    broken_.push_back(absl::StrCat(parts...));
  }
  std::vector<std::string> Take() { return std::move(broken_); }

 private:
  void Within(const std::string& name, const char* after, const std::vector<double>& periods,
              int bar) {
    const double most = Percentile(periods, 1);
    if (most <= bar * slack_) return;
    broken_.push_back(absl::StrFormat("%s: %.1f periods from %s to an ideal ring; the bar is %d",
                                      name, most, after, bar));
  }

  const double slack_;
  std::vector<std::string> broken_;
};

}  // namespace

void Tally::Count(const Sample& sample, Verdict verdict) {
  ++tried;
  failed += verdict == Verdict::kFailed;
  wrong += verdict == Verdict::kWrong;
  judged += verdict == Verdict::kWrong || verdict == Verdict::kRight;
  if (verdict == Verdict::kFailed) return;
  ++answered;
  if (!sample.over) milliseconds.push_back(absl::ToDoubleMilliseconds(sample.end - sample.begin));
}

Tally Report::Overall() const {
  Tally all;
  const auto append = [](std::vector<double>& to, const std::vector<double>& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  for (const auto& [fault, tally] : tallies) {
    all.episodes += tally.episodes;
    all.tried += tally.tried;
    all.answered += tally.answered;
    all.failed += tally.failed;
    all.wrong += tally.wrong;
    all.judged += tally.judged;
    all.never_ideal += tally.never_ideal;
    all.never_settled += tally.never_settled;
    append(all.milliseconds, tally.milliseconds);
    append(all.strike_periods, tally.strike_periods);
    append(all.mend_periods, tally.mend_periods);
    append(all.strike_settled, tally.strike_settled);
    append(all.mend_settled, tally.mend_settled);
  }
  return all;
}

std::vector<std::string> BrokenBars(const Report& report, double slack) {
  constexpr absl::Duration kLongEnoughToGrow = absl::Minutes(10);
  Bars bars(slack);
  for (const auto& [fault, tally] : report.tallies) bars.Check(fault, tally);
  bars.CheckAnswered(report);
  for (const std::string& wrong : report.wrong) bars.Broken(wrong);
  if (report.leaves_failed > 0) bars.Broken(report.leaves_failed, " leaves were not in order");
  if (report.took >= kLongEnoughToGrow && report.series.size() >= 4) {
    for (const std::string& what : WhatGrew(DriftOf(report.series), report.memory_to_fill))
      bars.Broken(what);
  }
  return bars.Take();
}

std::string ToTable(const Report& report) {
  const Tally overall = report.Overall();
  const bool settles = Settles(overall);
  std::string text = absl::StrCat(
      "| class      | faults |  tried | answered | failed | judged | wrong |  p50 ms |  p99 ms | "
      "fault-ideal |   end-ideal |",
      settles ? " fault-settled | end-settled |" : "",
      "\n|------------|-------:|-------:|---------:|-------:|-------:|------:|--------:|--------:|"
      "------------:|------------:|",
      settles ? "--------------:|------------:|" : "", "\n");
  for (const auto& [fault, tally] : report.tallies)
    absl::StrAppend(&text, Row(NameOf(fault), tally, settles));
  absl::StrAppend(&text, Row("overall", overall, settles));
  absl::StrAppend(&text, "Times to an ideal ring are in periods: median/most.",
                  settles ? " Those until all had settled are in seconds." : "", "\n");
  if (!report.series.empty()) {
    const Drift drift = DriftOf(report.series);
    absl::StrAppendFormat(
        &text,
        "A process that stays, at the start and at the end: %.1f and %.1f MiB, %.0f "
        "and %.0f threads, %.0f and %.0f descriptors (%d times looked at).\n",
        drift.first.memory_kib / 1024, drift.last.memory_kib / 1024, drift.first.threads,
        drift.last.threads, drift.first.descriptors, drift.last.descriptors, report.series.size());
  }
  absl::StrAppend(&text, "Joins that were refused and tried again: ", report.joins_refused,
                  "; leaves that were not in order: ", report.leaves_failed, "\n");
  for (const std::string& note : report.notes) absl::StrAppend(&text, note, "\n");
  for (const std::string& oddity : report.oddities) absl::StrAppend(&text, "  ", oddity, "\n");
  return text;
}

std::string ToJson(const Report& report, const std::vector<std::string>& broken) {
  std::vector<std::string> classes, series, words, oddities, notes;
  for (const auto& [fault, tally] : report.tallies) classes.push_back(Json(NameOf(fault), tally));
  classes.push_back(Json("overall", report.Overall()));
  for (const Held& held : report.series) series.push_back(Json(held));
  for (const std::string& bar : broken) words.push_back(Quoted(bar));
  for (const std::string& oddity : report.oddities) oddities.push_back(Quoted(oddity));
  for (const std::string& note : report.notes) notes.push_back(Quoted(note));
  return absl::StrFormat(
      R"({"seed":%d,"network":%s,"nodes":%d,"successors":%d,"interval_ms":%d,"seconds":%.0f,)"
      R"("joins_refused":%d,"leaves_failed":%d,"classes":[%s],"resources":[%s],"oddities":[%s],)"
      R"("notes":[%s],"broken_bars":[%s]})"
      "\n",
      report.seed, Quoted(report.network), report.nodes, report.successors,
      absl::ToInt64Milliseconds(report.interval), absl::ToDoubleSeconds(report.took),
      report.joins_refused, report.leaves_failed, absl::StrJoin(classes, ","),
      absl::StrJoin(series, ","), absl::StrJoin(oddities, ","), absl::StrJoin(notes, ","),
      absl::StrJoin(words, ","));
}

}  // namespace concord::chaos
