#include "dns/lexer.h"

#include "base/status.h"

namespace signpost::dns {
namespace {

bool ends_word(char c) {
  switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case '"':
    case ';':
    case '(':
    case ')':
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::Status Lexer::read_entry(std::vector<Token>& tokens) {
  tokens.clear();
  while (tokens.empty() && !at_end()) RETURN_IF_ERROR(read_line(tokens));
  return absl::OkStatus();
}

absl::Status Lexer::read_line(std::vector<Token>& tokens) {
  spaced_ = false;
  while (!at_end()) {
    const char c = text_[at_];
    if (c == ' ' || c == '\t') {
      ++at_;
      spaced_ = true;
    } else if (c == '\n' || c == '\r') {
      if (c == '\r' && text_.substr(at_, 2) != "\r\n")
        return invalid_argument("a carriage return without a line feed; end lines with LF or CRLF");
      at_ += c == '\r' ? 2 : 1;
      ++line_;
      spaced_ = true;
      if (depth_ == 0) return absl::OkStatus();
    } else if (c == '(' || c == ')') {
      RETURN_IF_ERROR(parenthesis(c));
    } else if (c == ';') {
      RETURN_IF_ERROR(skip_comment());
    } else {
      RETURN_IF_ERROR(c == '"' ? read_quoted(tokens) : read_word(tokens));
    }
  }
  if (depth_ == 0) return absl::OkStatus();
  line_ = opened_on_;
  return invalid_argument("'(' is never closed; add ')'");
}

absl::Status Lexer::parenthesis(char c) {
  if (c == '(') {
    if (depth_++ == 0) opened_on_ = line_;
  } else if (depth_-- == 0) {
    return invalid_argument("')' without '('; remove it or write \\)");
  }
  ++at_;
  spaced_ = true;
  return absl::OkStatus();
}

absl::Status Lexer::skip_comment() {
  if (comments_ == Comments::kInParentheses && depth_ == 0) {
    return invalid_argument("';' would begin a comment; put the value in quotation marks");
  }
  const std::size_t end = text_.find('\n', at_);
  at_ = end == std::string_view::npos ? text_.size() : end;
  return absl::OkStatus();
}

absl::Status Lexer::read_quoted(std::vector<Token>& tokens) {
  const std::size_t start = ++at_;
  for (; !at_end() && text_[at_] != '\n'; ++at_) {
    if (text_[at_] == '"') {
      tokens.push_back({text_.substr(start, at_ - start), line_, true, spaced_});
      ++at_;
      spaced_ = false;
      return absl::OkStatus();
    }
    if (text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
  }
  return invalid_argument("a quoted string does not end on its line; add '\"'");
}

absl::Status Lexer::read_word(std::vector<Token>& tokens) {
  const std::size_t start = at_;
  for (; !at_end() && !ends_word(text_[at_]); ++at_) {
    if (text_[at_] != '\\') continue;
    if (at_ + 1 == text_.size() || text_[at_ + 1] == '\n' || text_[at_ + 1] == '\r')
      return invalid_argument("'\\' at the end of a line escapes nothing; remove it");
    ++at_;
  }
  tokens.push_back({text_.substr(start, at_ - start), line_, false, spaced_});
  spaced_ = false;
  return absl::OkStatus();
}

}  // namespace signpost::dns
