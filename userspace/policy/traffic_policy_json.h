// JSON as traffic policy documents use it: every value knows its path, for messages.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signpost::policy {

struct Json {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  std::string path;  // "Rules.selector.Regions[1].Region"; of the document itself empty
  std::string text;  // of a string; of a number or bool as it is written
  std::vector<Json> items;
  std::map<std::string, Json, std::less<>> members;

  // The member of that name; null if there is none, or this is no object.
  const Json* find(std::string_view key) const;

  // The following return INVALID_ARGUMENT with the path of what is wrong.

  // That this is an object with none but these members.
  absl::Status check_members(std::initializer_list<std::string_view> allowed) const;
  absl::StatusOr<const Json*> required(std::string_view key) const;
  // A string that is not empty.
  absl::StatusOr<std::string> string() const;
  // Scalars may be JSON strings or natives (route53-semantics 4).
  absl::StatusOr<int> integer(int min, int max) const;
  absl::StatusOr<bool> boolean() const;
  // A number as it is written.
  absl::StatusOr<std::string> number() const;

  // INVALID_ARGUMENT: "PATH: what".
  absl::Status error(std::string_view what) const;
};

// INVALID_ARGUMENT says where the text is not JSON (RFC 8259), or which member is there twice.
absl::StatusOr<Json> parse_json(std::string_view text);

// `path` with the member `key`: quoted unless it is a plain word.
std::string member_path(const std::string& path, std::string_view key);

}  // namespace signpost::policy
