// What the tests of this module share.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <string_view>

#include "model/prefix.h"

namespace signpost::geo {

inline model::Prefix prefix(std::string_view text) { return model::Prefix::parse(text).value(); }

// A file with this content while the object lives; in memory, as there are thousands.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content)
      : descriptor_(memfd_create("signpost-test", MFD_CLOEXEC)),
        path_("/proc/self/fd/" + std::to_string(descriptor_)) {
    write(content);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { close(descriptor_); }

  void write(std::string_view content) const {
    std::ofstream file(path_, std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
  }
  const std::string& path() const { return path_; }

 private:
  int descriptor_;
  std::string path_;
};

}  // namespace signpost::geo
