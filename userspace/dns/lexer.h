// Splits master file text into entries of tokens (RFC 1035 section 5.1).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace signpost::dns {

struct Token {
  std::string_view text;  // as written, escapes included, without quotation marks
  std::size_t line = 0;   // from 1
  bool quoted = false;
  bool spaced = false;  // white space or a parenthesis before it
};

enum class Comments {
  kAllowed,
  kInParentheses,  // for single values, where a forgotten quotation mark must not cut off data
};

// Requires that the text outlives the lexer and its tokens.
class Lexer {
 public:
  Lexer(std::string_view text, Comments comments) : text_(text), comments_(comments) {}

  // Reads the tokens of the next entry that has any: one line, or several within parentheses.
  // None are left at the end of the text. An error says what is wrong; see line().
  absl::Status read_entry(std::vector<Token>& tokens);

  // The line reached; after an error the one it is about.
  std::size_t line() const { return line_; }

 private:
  absl::Status read_line(std::vector<Token>& tokens);
  absl::Status read_quoted(std::vector<Token>& tokens);
  absl::Status read_word(std::vector<Token>& tokens);
  absl::Status skip_comment();
  absl::Status parenthesis(char c);
  bool at_end() const { return at_ == text_.size(); }

  std::string_view text_;
  Comments comments_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t depth_ = 0;  // of parentheses
  std::size_t opened_on_ = 0;
  bool spaced_ = false;
};

}  // namespace signpost::dns
