#include "signpost/convert/node.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "dns/text.h"

namespace signpost::cli::convert {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return dns::is_letter(c) || dns::is_digit(c) || c == '_' || c == '-';
  });
}

}  // namespace

const Node* Node::find(std::string_view name) const {
  if (kind != Kind::kMap) return nullptr;
  const auto at = std::find_if(items.begin(), items.end(),
                               [&](const Node& member) { return member.key == name; });
  return at == items.end() ? nullptr : &*at;
}

Node& Node::add_member(std::string_view name) {
  Node& member = items.emplace_back();
  member.key = std::string(name);
  member.path = is_word(name) ? absl::StrCat(path, path.empty() ? "" : ".", member.key)
                              : absl::StrCat(path, "[\"", member.key, "\"]");
  return member;
}

Node& Node::add_item() {
  const std::size_t index = items.size();
  Node& item = items.emplace_back();
  item.path = absl::StrCat(path, "[", index, "]");
  return item;
}

absl::StatusOr<const Node*> Node::required(std::string_view name) const {
  RETURN_IF_ERROR(check_map());
  if (const Node* member = find(name)) return member;
  return error(absl::StrCat("has no ", std::string(name)));
}

absl::StatusOr<std::string> Node::string() const {
  if (kind == Kind::kScalar && !text.empty()) return text;
  return error("must be text that is not empty");
}

absl::StatusOr<std::int64_t> Node::integer(std::int64_t min, std::int64_t max) const {
  std::int64_t value = 0;
  if (kind == Kind::kScalar && absl::SimpleAtoi(text, &value) && value >= min && value <= max)
    return value;
  return error(absl::StrCat("must be a whole number from ", min, " to ", max));
}

absl::StatusOr<double> Node::number() const {
  double value = 0;
  if (kind == Kind::kScalar && absl::SimpleAtod(text, &value)) return value;
  return error("must be a number");
}

absl::StatusOr<bool> Node::boolean() const {
  if (kind == Kind::kScalar && dns::equals_ignoring_case(text, "true")) return true;
  if (kind == Kind::kScalar && dns::equals_ignoring_case(text, "false")) return false;
  return error("must be true or false");
}

absl::StatusOr<std::vector<std::string>> Node::strings() const {
  std::vector<std::string> texts;
  if (kind == Kind::kScalar) {
    texts.push_back(text);
    return texts;
  }
  ASSIGN_OR_RETURN(const std::vector<Node>* nodes, list());
  for (const Node& node : *nodes) {
    ASSIGN_OR_RETURN(std::string each, node.string());
    texts.push_back(std::move(each));
  }
  return texts;
}

absl::StatusOr<const std::vector<Node>*> Node::list() const {
  if (kind == Kind::kList) return &items;
  return error("must be a list");
}

absl::Status Node::check_map() const {
  return kind == Kind::kMap ? absl::OkStatus() : error("must have members");
}

std::string Node::place() const {
  return absl::StrCat(file == nullptr ? "" : *file, ":", line, path.empty() ? "" : ": ", path);
}

absl::Status Node::error(std::string_view what) const {
  return invalid_argument(place(), ": ", std::string(what));
}

std::vector<const Node*> other_members(const Node& map,
                                       std::initializer_list<std::string_view> names) {
  std::vector<const Node*> others;
  for (const Node& member : map.items)
    if (std::find(names.begin(), names.end(), member.key) == names.end()) others.push_back(&member);
  return others;
}

}  // namespace signpost::cli::convert
