#include "signpost/source_map.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/status.h"

namespace signpost::cli {
namespace {

constexpr std::string_view kSeparator = "; ";  // between the errors of one status

struct Step {
  std::string name;
  int index = -1;
};

// "record_sets[3]" → {"record_sets", 3}; an index that is no number leaves an empty name.
Step parse_step(std::string_view text) {
  const std::size_t bracket = text.find('[');
  if (bracket == std::string_view::npos) return {std::string(text), -1};
  Step step{std::string(text.substr(0, bracket)), -1};
  const std::string_view digits = text.substr(bracket + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), step.index);
  const bool closed =
      error == std::errc() && end + 1 == digits.data() + digits.size() && *end == ']';
  return closed && step.index >= 0 ? step : Step{};
}

}  // namespace

SourceMap::FileId SourceMap::add_file(std::string name) {
  files_.push_back(std::move(name));
  return static_cast<FileId>(files_.size() - 1);
}

SourceMap::EntryId SourceMap::add(EntryId parent, int number, int index, FileId file, int line) {
  entries_.push_back({parent, number, index, file, line});
  return static_cast<EntryId>(entries_.size() - 1);
}

SourceMap::EntryId SourceMap::child(EntryId parent, int number, int index) const {
  for (std::size_t id = parent + 1; id < entries_.size(); ++id) {
    const Entry& entry = entries_[id];
    if (entry.parent == parent && entry.number == number && entry.index == index)
      return static_cast<EntryId>(id);
  }
  return kRoot;
}

std::string SourceMap::find(std::string_view path) const {
  const google::protobuf::Descriptor* message = root_;
  EntryId found = kRoot;
  while (!path.empty() && message != nullptr) {
    const std::size_t dot = path.find('.');
    const Step step = parse_step(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    const auto* field = message->FindFieldByName(step.name);
    if (field == nullptr) break;
    const EntryId next = child(found, field->number(), step.index);
    if (next == kRoot) break;
    found = next;
    message = field->message_type();
  }
  if (found == kRoot) return {};
  return absl::StrCat(files_[entries_[found].file], ":", entries_[found].line);
}

absl::Status SourceMap::locate(const absl::Status& status) const {
  if (status.ok()) return status;
  std::string located;
  std::string_view rest(status.message().data(), status.message().size());
  while (!rest.empty()) {
    const std::string_view error = rest.substr(0, end_of_error(rest));
    rest.remove_prefix(std::min(rest.size(), error.size() + kSeparator.size()));
    const std::string place = find(error.substr(0, error.find(": ")));
    if (!located.empty()) located += place.empty() ? kSeparator : "\n";
    absl::StrAppend(&located, place, place.empty() ? "" : ": ", std::string(error));
  }
  return absl::Status(status.code(), located);
}

std::size_t SourceMap::end_of_error(std::string_view errors) const {
  std::size_t end = errors.find(kSeparator);
  while (end != std::string_view::npos) {
    const std::string_view next = errors.substr(end + kSeparator.size());
    if (!find(next.substr(0, next.find(": "))).empty()) return end;
    end = errors.find(kSeparator, end + 1);
  }
  return errors.size();
}

}  // namespace signpost::cli
