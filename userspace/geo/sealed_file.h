// A copy of a file that nobody can cut short.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "absl/status/statusor.h"

namespace signpost::geo {

// A copy of a file in memory of sealed size that has a path of its own, for libraries that take
// nothing but a path and map what is there: if the file itself were mapped and somebody then cut it
// short, the next access would end the process by SIGBUS.
class SealedFile {
 public:
  // The file at `path`, a regular one of 1 octet to 2 GiB. NOT_FOUND, PERMISSION_DENIED or
  // FAILED_PRECONDITION name the path and what to do.
  static absl::StatusOr<SealedFile> copy(const std::string& path);

  SealedFile(SealedFile&& other) noexcept;
  SealedFile& operator=(SealedFile&& other) noexcept;
  ~SealedFile();

  // Where this process, and no other, opens the copy.
  std::string path() const;
  std::span<const std::uint8_t> octets() const { return {octets_, size_}; }

 private:
  SealedFile(int descriptor, const std::uint8_t* octets, std::size_t size)
      : descriptor_(descriptor), octets_(octets), size_(size) {}

  int descriptor_ = -1;
  const std::uint8_t* octets_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace signpost::geo
