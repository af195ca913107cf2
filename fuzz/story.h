// An input in words.
#ifndef CONCORD_FUZZ_STORY_H_
#define CONCORD_FUZZ_STORY_H_

#include "core/effects.h"
#include "core/events.h"

namespace concord::fuzz {

// Whether CONCORD_FUZZ_STORY is set in the environment: then each event and what comes of it is
// printed to standard error, to understand an input that fails.
bool TellingStory();

void Tell(const core::Event& event);
void Tell(const core::Effect& effect);

}  // namespace concord::fuzz

#endif  // CONCORD_FUZZ_STORY_H_
