#include "signpost/yaml_comments.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace signpost::cli {

namespace pb = google::protobuf;

void YamlComments::add(const pb::Message& parent, const std::string& field, std::string comment) {
  const pb::FieldDescriptor* list = parent.GetDescriptor()->FindFieldByName(field);
  comments_[{&parent, list}].emplace(parent.GetReflection()->FieldSize(parent, list),
                                     std::move(comment));
}

std::vector<std::string> YamlComments::before(const pb::Message& parent,
                                              const pb::FieldDescriptor& field, int index) const {
  std::vector<std::string> found;
  const auto list = comments_.find({&parent, &field});
  if (list == comments_.end()) return found;
  const bool is_end = index == parent.GetReflection()->FieldSize(parent, &field);
  for (auto at = list->second.lower_bound(index);
       at != list->second.end() && (is_end || at->first == index); ++at)
    found.push_back(at->second);
  return found;
}

std::vector<std::string> YamlComments::of_empty_lists(const pb::Message& parent) const {
  std::vector<std::string> found;
  if (comments_.empty()) return found;
  for (int i = 0; i < parent.GetDescriptor()->field_count(); ++i) {
    const pb::FieldDescriptor& field = *parent.GetDescriptor()->field(i);
    if (!field.is_repeated() || parent.GetReflection()->FieldSize(parent, &field) > 0) continue;
    for (std::string& comment : before(parent, field, 0)) found.push_back(std::move(comment));
  }
  return found;
}

}  // namespace signpost::cli
