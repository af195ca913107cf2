#include "sim/network.h"

#include <algorithm>
#include <utility>

namespace concord::sim {
namespace {

// The same for (a, b) and (b, a).
std::uint64_t HashPair(HostId a, HostId b, std::uint64_t salt) {
  const std::uint64_t low = std::min(a, b), high = std::max(a, b);
  return Scramble(Scramble(low << 32 | high) ^ salt);
}

}  // namespace

Network::Network(std::uint64_t seed, const NetworkOptions& options)
    : options_(options),
      latency_(ToNanos(options.latency)),
      pair_spread_(ToNanos(options.pair_spread)),
      slowest_(ToNanos(options.slowest)),
      pair_salt_(Scramble(seed)),
      prng_(seed) {}

Network::Fate Network::Send(HostId from, HostId to, Nanos now) {
  if (!Connected(from, to) || Loses(from, to, now)) return {};
  Fate fate;
  fate.first = now + Latency(from, to);
  if (options_.duplicate > 0 && prng_.Chance(options_.duplicate)) {
    fate.second = now + Latency(from, to);
    if (fate.second < fate.first) std::swap(fate.first, fate.second);
  }
  return fate;
}

bool Network::Loses(HostId from, HostId to, Nanos now) {
  if (options_.loss == 0 || !prng_.Chance(options_.loss)) return false;
  if (!options_.perfect_detector) return true;
  Nanos& until = no_loss_until_[std::minmax(from, to)];
  if (now < until) return false;
  // Long enough for the call that misses its deadline now to be made once more.
  until = now + 60'000'000'000;
  return true;
}

bool Network::Connected(HostId from, HostId to) const {
  const auto side = [this](HostId host) { return host < sides_.size() ? sides_[host] : 0; };
  if (const int a = side(from), b = side(to); a != b && !(one_way_ && b == 0)) return false;
  return broken_links_ == 0 || HashPair(from, to, broken_salt_) % 1'000'000 >= broken_links_;
}

Nanos Network::Latency(HostId from, HostId to) {
  const auto mean = static_cast<std::uint64_t>(latency_);
  std::uint64_t nanos = mean;
  switch (options_.distribution) {
    case NetworkOptions::Latency::kConstant:
      break;
    case NetworkOptions::Latency::kUniform:
      nanos = prng_.Between(mean, 2 * mean);
      break;
    case NetworkOptions::Latency::kExponential:
      nanos = mean + prng_.Exponential(mean);
      break;
    case NetworkOptions::Latency::kHeavyTail:
      nanos = prng_.HeavyTail(mean);
      break;
  }
  if (pair_spread_ > 0) {
    nanos += HashPair(from, to, pair_salt_) % static_cast<std::uint64_t>(pair_spread_);
  }
  if (options_.reorder > 0 && prng_.Chance(options_.reorder)) nanos += prng_.Below(8 * mean);
  nanos += static_cast<std::uint64_t>(delay_);
  const Nanos most = options_.perfect_detector ? slowest_ : ToNanos(kLongestWay);
  nanos = std::min(nanos, static_cast<std::uint64_t>(most));
  return static_cast<Nanos>(nanos);
}

void Network::Partition(std::vector<std::uint8_t> sides, bool one_way) {
  sides_ = std::move(sides);
  one_way_ = one_way;
}

void Network::BreakLinks(unsigned in_a_million, std::uint64_t salt) {
  broken_links_ = in_a_million;
  broken_salt_ = salt;
}

void Network::Reconnect() {
  sides_.clear();
  one_way_ = false;
  broken_links_ = 0;
}

void Network::Heal() {
  Reconnect();
  options_.loss = options_.duplicate = options_.reorder = 0;
  options_.perfect_detector = true;
  delay_ = 0;
}

}  // namespace concord::sim
