#include "tests/unit/health/promtool.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace signpost {

std::string promtool_complaints(const std::string& exposition) {
  std::string path = "/tmp/signpost-metrics-XXXXXX";
  const int file = mkstemp(path.data());
  if (file < 0) return "no temporary file";
  const bool written =
      write(file, exposition.data(), exposition.size()) == static_cast<ssize_t>(exposition.size());
  close(file);
  std::string said;
  int status = -1;
  FILE* const pipe = popen(("promtool check metrics < " + path + " 2>&1").c_str(), "r");
  if (pipe != nullptr) {
    std::array<char, 4096> chunk{};
    while (const std::size_t length = fread(chunk.data(), 1, chunk.size(), pipe))
      said.append(chunk.data(), length);
    status = pclose(pipe);
  }
  unlink(path.c_str());
  if (!written) return "the temporary file can't be written";
  if (status != 0 && said.empty()) return "promtool failed without a word";
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
    return "promtool is needed: apt-get install --no-install-recommends prometheus";
  return said;
}

}  // namespace signpost
