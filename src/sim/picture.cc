#include "sim/picture.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "sim/true_ring.h"

namespace concord::sim {
namespace {

constexpr double kSize = 420, kRadius = 140, kPi = 3.14159265358979323846;
constexpr std::size_t kColumns = 3;

struct Point {
  double x, y;
};

// Identifier 0 stands at the top; they grow clockwise.
double AngleOf(const World& world, Id id) {
  const double whole = std::ldexp(1.0, static_cast<int>(world.space().bits()));
  return 2 * kPi * static_cast<double>(id) / whole;
}

Point At(double angle, double radius) {
  return {kSize / 2 + radius * std::sin(angle), kSize / 2 - radius * std::cos(angle)};
}

std::string Number(double x) { return absl::StrCat(std::round(x * 10) / 10); }

// From one member to another, bent through a point at `bend` radii above the middle of the arc.
std::string Arrow(double from, double to, double radius, double bend, const char* color,
                  bool dashed) {
  double arc = to - from;
  if (dashed) arc = -std::fmod(from - to + 2 * kPi, 2 * kPi);
  if (!dashed) arc = std::fmod(arc + 2 * kPi, 2 * kPi);
  const Point a = At(from, radius), b = At(to, radius), c = At(from + arc / 2, radius * bend);
  return absl::StrCat("<path d=\"M", Number(a.x), " ", Number(a.y), "Q", Number(c.x), " ",
                      Number(c.y), " ", Number(b.x), " ", Number(b.y), "\" stroke=\"", color,
                      dashed ? "\" stroke-dasharray=\"4 3" : "", "\" marker-end=\"url(#to",
                      color + 1, ")\"/>\n");
}

constexpr char kRight[] = "#456", kWrong[] = "#d11";

std::string DrawPointers(const World& world, const TrueRing& ring, std::size_t position) {
  const core::Member& member = world.member(ring.at(position));
  const double self = AngleOf(world, member.self().id);
  std::string svg;
  if (!member.successors().empty()) {
    const Server& head = member.successors().head();
    const std::vector<Server> ideal = ring.SuccessorsOf(position);
    const bool right = !ideal.empty() && ideal.front() == head;
    absl::StrAppend(&svg, Arrow(self, AngleOf(world, head.id), kRadius + 6, right ? 1.12 : 1.35,
                                right ? kRight : kWrong, false));
  }
  if (member.predecessor().id != member.self().id) {
    const bool right = member.predecessor() == ring.PredecessorOf(position);
    absl::StrAppend(&svg, Arrow(self, AngleOf(world, member.predecessor().id), kRadius - 6,
                                right ? 0.85 : 0.55, right ? kRight : kWrong, true));
  }
  return svg;
}

std::string DrawHost(const World& world, HostId host, const char* name_color) {
  const double angle = AngleOf(world, world.server(host).id);
  const Point dot = At(angle, kRadius), label = At(angle, kRadius + 34);
  const bool member = world.up(host) && world.member(host).joined();
  const char* const fill = !member ? "#fff" : world.paused(host) ? "#bbb" : "#456";
  return absl::StrCat("<circle cx=\"", Number(dot.x), "\" cy=\"", Number(dot.y),
                      "\" r=\"5\" fill=\"", fill, "\" stroke=\"", member ? "#456" : "#bbb",
                      "\"/><text x=\"", Number(label.x), "\" y=\"", Number(label.y + 4),
                      "\" fill=\"", member ? name_color : "#bbb", "\">", world.server(host).name,
                      "</text>\n");
}

std::string DrawRing(const World& world) {
  const TrueRing ring = TrueRing::Of(world);
  std::string svg =
      absl::StrCat("<circle cx=\"", kSize / 2, "\" cy=\"", kSize / 2, "\" r=\"", kRadius,
                   "\" stroke=\"#ddd\" fill=\"none\"/>\n<g fill=\"none\">\n");
  for (std::size_t i = 0; i < ring.size(); ++i) {
    absl::StrAppend(&svg, DrawPointers(world, ring, i));
  }
  absl::StrAppend(&svg, "</g>\n");
  std::vector<const char*> colors(world.hosts(), kRight);
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const auto& list = world.member(ring.at(i)).successors().servers();
    if (list != ring.SuccessorsOf(i)) colors[ring.at(i)] = kWrong;
  }
  for (HostId host = 0; host < world.hosts(); ++host) {
    absl::StrAppend(&svg, DrawHost(world, host, colors[host]));
  }
  absl::StrAppend(&svg, "<text x=\"", kSize / 2, "\" y=\"", kSize / 2, "\" font-size=\"15\">",
                  absl::FormatDuration(absl::Milliseconds(world.now() / 1'000'000)), "</text>\n");
  return svg;
}

std::string Arrowhead(const char* color) {
  return absl::StrCat("<marker id=\"to", color + 1,
                      "\" markerWidth=\"7\" markerHeight=\"7\" refX=\"6\" "
                      "refY=\"3\" orient=\"auto\"><path d=\"M0 0L6 3L0 6z\" fill=\"",
                      color, "\"/></marker>");
}

}  // namespace

void PictureStrip::Take() { pictures_.push_back(DrawRing(world_)); }

void PictureStrip::OnDone(HostId) {
  while (next_ < moments_.size() && moments_[next_] <= world_.now()) {
    Take();
    ++next_;
  }
}

std::string PictureStrip::Svg() const {
  const std::size_t columns = std::max<std::size_t>(1, std::min(kColumns, pictures_.size()));
  const std::size_t rows = (pictures_.size() + columns - 1) / columns;
  std::string svg = absl::StrCat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", kSize * static_cast<double>(columns),
      "\" height=\"", kSize * static_cast<double>(rows),
      "\" font-family=\"sans-serif\" font-size=\"11\" text-anchor=\"middle\">\n<defs>",
      Arrowhead(kRight), Arrowhead(kWrong),
      "</defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
  for (std::size_t i = 0; i < pictures_.size(); ++i) {
    absl::StrAppend(&svg, "<g transform=\"translate(", kSize * static_cast<double>(i % columns),
                    " ", kSize * static_cast<double>(i / columns), ")\">\n", pictures_[i],
                    "</g>\n");
  }
  return absl::StrCat(svg, "</svg>\n");
}

}  // namespace concord::sim
