// What a store does, for Prometheus.
#ifndef CONCORD_EXAMPLES_KV_METRICS_H_
#define CONCORD_EXAMPLES_KV_METRICS_H_

#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kv.pb.h"

namespace kv {

// Thread-safe.
class Metrics {
 public:
  Metrics();

  // Serves them at http://ADDRESS/metrics from now on. UNAVAILABLE: it cannot listen there.
  absl::Status Expose(const std::string& address);

  // A request of a client has ended. `operation`: "get" and so on.
  void Ended(const std::string& operation, const absl::Status& status, absl::Duration took);
  // How it is with the store now.
  void Set(const wire::StatsResponse& stats);

 private:
  const std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Gauge& entries_;
  prometheus::Gauge& owned_entries_;
  prometheus::Gauge& complete_;
  prometheus::Counter& moved_bytes_;
  std::unique_ptr<prometheus::Exposer> exposer_;  // last: it reads the rest
};

}  // namespace kv

#endif  // CONCORD_EXAMPLES_KV_METRICS_H_
