// A new folder among the system's temporary ones, which goes with its owner.
#ifndef CONCORD_EXAMPLES_COMMON_FOLDER_H_
#define CONCORD_EXAMPLES_COMMON_FOLDER_H_

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace concord::example {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "concord-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Folder() {
    std::error_code error;
    if (!path_.empty()) std::filesystem::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  // Empty: it could not be made.
  const std::string& path() const { return path_; }
  std::string At(const std::string& name) const { return absl::StrCat(path_, "/", name); }

 private:
  std::string path_;
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_COMMON_FOLDER_H_
