// A run of signpost within the test, and what came of it.
#pragma once

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "signpost/command_line.h"
#include "tests/unit/cli/fake_daemon.h"

namespace signpost::cli {

struct Result {
  int code = 0;
  std::string out;
  std::string err;
};

inline Result run_with(std::vector<std::string> arguments, Terminals terminals = {}) {
  arguments.insert(arguments.begin(), "signpost");
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::ostringstream out;
  std::ostringstream err;
  Result result;
  result.code = run(static_cast<int>(argv.size()), argv.data(), out, err, terminals);
  result.out = out.str();
  result.err = err.str();
  return result;
}

inline Result run_against(const FakeDaemon& daemon, std::vector<std::string> arguments,
                          Terminals terminals = {}) {
  arguments.insert(arguments.end(), {"--server", daemon.address()});
  return run_with(std::move(arguments), terminals);
}

// Reads a message in text format.
template <typename Message>
void fill(const std::string& text, Message& message) {
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
}

}  // namespace signpost::cli
