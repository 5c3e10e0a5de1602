// The command line: arguments, help, exit codes.
#pragma once

#include <ostream>

namespace signpost::cli {

struct Terminals {
  bool out = false;
  bool err = false;
};

// Runs the CLI and returns its exit code (session.h). Colours are for terminals.
int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err,
        Terminals terminals);

}  // namespace signpost::cli
