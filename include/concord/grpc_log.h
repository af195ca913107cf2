// The log of gRPC itself, which carries the calls between members.
#ifndef CONCORD_GRPC_LOG_H_
#define CONCORD_GRPC_LOG_H_

#include <memory>

#include "concord/config.h"

namespace concord {

// From here on what gRPC would write to standard error goes to `logger`, one line a message:
//
//   event=grpc source=ssl_transport_security.cc:1501 message="Handshake failed with …"
//
// Its errors become warnings, since most are the doing of whoever connects; of each place in gRPC's
// code one line a second is logged, with the number of those `left_out` before it. Among them is
// the only trace that a node under TLS has of a client that speaks plaintext, or too old a TLS.
//
// gRPC has one log for the whole process, so this is for main() and not for a library. null: as
// before. Any thread. The logger must not call gRPC.
void LogGrpc(std::shared_ptr<spdlog::logger> logger, LogFormat format = LogFormat::kKeyValue);

}  // namespace concord

#endif  // CONCORD_GRPC_LOG_H_
