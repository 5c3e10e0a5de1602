#include "health/probes/command_probe.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace signpost::health {
namespace {

constexpr std::size_t kOutputMax = 65536;
constexpr std::size_t kLineMax = 200;

const model::CommandProbe& probe_of(const ProbeRequest& request) {
  return std::get<model::CommandProbe>(request.check->kind);
}

std::string exit_text(int wait_status) {
  if (WIFSIGNALED(wait_status))
    return "was ended by signal " + std::to_string(WTERMSIG(wait_status)) + " (" +
           ::strsignal(WTERMSIG(wait_status)) + ")";
  return "ended with " + std::to_string(WEXITSTATUS(wait_status));
}

}  // namespace

CommandProbeRun::CommandProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
                                 const ProbeRequest& request, OnProbeResult on_result)
    : CommandProbeRun(io, settings, request,
                      {.environment = {"SIGNPOST_CHECK=" + request.check->id}, .octets = {}},
                      std::move(on_result)) {}

CommandProbeRun::CommandProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
                                 const ProbeRequest& request, CommandInput input,
                                 OnProbeResult on_result)
    : ProbeRun(io, settings, request, std::move(on_result)),
      probe_(probe_of(request)),
      input_(std::move(input)) {
  set_endpoint(probe_.command.front());
}

void CommandProbeRun::begin() {
  if (settings().commands_folder.empty())
    return fail("there is no folder of commands; give one with signpostd --health-commands");
  std::vector<std::string> arguments = probe_.command;
  arguments.front() = settings().commands_folder + "/" + arguments.front();
  arm(probe_.timeout, endpoint() + " did not end within " + duration_text(probe_.timeout));
  const std::weak_ptr<CommandProbeRun> weak = keep(this);
  std::vector<std::string> environment{
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"};
  environment.insert(environment.end(), input_.environment.begin(), input_.environment.end());
  auto child = ChildProcess::start(
      io(), arguments, environment, input_.octets,
      [weak](std::string_view octets) {
        if (const auto self = weak.lock(); self && self->goes_on()) self->on_output(octets);
      },
      [weak](int wait_status) {
        if (const auto self = weak.lock(); self && self->goes_on()) self->on_exit(wait_status);
      });
  const std::string why = "cannot run " + arguments.front() + ": ";
  if (absl::IsResourceExhausted(child.status()))
    return discard(why + std::string(child.status().message()));
  if (!child.ok()) return fail(why + std::string(child.status().message()));
  child_ = *std::move(child);
  step("started " + arguments.front());
}

void CommandProbeRun::on_output(std::string_view octets) {
  written_ += octets.size();
  if (written_ > kOutputMax) return fail(endpoint() + " wrote more than 64 KiB");
  output_ += octets.substr(0, kLineMax - std::min(kLineMax, output_.size()));
}

void CommandProbeRun::on_exit(int wait_status) {
  const std::string line = first_line();
  const std::string said = line.empty() ? "" : ": " + line;
  if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0)
    return succeed(endpoint() + " " + exit_text(wait_status) + said);
  fail(endpoint() + " " + exit_text(wait_status) + said);
}

std::string CommandProbeRun::first_line() const {
  std::string line = output_.substr(0, output_.find('\n'));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return line;
}

void CommandProbeRun::close() {
  if (child_) child_->give_up();
}

}  // namespace signpost::health
