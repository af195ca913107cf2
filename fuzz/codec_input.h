// How an input of fuzz_codec begins: one byte says what the rest is, for a message one more gives
// hash_bits - 1 and one says how it is cut and repeated.
#ifndef CONCORD_FUZZ_CODEC_INPUT_H_
#define CONCORD_FUZZ_CODEC_INPUT_H_

namespace concord::fuzz {

enum class Subject : unsigned {
  kFindReq,
  kServer,
  kRing,
  kFindResp,
  kAddress,
  kText,
  kLog,
  kWalk,
  kFarewell,
  kMeeting,
  kIdentity,
  kCount,
};

}  // namespace concord::fuzz

#endif  // CONCORD_FUZZ_CODEC_INPUT_H_
