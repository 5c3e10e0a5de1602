// Checks by an external command.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "health/probes/child_process.h"
#include "health/probes/probe_run.h"

namespace signpost::health {

// What a command is told beside its arguments.
struct CommandInput {
  std::vector<std::string> environment;  // "NAME=value"
  std::string octets;                    // on its standard input
};

class CommandProbeRun final : public ProbeRun {
 public:
  // request.check->kind is a model::CommandProbe. The check's id is in SIGNPOST_CHECK.
  CommandProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
                  const ProbeRequest& request, OnProbeResult on_result);
  // With other input.
  CommandProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
                  const ProbeRequest& request, CommandInput input, OnProbeResult on_result);

 private:
  void begin() override;
  void close() override;
  void on_output(std::string_view octets);
  void on_exit(int wait_status);
  std::string first_line() const;

  const model::CommandProbe& probe_;
  const CommandInput input_;
  std::shared_ptr<ChildProcess> child_;
  std::string output_;  // its first octets
  std::size_t written_ = 0;
};

}  // namespace signpost::health
