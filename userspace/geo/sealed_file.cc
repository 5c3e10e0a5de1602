#include "geo/sealed_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/status.h"

namespace signpost::geo {
namespace {

constexpr off_t kLargestFile = off_t{1} << 31;

// A file descriptor that is closed at the end of its scope.
struct Descriptor {
  explicit Descriptor(int number) : number(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  int release() { return std::exchange(number, -1); }

  int number;
};

absl::Status errno_status(const std::string& path, const char* what) {
  const int error = errno;
  return absl::ErrnoToStatus(error, absl::StrCat(path, ": ", what));
}

// Copies `size` octets, less if the file has become shorter. False with errno on an error.
bool copy_octets(int from, int to, off_t size) {
  off_t at = 0;
  while (at < size) {
    const ssize_t count = sendfile(to, from, &at, static_cast<std::size_t>(size - at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    if (count == 0) break;
  }
  return ftruncate(to, at) == 0;
}

}  // namespace

absl::StatusOr<SealedFile> SealedFile::copy(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat facts {};
  if (file.number < 0 || fstat(file.number, &facts) != 0)
    return errno_status(path, "cannot be opened; check that it exists and that signpostd may read");
  if (!S_ISREG(facts.st_mode) || facts.st_size == 0 || facts.st_size > kLargestFile)
    return failed_precondition(path, ": is no file of 1 octet to 2 GiB; name an MMDB file");
  Descriptor memory(memfd_create("signpost-geo", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (memory.number < 0 || !copy_octets(file.number, memory.number, facts.st_size) ||
      fstat(memory.number, &facts) != 0 ||
      fcntl(memory.number, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0)
    return errno_status(path, "cannot be copied into memory");
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size == 0) return failed_precondition(path, ": became empty while it was read; try again");
  void* const octets = mmap(nullptr, size, PROT_READ, MAP_SHARED, memory.number, 0);
  if (octets == MAP_FAILED) return errno_status(path, "cannot be mapped");
  return SealedFile(memory.release(), static_cast<const std::uint8_t*>(octets), size);
}

SealedFile::SealedFile(SealedFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      octets_(std::exchange(other.octets_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

SealedFile& SealedFile::operator=(SealedFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(octets_, other.octets_);
  std::swap(size_, other.size_);
  return *this;
}

SealedFile::~SealedFile() {
  if (octets_ != nullptr) munmap(const_cast<std::uint8_t*>(octets_), size_);
  if (descriptor_ >= 0) close(descriptor_);
}

std::string SealedFile::path() const { return absl::StrCat("/proc/self/fd/", descriptor_); }

}  // namespace signpost::geo
