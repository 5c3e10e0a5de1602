#include "model/tags.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/status.h"

namespace signpost::model {

namespace {

constexpr std::size_t kLengthMax = 63;
constexpr std::size_t kTagsMax = 50;

bool is_word(std::string_view text) {
  return text.size() <= kLengthMax && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  std::string_view("-_./").find(c) != std::string_view::npos;
         });
}

absl::Status refuse(std::string_view text, const char* forms) {
  return invalid_argument("\"", std::string(text), "\" is not allowed; use ", forms,
                          ", of at most 63 letters, digits, '-', '_', '.' and '/' each");
}

}  // namespace

absl::Status add_tag(std::string_view text, Tags& tags) {
  const std::size_t at = text.find('=');
  const std::string_view key = text.substr(0, at);
  if (at == std::string_view::npos || key.empty() || !is_word(key) || !is_word(text.substr(at + 1)))
    return refuse(text, "key=value");
  if (!tags.emplace(key, text.substr(at + 1)).second)
    return invalid_argument("\"", std::string(key), "\" is there twice");
  if (tags.size() > kTagsMax)
    return invalid_argument("\"", std::string(key), "\" is one tag too many; use at most 50");
  return absl::OkStatus();
}

std::vector<std::string> tag_texts(const Tags& tags) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : tags) texts.push_back(key + "=" + value);
  return texts;
}

absl::StatusOr<TagSelector> TagSelector::parse(std::string_view text) {
  TagSelector selector;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view term = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const std::size_t equals = term.find('=');
    Term& made = selector.terms_.emplace_back();
    std::string_view key = term.substr(0, equals);
    if (equals != std::string_view::npos) {
      made.relation = Relation::kEqual;
      made.value = term.substr(equals + 1);
      if (key.ends_with('!')) {
        made.relation = Relation::kNotEqual;
        key.remove_suffix(1);
      }
    }
    made.key = key;
    if (key.empty() || !is_word(key) || !is_word(made.value))
      return refuse(term, "key=value, key!=value or key");
  }
  return selector;
}

bool TagSelector::matches(const Tags& tags) const {
  return std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) {
    const auto found = tags.find(term.key);
    const bool present = found != tags.end();
    if (term.relation == Relation::kPresent) return present;
    const bool equal = present && found->second == term.value;
    return term.relation == Relation::kEqual ? equal : !equal;
  });
}

}  // namespace signpost::model
