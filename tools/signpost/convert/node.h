// Values of foreign configurations, JSON or gdnsd's: every one knows its place, for messages.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signpost::cli::convert {

struct Node {
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  std::shared_ptr<const std::string> file;
  int line = 0;             // from 1
  std::string path;         // "ResourceRecordSets[3].TTL"; of the root empty
  std::string key;          // of a map's member
  std::string text;         // of a scalar
  std::vector<Node> items;  // of a list; of a map its members in their order

  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }

  // The member of that name; null if there is none, or this is no map.
  const Node* find(std::string_view name) const;

  // A new member or item, its place but its file and line set. Only the last one that was added to
  // a node stays where it is.
  Node& add_member(std::string_view name);
  Node& add_item();

  // The following return INVALID_ARGUMENT, with the place of what is wrong.

  absl::StatusOr<const Node*> required(std::string_view name) const;
  // Text that is not empty.
  absl::StatusOr<std::string> string() const;
  absl::StatusOr<std::int64_t> integer(std::int64_t min, std::int64_t max) const;
  absl::StatusOr<double> number() const;
  absl::StatusOr<bool> boolean() const;
  // The texts of a list, or of a scalar in its place.
  absl::StatusOr<std::vector<std::string>> strings() const;
  // That this is a list, of any values.
  absl::StatusOr<const std::vector<Node>*> list() const;
  absl::Status check_map() const;

  // "FILE:LINE: PATH".
  std::string place() const;
  // INVALID_ARGUMENT: "FILE:LINE: PATH: what".
  absl::Status error(std::string_view what) const;
};

// The members of a map whose names are not among these.
std::vector<const Node*> other_members(const Node& map,
                                       std::initializer_list<std::string_view> names);

}  // namespace signpost::cli::convert
