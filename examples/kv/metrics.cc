#include "examples/kv/metrics.h"

#include <exception>

#include "absl/strings/str_cat.h"

namespace kv {
namespace {

// From 100 µs on, each twice as long as the one before: to 3.3 s.
prometheus::Histogram::BucketBoundaries Buckets() {
  prometheus::Histogram::BucketBoundaries bounds;
  for (double seconds = 1e-4; seconds < 5; seconds *= 2) bounds.push_back(seconds);
  return bounds;
}

prometheus::Gauge& GaugeOf(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      requests_(prometheus::BuildCounter()
                    .Name("concord_kv_requests_total")
                    .Help("Requests of clients, by operation and how they ended")
                    .Register(*registry_)),
      seconds_(prometheus::BuildHistogram()
                   .Name("concord_kv_request_seconds")
                   .Help("How long they took")
                   .Register(*registry_)),
      entries_(GaugeOf(*registry_, "concord_kv_entries", "Entries held here, tombstones included")),
      owned_entries_(GaugeOf(*registry_, "concord_kv_owned_entries", "Those that this store owns")),
      complete_(GaugeOf(*registry_, "concord_kv_complete",
                        "Whether every holder has all that this store owns")),
      moved_bytes_(prometheus::BuildCounter()
                       .Name("concord_kv_moved_bytes_total")
                       .Help("Of entries that came from other stores and were no new writes")
                       .Register(*registry_)
                       .Add({})) {}

absl::Status Metrics::Expose(const std::string& address) {
  try {
    exposer_ = std::make_unique<prometheus::Exposer>(address, 1);
  } catch (const std::exception& e) {
    return absl::UnavailableError(absl::StrCat("--metrics=", address, ": ", e.what()));
  }
  exposer_->RegisterCollectable(registry_);
  return absl::OkStatus();
}

void Metrics::Ended(const std::string& operation, const absl::Status& status, absl::Duration took) {
  requests_.Add({{"operation", operation}, {"code", absl::StatusCodeToString(status.code())}})
      .Increment();
  seconds_.Add({{"operation", operation}}, Buckets()).Observe(absl::ToDoubleSeconds(took));
}

void Metrics::Set(const wire::StatsResponse& stats) {
  entries_.Set(static_cast<double>(stats.entries()));
  owned_entries_.Set(static_cast<double>(stats.owned_entries()));
  complete_.Set(stats.complete() ? 1 : 0);
  moved_bytes_.Increment(static_cast<double>(stats.moved_bytes()) - moved_bytes_.Value());
}

}  // namespace kv
