// The last chapter: what all that is for. Three stores on a ring keep words, and one of them dies.
#ifndef CONCORD_EXAMPLES_DEMO_STORE_STORY_H_
#define CONCORD_EXAMPLES_DEMO_STORE_STORY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "examples/common/folder.h"
#include "examples/common/network.h"
#include "examples/common/process.h"
#include "examples/demo/checks.h"
#include "examples/demo/screen.h"
#include "examples/demo/words.h"
#include "examples/kv/client.h"

namespace concord::example {

class StoreStory {
 public:
  // `binary`: concord-kv. `title`: of the chapter.
  StoreStory(std::string binary, Network& network, Screen& screen, Checks& checks);

  // OK: the story was told to its end. Whether all that it claims was so, `checks` knows.
  absl::Status Run(std::string_view title, const std::vector<Word>& words);

 private:
  absl::Status StartStores();
  // Until all of them hold what they are to hold.
  absl::Status AwaitComplete(kv::Client& client, std::size_t stores);

  const std::string binary_;
  const Folder folder_;
  Network& network_;
  Screen& screen_;
  Checks& checks_;
  std::vector<std::string> addresses_;
  std::vector<std::unique_ptr<Process>> stores_;
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_DEMO_STORE_STORY_H_
