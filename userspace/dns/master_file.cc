#include "dns/master_file.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "dns/lexer.h"
#include "dns/rdata.h"
#include "dns/rdata_tokens.h"
#include "dns/text.h"
#include "dns/zone_check.h"
#include "dns/zone_findings.h"

namespace signpost::dns {
namespace {

constexpr std::size_t kMaxIncludeDepth = 8;
constexpr std::size_t kMaxFiles = 1000;        // a file that includes another many times, and so on
constexpr std::uint32_t kMaxTtl = 0x7fffffff;  // RFC 2181 section 8

absl::Status error_at(std::string_view file, std::size_t line, std::string_view text) {
  return invalid_argument(std::string(file), ":", line, ": ", std::string(text));
}

bool is_class(std::string_view text) {
  for (const std::string_view mnemonic : {"IN", "CS", "CH", "HS", "NONE", "ANY"}) {
    if (equals_ignoring_case(text, mnemonic)) return true;
  }
  return text.size() > 5 && equals_ignoring_case(text.substr(0, 5), "CLASS") &&
         parse_decimal(text.substr(5), 65535);
}

bool is_class_in(std::string_view text) {
  return equals_ignoring_case(text, "IN") || equals_ignoring_case(text, "CLASS1");
}

// One file being read, the main one or an included one.
struct File {
  std::size_t index;  // into the names of all files
  std::string name;
  Name origin;
  std::size_t depth;          // of $INCLUDE
  std::optional<Name> owner;  // of the last record
};

class Parser {
 public:
  // `skip_errors`: to go on behind records that can't be read, and keep what is wrong with them.
  explicit Parser(const MasterFileOptions& options, bool skip_errors = false)
      : options_(options), skip_errors_(skip_errors), default_ttl_(options.default_ttl) {}

  absl::Status parse_file(std::string_view text, File file);
  absl::StatusOr<std::vector<Record>> finish();
  // What has been read, in the place of finish(). `refusal`: of parse_file().
  MasterFileReport report(const absl::Status& refusal);
  File add_file(std::string_view name, const Name& origin, std::size_t depth);

 private:
  using Tokens = std::span<const Token>;

  absl::Status parse_entry(Tokens tokens, File& file);
  absl::Status parse_directive(Tokens tokens, File& file);
  absl::Status parse_include(Tokens tokens, const File& file);
  absl::Status parse_record(Tokens tokens, File& file);
  absl::StatusOr<std::uint32_t> parse_ttl(std::string_view text) const;
  // Takes the owner name, if the line has one, off the front of `tokens`.
  absl::Status take_owner(Tokens& tokens, File& file) const;
  // The same for TTL and class, in either order.
  absl::Status take_ttl_and_class(Tokens& tokens, std::optional<std::uint32_t>& ttl) const;
  absl::StatusOr<RRType> parse_type(const Token& token) const;
  absl::StatusOr<std::uint32_t> resolve_ttl(std::optional<std::uint32_t> written,
                                            const Record& record);
  void remove_duplicates();
  std::string place_of(std::size_t record) const {
    return absl::StrCat(file_names_[file_of_[record]], ":", records_[record].line);
  }
  // "FILE:LINE: text" of an error, with its severity.
  static std::string error_line(std::string_view message);

