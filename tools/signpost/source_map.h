// Where each field of a message came from, so that an error about a field can name file and line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace google::protobuf {
class Descriptor;
}

namespace signpost::cli {

class SourceMap {
 public:
  using FileId = std::uint32_t;
  using EntryId = std::uint32_t;
  static constexpr EntryId kRoot = 0;

  // `root` describes the message that paths start in.
  explicit SourceMap(const google::protobuf::Descriptor* root) : root_(root), entries_(1) {}

  FileId add_file(std::string name);

  // Notes that the field `number` of the message at `parent`, there the element `index` (-1 unless
  // repeated), came from `line`. Returns its id, to be the parent of its own fields.
  EntryId add(EntryId parent, int number, int index, FileId file, int line);

  // "FILE:LINE" of a path such as "zones[0].record_sets[3].weighted.weight", or of the nearest part
  // above it that is known; empty if nothing is.
  std::string find(std::string_view path) const;

  // A server names fields by their paths, and joins errors by "; ": gives every error that begins
  // with a path of this map a line of its own, which begins with "FILE:LINE: ".
  absl::Status locate(const absl::Status& status) const;

 private:
  struct Entry {
    EntryId parent = 0;
    std::int32_t number = 0;
    std::int32_t index = -1;
    FileId file = 0;
    int line = 0;
  };

  // Where the first error of `errors` ends and the next, with a path of this map, begins; their
  // size if there is no next.
  std::size_t end_of_error(std::string_view errors) const;

  // The id of the entry with these values, or kRoot.
  EntryId child(EntryId parent, int number, int index) const;

  const google::protobuf::Descriptor* root_;
  std::vector<std::string> files_;
  std::vector<Entry> entries_;  // parents before their children; [0] is the root
};

}  // namespace signpost::cli
