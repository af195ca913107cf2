// Messages to bytes and back, the checks of what arrives included.
#include <benchmark/benchmark.h>

#include <string>

#include "concord_wire.pb.h"
#include "core/id_space.h"
#include "core/messages.h"
#include "rings.h"
#include "runtime/codec.h"

namespace concord::bench {
namespace {

constexpr core::IdSpace kSpace(64);

Server ExampleServer() {
  return {0x1234567890abcdef, "cache-17.example.com", "cache-17.example.com:7000"};
}

core::RingView ExampleRing() {
  return {ExampleServer(), {ExampleServer(), ExampleServer(), ExampleServer()}};
}

template <typename Value>
void Encode(benchmark::State& state, const Value& value) {
  std::string bytes;
  for (auto _ : state) {
    runtime::ToWire(value).SerializeToString(&bytes);
    benchmark::DoNotOptimize(bytes);
  }
  state.counters["bytes"] = static_cast<double>(bytes.size());
}

template <typename Message, typename Value>
void Decode(benchmark::State& state, const Value& value) {
  const std::string bytes = runtime::ToWire(value).SerializeAsString();
  for (auto _ : state) {
    Message message;
    const bool parsed = message.ParseFromString(bytes);
    benchmark::DoNotOptimize(parsed);
    benchmark::DoNotOptimize(runtime::FromWire(kSpace, message));
  }
}

void EncodeFindReq(benchmark::State& state) {
  Encode(state, runtime::FindRequest{.id = ExampleServer().id, .hops = 1});
}
BENCHMARK(EncodeFindReq);

void DecodeFindReq(benchmark::State& state) {
  Decode<wire::FindReq>(state, runtime::FindRequest{.id = ExampleServer().id, .hops = 1});
}
BENCHMARK(DecodeFindReq);

void EncodeFindResp(benchmark::State& state) {
  Encode(state, runtime::FindResponse{.owner = ExampleServer(), .hops = 1});
}
BENCHMARK(EncodeFindResp);

void DecodeFindResp(benchmark::State& state) {
  Decode<wire::FindResp>(state, runtime::FindResponse{.owner = ExampleServer(), .hops = 1});
}
BENCHMARK(DecodeFindResp);

void EncodeRing(benchmark::State& state) { Encode(state, ExampleRing()); }
BENCHMARK(EncodeRing);

void DecodeRing(benchmark::State& state) { Decode<wire::Ring>(state, ExampleRing()); }
BENCHMARK(DecodeRing);

}  // namespace
}  // namespace concord::bench
