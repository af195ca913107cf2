// Certificates for tests, made when they run: none that is checked in could stay valid.
#ifndef CONCORD_TESTS_SUPPORT_CERTIFICATES_H_
#define CONCORD_TESTS_SUPPORT_CERTIFICATES_H_

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "absl/strings/str_cat.h"
#include "concord/config.h"

namespace concord::testing {

// A folder with a CA. It goes with us.
class Certificates {
 public:
  Certificates() {
    std::string pattern = (std::filesystem::temp_directory_path() / "concord-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a folder");
    folder_ = pattern;
    Make("");
  }
  ~Certificates() { std::filesystem::remove_all(folder_); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  // Runs scripts/make-test-certs: options, if any, then names.
  void Make(const std::string& names, const std::string& options = "") const {
    const std::string command =
        absl::StrCat("'" CONCORD_MAKE_TEST_CERTS "' ", options, " '", folder_, "' ", names);
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
  }

  std::string certificate(const std::string& name) const { return At(name + ".pem"); }
  std::string key(const std::string& name) const { return At(name + ".key"); }
  std::string ca() const { return At("ca.pem"); }
  std::string At(const std::string& file) const { return absl::StrCat(folder_, "/", file); }

  // What the node with the certificate `name` is told.
  TlsConfig For(const std::string& name) const {
    TlsConfig tls;
    tls.certificate.path = certificate(name);
    tls.private_key.path = key(name);
    tls.trust.path = ca();
    return tls;
  }

 private:
  std::string folder_;
};

inline std::string BytesOf(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path).rdbuf();
  return bytes.str();
}

// As those who rotate certificates do it: readers see the old or the new, and nothing between.
inline void Replace(const std::string& path, const std::string& bytes) {
  const std::string next = path + ".next";
  std::ofstream(next) << bytes;
  std::filesystem::rename(next, path);
}

}  // namespace concord::testing

#endif  // CONCORD_TESTS_SUPPORT_CERTIFICATES_H_
