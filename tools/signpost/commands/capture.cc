#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/status.h"
#include "signpost/commands/interface.h"
#include "signpost/v1/control.pb.h"

extern char** environ;

namespace signpost::cli {
namespace {

using Arguments = std::vector<std::string>;

// Whether a program is on the PATH or in the folders of the system's programs, which a user's PATH
// may lack.
absl::StatusOr<std::string> find_program(const std::string& name, const std::string& package) {
  const char* path = std::getenv("PATH");
  std::string folders = absl::StrCat(path == nullptr ? "" : path, ":/usr/sbin:/sbin:/usr/bin");
  while (!folders.empty()) {
    const std::size_t end = folders.find(':');
    const std::string candidate = folders.substr(0, end) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    folders.erase(0, end == std::string::npos ? end : end + 1);
  }
  return not_found(name, " is not installed; `apt-get install ", package, "` brings it");
}

// Starts a program with these ends of pipes as standard input and output; -1: inherited.
absl::StatusOr<pid_t> start(const Arguments& arguments, int input, int output) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (input >= 0) posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  if (output >= 0) posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return internal_error("cannot start ", arguments[0], ": ", std::strerror(error));
  return child;
}

// The exit code of a child. An interrupt from the keyboard is for the child, which then ends in
// order.
int wait_for(pid_t child) {
  std::signal(SIGINT, SIG_IGN);
  int state = 0;
  while (::waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

// Runs `source` with its output in `sink`'s input until `sink` ends. Returns the exit code of
// `sink`.
absl::StatusOr<int> run_pipe(const Arguments& source, const Arguments& sink) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return internal_error("cannot make a pipe: ", std::strerror(errno));
  const absl::StatusOr<pid_t> writer = start(source, -1, ends[1]);
  const absl::StatusOr<pid_t> reader = start(sink, ends[0], -1);
  ::close(ends[0]);
  ::close(ends[1]);
  int code = kFailed;
  if (reader.ok()) code = wait_for(*reader);
  if (writer.ok()) {
    ::kill(*writer, SIGINT);
    wait_for(*writer);
  }
  RETURN_IF_ERROR(writer.status());
  RETURN_IF_ERROR(reader.status());
  return code;
}

absl::StatusOr<int> outcome(int code) {
  if (code == 0) return kDone;
  return failed_precondition(
      "xdpdump gave no packets; it needs root, our program on the interface (`signpost status`), "
      "and a kernel that permits BPF tracing programs");
}

absl::StatusOr<std::string> interface_of_daemon(Session& session) {
  const auto status = session.client.status(v1::GetStatusRequest());
  if (!status.ok()) return annotate(status.status(), "no --interface given");
  const auto& interfaces = status->fast_path().interfaces();
  if (interfaces.empty())
    return failed_precondition("the daemon has no fast path here; give --interface");
  if (interfaces.size() > 1)
    return failed_precondition("the daemon has several interfaces; give one as --interface");
  return interfaces.at(0).name();
}

}  // namespace

absl::StatusOr<int> capture(Session& session, const CaptureArguments& arguments) {
  ASSIGN_OR_RETURN(const std::string xdpdump, find_program("xdpdump", "xdp-tools"));
  std::string interface = arguments.interface;
  if (interface.empty()) {
    ASSIGN_OR_RETURN(interface, interface_of_daemon(session));
  }
  Arguments source = {xdpdump, "-i", interface, "--rx-capture", "entry,exit", "-w"};
  session.err << "signpost: each packet is shown as it came in and as the XDP program left it; "
                 "tcpdump on "
              << interface << " does not see what the fast path answers\n";
  if (!arguments.write_to.empty() && arguments.count == 0) {
    source.push_back(arguments.write_to);
    ASSIGN_OR_RETURN(const pid_t child, start(source, -1, -1));
    return outcome(wait_for(child));
  }
  source.push_back("-");
  ASSIGN_OR_RETURN(const std::string tcpdump, find_program("tcpdump", "tcpdump"));
  Arguments sink = {tcpdump, "-n", "-l", "-r", "-"};
  if (arguments.count > 0) sink.insert(sink.end(), {"-c", absl::StrCat(arguments.count)});
  if (!arguments.write_to.empty()) sink.insert(sink.end(), {"-w", arguments.write_to});
  ASSIGN_OR_RETURN(const int code, run_pipe(source, sink));
  return outcome(code);
}

}  // namespace signpost::cli
