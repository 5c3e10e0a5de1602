// What may come next on a command line: the candidates for the completion of shells, read from the
// very commands and options that the command line is parsed by.
#pragma once

#include <CLI/CLI.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace signpost::cli {

// Writes a line `WORD<tab>HELP` for each candidate for the last of `words`, which is the part that
// is typed of a word, and a line `:files` where that is the name of a file. `words` is what follows
// the name of the program.
//
// The type name of an option that takes a value says what may be given: `up|down` these words,
// anything with FILE or DIR a path.
void complete(const CLI::App& app, const std::vector<std::string>& words, std::ostream& out);

}  // namespace signpost::cli
