#include "policy/traffic_policy_json.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "dns/text.h"

namespace signpost::policy {

namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 8;  // documents need six

// Builds the tree, where boost::json::value would keep the last of two members of one name, and of
// a number no more than a double.
class TreeBuilder {
 public:
  // The parser's limits, under the names that it asks for. They bound the memory for paths.
  static constexpr std::size_t max_object_size = 10'000;
  static constexpr std::size_t max_array_size = 1'000;
  static constexpr std::size_t max_key_size = 256;
  static constexpr std::size_t max_string_size = 100'000;

  // The path of a member that is there twice; empty if there is none.
  const std::string& duplicate() const { return duplicate_; }
  Json take() { return std::move(root_); }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code& error) { return open(Json::Kind::kObject, error); }
  bool on_object_end(std::size_t, json::error_code&) { return close(); }
  bool on_array_begin(json::error_code& error) { return open(Json::Kind::kArray, error); }
  bool on_array_end(std::size_t, json::error_code&) { return close(); }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) { return append(part); }
  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    append(part);
    key_ = std::exchange(text_, {});
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    return append(part);
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& error) {
    append(part);
    return add(Json::Kind::kString, std::exchange(text_, {}), error);
  }
  bool on_number_part(json::string_view part, json::error_code&) { return append(part); }
  bool on_int64(std::int64_t, json::string_view part, json::error_code& error) {
    return number(part, error);
  }
  bool on_uint64(std::uint64_t, json::string_view part, json::error_code& error) {
    return number(part, error);
  }
  bool on_double(double, json::string_view part, json::error_code& error) {
    return number(part, error);
  }
  bool on_bool(bool value, json::error_code& error) {
    return add(Json::Kind::kBool, value ? "true" : "false", error);
  }
  bool on_null(json::error_code& error) { return add(Json::Kind::kNull, "", error); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  bool append(json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool number(json::string_view part, json::error_code& error) {
    append(part);
    return add(Json::Kind::kNumber, std::exchange(text_, {}), error);
  }

  bool add(Json::Kind kind, std::string text, json::error_code& error) {
    Json* at = place(error);
    if (at == nullptr) return false;
    at->kind = kind;
    at->text = std::move(text);
    return true;
  }

  bool open(Json::Kind kind, json::error_code& error) {
    Json* at = place(error);
    if (at == nullptr) return false;
    at->kind = kind;
    open_.push_back(at);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  // Where the next value belongs, its path set; null if its name is there already.
  Json* place(json::error_code& error) {
    if (open_.empty()) return &root_;
    Json& parent = *open_.back();
    if (parent.kind == Json::Kind::kArray) {
      Json& item = parent.items.emplace_back();
      item.path = absl::StrCat(parent.path, "[", parent.items.size() - 1, "]");
      return &item;
    }
    const auto [at, is_new] = parent.members.try_emplace(key_);
    at->second.path = member_path(parent.path, key_);
    if (is_new) return &at->second;
    duplicate_ = at->second.path;
    error = json::error::syntax;
    return nullptr;
  }

  Json root_;
  // From the root down. Valid although arrays grow: only the innermost one does.
  std::vector<Json*> open_;
  std::string text_;
  std::string key_;
  std::string duplicate_;
};

std::string line_and_column(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  return absl::StrCat("line ", line, ", column ", offset - start + 1);
}

}  // namespace

const Json* Json::find(std::string_view key) const {
  const auto at = members.find(key);
  return at == members.end() ? nullptr : &at->second;
}

absl::Status Json::check_members(std::initializer_list<std::string_view> allowed) const {
  if (kind != Kind::kObject) return error("must be an object");
  for (const auto& [key, member] : members) {
    if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
    const auto append = [](std::string* out, std::string_view word) { out->append(word); };
    return member.error(
        absl::StrCat("unknown; allowed here are ", absl::StrJoin(allowed, ", ", append)));
  }
  return absl::OkStatus();
}

absl::StatusOr<const Json*> Json::required(std::string_view key) const {
  if (kind != Kind::kObject) return error("must be an object");
  if (const Json* member = find(key)) return member;
  return invalid_argument(member_path(path, key), ": missing");
}

absl::StatusOr<std::string> Json::string() const {
  if (kind != Kind::kString || text.empty()) return error("must be a string that is not empty");
  return text;
}

absl::StatusOr<int> Json::integer(int min, int max) const {
  int value = 0;
  const bool is_scalar = kind == Kind::kNumber || kind == Kind::kString;
  if (!is_scalar || !absl::SimpleAtoi(text, &value) || value < min || value > max) {
    return error(absl::StrCat("must be an integer from ", min, " to ", max));
  }
  return value;
}

absl::StatusOr<bool> Json::boolean() const {
  if (kind == Kind::kBool || kind == Kind::kString) {
    if (dns::equals_ignoring_case(text, "true")) return true;
    if (dns::equals_ignoring_case(text, "false")) return false;
  }
  return error("must be true or false");
}

absl::StatusOr<std::string> Json::number() const {
  if (kind != Kind::kNumber && kind != Kind::kString) return error("must be a number");
  return text;
}

absl::Status Json::error(std::string_view what) const {
  return invalid_argument(path.empty() ? "the document" : path, ": ", std::string(what));
}

absl::StatusOr<Json> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::basic_parser<TreeBuilder> parser(options);
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (const std::string& path = parser.handler().duplicate(); !path.empty()) {
    return invalid_argument(path, ": is there twice");
  }
  if (!error && read < text.size()) error = json::error::extra_data;
  if (error) {
    return invalid_argument(line_and_column(text, read), ": not JSON: ", error.message());
  }
  return parser.handler().take();
}

std::string member_path(const std::string& path, std::string_view key) {
  const bool is_word = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return dns::is_letter(c) || dns::is_digit(c) || c == '_' || c == '-';
  });
  const std::string name(key);
  if (!is_word) return absl::StrCat(path, "[\"", absl::Utf8SafeCEscape(name), "\"]");
  return path.empty() ? name : absl::StrCat(path, ".", name);
}

}  // namespace signpost::policy
