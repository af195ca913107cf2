// What the fuzzers start from. The inputs are small true stories; the words are what a fuzzer puts
// between when it makes up the rest.
#ifndef CONCORD_FUZZ_SEEDS_SEEDS_H_
#define CONCORD_FUZZ_SEEDS_SEEDS_H_

#include <map>
#include <string>

namespace concord::fuzz {

using Seeds = std::map<std::string, std::string>;  // by name
using Words = std::map<std::string, std::string>;  // by name

Seeds CodecSeeds();
Words CodecWords();

Seeds MemberSeeds();
Words MemberWords();

Seeds ScheduleSeeds();
Words ScheduleWords();

}  // namespace concord::fuzz

#endif  // CONCORD_FUZZ_SEEDS_SEEDS_H_
