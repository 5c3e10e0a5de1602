#include "signpost/convert/gdnsd_zone_file.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "dns/lexer.h"
#include "dns/master_file.h"
#include "dns/text.h"
#include "signpost/config_reader.h"

namespace signpost::cli::convert {
namespace {

constexpr std::size_t kMaxFileSize = std::size_t{2} << 30;
constexpr char kRootFile[] = "ROOT_ZONE";
// As which records of plugins go through the parser of master files, which completes their owner
// names and TTLs: types for private use, with "LEAST-TTL PLUGIN!RESOURCE FILE:LINE" for their data.
constexpr dns::RRType kDyna{65320};
constexpr dns::RRType kDync{65321};

// The zone that a file of that name has; "@" stands for "/".
absl::StatusOr<dns::Name> zone_of_file(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string();
  if (name == kRootFile) return dns::Name();
  std::replace(name.begin(), name.end(), '@', '/');
  auto apex = dns::Name::parse(name);
  if (!apex.ok())
    return invalid_argument(path, ": the name of the file is not that of a zone: ",
                            std::string(apex.status().message()));
  return apex;
}

// Rewrites gdnsd's own words into what a master file may have. Lines keep their numbers.
class Rewriter {
 public:
  Rewriter(const std::string& file, std::string_view text, const dns::Name& apex, bool included)
      : file_(file), text_(text), apex_(apex), included_(included) {}

  absl::StatusOr<std::string> rewrite() {
    dns::Lexer lexer(text_, dns::Comments::kAllowed);
    std::vector<dns::Token> tokens;
    while (true) {
      // What can't be read is for the parser to tell.
      if (!lexer.read_entry(tokens).ok() || tokens.empty()) break;
      for (const dns::Token& token : tokens) RETURN_IF_ERROR(expand_origin(token));
      RETURN_IF_ERROR(rewrite_record(tokens));
      copy_entry();
    }
    out_.append(text_.substr(copied_));
    return std::move(out_);
  }

 private:
  absl::Status error(const dns::Token& token, std::string_view what) const {
    return invalid_argument(file_, ":", token.line, ": ", std::string(what));
  }

  // Puts `text` in the place of a token of the entry.
  void replace(const dns::Token& token, std::string text) {
    const auto at = static_cast<std::size_t>(token.text.data() - text_.data());
    replaced_[at] = {token.text.size(), std::move(text)};
  }

  void copy_entry() {
    for (const auto& [at, with] : replaced_) {
      out_.append(text_.substr(copied_, at - copied_));
      out_.append(with.second);
      copied_ = at + with.first;
    }
    replaced_.clear();
  }

  // @Z is the zone, @F the origin at the beginning of the file; alone or as the last label.
  absl::Status expand_origin(const dns::Token& token) {
    const std::string_view text = token.text;
    if (token.quoted || text.size() < 2) return absl::OkStatus();
    const std::string_view last = text.substr(text.size() - 2);
    if ((last != "@Z" && last != "@F") || (text.size() > 2 && text[text.size() - 3] != '.'))
      return absl::OkStatus();
    if (last == "@F" && included_)
      return error(token, "@F in an included file is not supported; write the name");
    replace(token, absl::StrCat(std::string(text.substr(0, text.size() - 2)), apex_.text()));
    return absl::OkStatus();
  }

  // OWNER TTL[/LEAST-TTL] DYNA PLUGIN!RESOURCE → OWNER TTL TYPE65320 \# SIZE HEX.
  absl::Status rewrite_record(const std::vector<dns::Token>& tokens) {
    const dns::Token* ttl = nullptr;
    std::size_t at = tokens.front().spaced ? 0 : 1;
    for (; at < tokens.size(); ++at) {
      if (!tokens[at].text.empty() && dns::is_digit(tokens[at].text[0])) {
        ttl = &tokens[at];
      } else if (!dns::equals_ignoring_case(tokens[at].text, "IN")) {
        break;
      }
    }
    if (at == tokens.size() || tokens[at].quoted) return absl::OkStatus();
    const bool is_dyna = dns::equals_ignoring_case(tokens[at].text, "DYNA");
    if (!is_dyna && !dns::equals_ignoring_case(tokens[at].text, "DYNC")) return absl::OkStatus();
    if (at + 2 != tokens.size()) return error(tokens[at], "one PLUGIN!RESOURCE must follow");
    std::string_view least;
    if (ttl != nullptr && ttl->text.find('/') != ttl->text.npos) {
      least = ttl->text.substr(ttl->text.find('/') + 1);
      replace(*ttl, std::string(ttl->text.substr(0, ttl->text.find('/'))));
    }
    const std::string data = absl::StrCat(std::string(least), " ", std::string(tokens[at + 1].text),
                                          " ", file_, ":", tokens[at].line);
    replace(tokens[at], dns::to_text(is_dyna ? kDyna : kDync));
    replace(tokens[at + 1], absl::StrCat("\\# ", data.size(), " ", absl::BytesToHexString(data)));
    return absl::OkStatus();
  }

  const std::string& file_;
  std::string_view text_;
  const dns::Name& apex_;
  const bool included_;
  // By where they begin: the size of what they are in the place of, and themselves.
  std::map<std::size_t, std::pair<std::size_t, std::string>> replaced_;
  std::size_t copied_ = 0;
  std::string out_;
};

absl::StatusOr<GdnsdRecord> dynamic_record(const dns::Record& record) {
  const std::vector<std::string> data = absl::StrSplit(record.rdata, absl::MaxSplits(' ', 2));
  GdnsdRecord dynamic;
  dynamic.owner = record.owner;
  dynamic.may_be_cname = record.type == kDync;
  dynamic.ttl = record.ttl;
  dynamic.resource = data[1];
  dynamic.place = data[2];
  if (data[0].empty()) return dynamic;
  dynamic.least_ttl = dns::parse_seconds(data[0]);
  if (dynamic.least_ttl) return dynamic;
  return invalid_argument(dynamic.place, ": the least TTL \"", data[0], "\" is no time");
}

bool is_dynamic(const dns::Record& record) { return record.type == kDyna || record.type == kDync; }

}  // namespace

absl::StatusOr<GdnsdZoneFile> read_gdnsd_zone(const std::string& path, std::uint32_t default_ttl) {
  GdnsdZoneFile zone;
  ASSIGN_OR_RETURN(zone.apex, zone_of_file(path));
  ASSIGN_OR_RETURN(const std::string text, read_file(path, kMaxFileSize));
  ASSIGN_OR_RETURN(const std::string rewritten, Rewriter(path, text, zone.apex, false).rewrite());
  dns::MasterFileOptions options;
  options.file_name = path;
  options.origin = zone.apex;
  options.default_ttl = default_ttl;
  options.include = [&](std::string_view file) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const std::string part, read_included(path, file));
    return Rewriter(std::string(file), part, zone.apex, true).rewrite();
  };
  ASSIGN_OR_RETURN(std::vector<dns::Record> records, dns::parse_master_file(rewritten, options));
  for (const dns::Record& record : records) {
    if (!is_dynamic(record)) continue;
    ASSIGN_OR_RETURN(GdnsdRecord dynamic, dynamic_record(record));
    zone.dynamic.push_back(std::move(dynamic));
  }
  std::erase_if(records, is_dynamic);
  ASSIGN_OR_RETURN(ZoneRecords read, zone_of_records(path, std::move(records)));
  zone.file = whole(std::move(read));
  return zone;
}

}  // namespace signpost::cli::convert