  const MasterFileOptions& options_;
  const bool skip_errors_;
  std::vector<std::string> skipped_;
  std::vector<Record> records_;
  std::vector<std::uint32_t> file_of_;  // for each record
  std::vector<std::string> file_names_;
  std::optional<std::uint32_t> default_ttl_;  // $TTL
  std::optional<std::uint32_t> last_ttl_;
  std::optional<std::uint32_t> soa_minimum_;
};

File Parser::add_file(std::string_view name, const Name& origin, std::size_t depth) {
  file_names_.emplace_back(name);
  return {file_names_.size() - 1, std::string(name), origin, depth, std::nullopt};
}

absl::Status Parser::parse_file(std::string_view text, File file) {
  if (text.starts_with("\xef\xbb\xbf") || text.starts_with("\xff\xfe") ||
      text.starts_with("\xfe\xff")) {
    return error_at(file.name, 1, "a byte order mark before the text; save the file without it");
  }
  Lexer lexer(text, Comments::kAllowed);
  std::vector<Token> tokens;
  while (true) {
    if (const auto status = lexer.read_entry(tokens); !status.ok())
      return error_at(file.name, lexer.line(), std::string(status.message()));
    if (tokens.empty()) return absl::OkStatus();
    const absl::Status status = parse_entry(tokens, file);
    if (!status.ok() && !skip_errors_) return status;
    if (!status.ok()) skipped_.emplace_back(status.message());
  }
}

absl::Status Parser::parse_entry(Tokens tokens, File& file) {
  const Token& first = tokens.front();
  if (!first.spaced && !first.quoted && first.text.starts_with('$'))
    return parse_directive(tokens, file);
  return parse_record(tokens, file);
}

absl::Status Parser::parse_directive(Tokens tokens, File& file) {
  const Token& first = tokens.front();
  if (equals_ignoring_case(first.text, "$INCLUDE")) return parse_include(tokens, file);
  const bool is_origin = equals_ignoring_case(first.text, "$ORIGIN");
  if (!is_origin && !equals_ignoring_case(first.text, "$TTL")) {
    return error_at(file.name, first.line,
                    absl::StrCat("unknown directive ", quoted_excerpt(first.text),
                                 "; only $ORIGIN, $TTL and $INCLUDE are known"));
  }
  if (tokens.size() != 2) {
    return error_at(file.name, first.line,
                    absl::StrCat(std::string(first.text), " needs one value"));
  }
  if (is_origin) {
    auto origin = Name::parse(tokens[1].text, file.origin);
    if (!origin.ok())
      return error_at(file.name, tokens[1].line, std::string(origin.status().message()));
    file.origin = *std::move(origin);
    return absl::OkStatus();
  }
  const auto ttl = parse_ttl(tokens[1].text);
  if (!ttl.ok()) return error_at(file.name, tokens[1].line, std::string(ttl.status().message()));
  default_ttl_ = *ttl;
  return absl::OkStatus();
}

// The origin and owner of the including file stay as they are (RFC 1035 section 5.1).
absl::Status Parser::parse_include(Tokens tokens, const File& file) {
  const std::size_t line = tokens.front().line;
  if (tokens.size() < 2 || tokens.size() > 3)
    return error_at(file.name, line, "$INCLUDE needs a file name and at most an origin");
  if (!options_.include) {
    return error_at(file.name, line,
                    "$INCLUDE is not permitted here; put the records in its place");
  }
  if (file.depth == kMaxIncludeDepth || file_names_.size() == kMaxFiles) {
    return error_at(file.name, line,
                    absl::StrCat("$INCLUDE deeper than ", kMaxIncludeDepth, " files or more than ",
                                 kMaxFiles, " times; does a file include itself?"));
  }
  Name origin = file.origin;
  if (tokens.size() == 3) {
    auto written = Name::parse(tokens[2].text, file.origin);
    if (!written.ok())
      return error_at(file.name, tokens[2].line, std::string(written.status().message()));
    origin = *std::move(written);
  }
  const auto path = unescape(tokens[1].text);
  if (!path) return error_at(file.name, line, "a wrong escape in the file name of $INCLUDE");
  const auto text = options_.include(*path);
  if (!text.ok()) {
    return error_at(file.name, line,
                    absl::StrCat("$INCLUDE ", *path, ": ", std::string(text.status().message())));
  }
  return parse_file(*text, add_file(*path, origin, file.depth + 1));
}

absl::Status Parser::parse_record(Tokens tokens, File& file) {
  Record record;
  record.line = tokens.front().line;
  const auto error = [&](const absl::Status& status) {
    const std::size_t line = tokens.empty() ? record.line : tokens.front().line;
    return error_at(file.name, line, std::string(status.message()));
  };
  if (auto status = take_owner(tokens, file); !status.ok()) return error(status);
  record.owner = *file.owner;
  std::optional<std::uint32_t> ttl;
  if (auto status = take_ttl_and_class(tokens, ttl); !status.ok()) return error(status);
  if (tokens.empty()) {
    return error(invalid_argument("a record without type; add its type and data"));
  }
  const auto type = parse_type(tokens.front());
  if (!type.ok()) return error(type.status());
  record.type = *type;

  TokenReader reader(tokens.subspan(1), file.origin.wire());
  auto rdata = parse_rdata_tokens(record.type, reader);
  if (!rdata.ok()) {
    const std::size_t line = (reader.last() != nullptr ? *reader.last() : tokens.front()).line;
    return error_at(file.name, line, std::string(rdata.status().message()));
  }
  record.rdata = *std::move(rdata);
  const auto resolved = resolve_ttl(ttl, record);
  if (!resolved.ok()) return error(resolved.status());
  record.ttl = *resolved;
  records_.push_back(std::move(record));
  file_of_.push_back(static_cast<std::uint32_t>(file.index));
  return absl::OkStatus();
}

absl::Status Parser::take_owner(Tokens& tokens, File& file) const {
  const Token& first = tokens.front();
  if (first.spaced) {
    if (file.owner) return absl::OkStatus();
    return invalid_argument(
        "white space stands for the last owner name, but there is none; write an owner name");
  }
  if (first.quoted) return invalid_argument("an owner name in quotation marks; remove them");
  ASSIGN_OR_RETURN(file.owner, Name::parse(first.text, file.origin));
  tokens = tokens.subspan(1);
  return absl::OkStatus();
}

absl::StatusOr<std::uint32_t> Parser::parse_ttl(std::string_view text) const {
  const auto ttl = parse_seconds(text);
  if (ttl && *ttl <= kMaxTtl) return *ttl;
  return invalid_argument("TTL ", quoted_excerpt(text),
                          "; write seconds, 0 to 2147483647, or units as in 1h30m");
}

absl::Status Parser::take_ttl_and_class(Tokens& tokens, std::optional<std::uint32_t>& ttl) const {
  bool has_class = false;
  for (; !tokens.empty() && !tokens.front().quoted; tokens = tokens.subspan(1)) {
    const std::string_view text = tokens.front().text;
    if (!ttl && !text.empty() && is_digit(text[0])) {
      ASSIGN_OR_RETURN(ttl, parse_ttl(text));
    } else if (!has_class && is_class(text)) {
      has_class = true;
      if (is_class_in(text)) continue;
      return invalid_argument("class ", std::string(text), "; only class IN is served");
    } else {
      break;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<RRType> Parser::parse_type(const Token& token) const {
  const auto type = token.quoted ? std::nullopt : parse_rr_type(token.text);
  if (!type) {
    return invalid_argument("unknown record type ", quoted_excerpt(token.text),
                            "; write a mnemonic, or TYPE and its number (RFC 3597)");
  }
  if (is_meta_type(*type) || static_cast<std::uint16_t>(*type) == 0) {
    return invalid_argument(to_text(*type), " is not a type of data; remove the record");
  }
  return *type;
}

// RFC 2308 section 4: $TTL goes before the TTL of the last record that had one.
absl::StatusOr<std::uint32_t> Parser::resolve_ttl(std::optional<std::uint32_t> written,
                                                  const Record& record) {
  if (record.type == RRType::kSoa && !soa_minimum_) {
    ASSIGN_OR_RETURN(const Soa soa, parse_soa(record.rdata));
    soa_minimum_ = std::min(soa.minimum, kMaxTtl);
  }
  if (written) {
    last_ttl_ = written;
    return *written;
  }
  if (default_ttl_) return *default_ttl_;
  if (last_ttl_) return *last_ttl_;
  if (soa_minimum_) return *soa_minimum_;
  return invalid_argument("a record without TTL; write one, or $TTL before it");
}

void Parser::remove_duplicates() {
  const std::vector<bool> duplicates = find_duplicates(records_);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (duplicates[i]) continue;
    if (kept != i) {
      records_[kept] = std::move(records_[i]);
      file_of_[kept] = file_of_[i];
    }
    ++kept;
  }
  records_.resize(kept);
}

absl::StatusOr<std::vector<Record>> Parser::finish() {
  remove_duplicates();
  if (const auto conflict = find_conflict(records_)) {
    return error_at(file_names_[file_of_[conflict->index]], records_[conflict->index].line,
                    conflict->text);
  }
  return std::move(records_);
}

std::string Parser::error_line(std::string_view message) {
  const std::size_t text = message.find(": ");
  return absl::StrCat(std::string(message.substr(0, text)), ": error",
                      std::string(message.substr(text)));
}

MasterFileReport Parser::report(const absl::Status& refusal) {
  MasterFileReport report;
  report.records = records_.size();
  if (!refusal.ok()) skipped_.emplace_back(refusal.message());
  for (const std::string& message : skipped_) report.lines.push_back(error_line(message));
  const std::vector<bool> duplicates = find_duplicates(records_);
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (duplicates[i])
      report.lines.push_back(absl::StrCat(place_of(i), ": warning: ", records_[i].owner.text(), " ",
                                          to_text(records_[i].type), " is there already"));
  }
  report.errors = skipped_.size();
  const bool has_soa = std::ranges::any_of(
      records_, [](const Record& record) { return record.type == RRType::kSoa; });
  const auto conflict = find_conflict(records_);
  if (!has_soa || conflict) {
    ++report.errors;
    report.lines.push_back(
        has_soa ? absl::StrCat(place_of(conflict->index), ": error: ", conflict->text)
                : absl::StrCat(options_.file_name,
                               ":1: error: no SOA record; its owner names the "
                               "zone"));
    return report;
  }
  for (const ZoneFinding& finding : find_doubts(records_)) {
    report.errors += finding.is_error ? 1 : 0;
    report.lines.push_back(absl::StrCat(
        place_of(finding.index), finding.is_error ? ": error: " : ": warning: ", finding.text));
  }
  return report;
}

}  // namespace

MasterFileReport check_master_file(std::string_view text, const MasterFileOptions& options) {
  Parser parser(options, true);
  return parser.report(
      parser.parse_file(text, parser.add_file(options.file_name, options.origin, 0)));
}

absl::StatusOr<std::vector<Record>> parse_master_file(std::string_view text,
                                                      const MasterFileOptions& options) {
  Parser parser(options);
  RETURN_IF_ERROR(parser.parse_file(text, parser.add_file(options.file_name, options.origin, 0)));
  return parser.finish();
}

std::string format_master_file(const std::vector<Record>& records) {
  std::string text;
  for (const Record& record : records) {
    absl::StrAppend(&text, record.owner.text(), "\t", record.ttl, "\tIN\t", to_text(record.type),
                    "\t", format_rdata(record.type, record.rdata), "\n");
  }
  return text;
}

}  // namespace signpost::dns
