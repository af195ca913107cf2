// The calls of the wire by name. The service is that of proto/concord.proto; the generated C++ has
// only its messages.
#ifndef CONCORD_RUNTIME_METHODS_H_
#define CONCORD_RUNTIME_METHODS_H_

namespace concord::runtime {

inline constexpr char kFindSuccessorMethod[] = "/concord.ChordService/FindSuccessor";
inline constexpr char kGetRingMethod[] = "/concord.ChordService/GetRing";
inline constexpr char kNotifyMethod[] = "/concord.ChordService/Notify";
inline constexpr char kLeaveMethod[] = "/concord.ChordService/Leave";
inline constexpr char kMeetMethod[] = "/concord.ChordService/Meet";

// What gRPC itself refuses (RESOURCE_EXHAUSTED) without keeping it. What is smaller and still over
// kMaxMessageBytes gets a better answer, INVALID_ARGUMENT.
inline constexpr int kMaxTransportBytes = 1 << 20;

}  // namespace concord::runtime

#endif  // CONCORD_RUNTIME_METHODS_H_
