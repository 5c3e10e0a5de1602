// signpost: the command line of Signpost.
#include <unistd.h>

#include <iostream>

#include "signpost/command_line.h"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  return signpost::cli::run(argc, argv, std::cout, std::cerr,
                            {isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1});
}
