// Comments for a message that is written as YAML, each at its place in a list.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace google::protobuf {
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace signpost::cli {

// Messages are known by where they are: they must not move.
class YamlComments {
 public:
  // Adds a comment of one line before the element of the list `field` of `parent` that will be
  // added next, behind all of them if none follows.
  void add(const google::protobuf::Message& parent, const std::string& field, std::string comment);

  // Those before the element `index`; where that is the size of the list, also all after it.
  std::vector<std::string> before(const google::protobuf::Message& parent,
                                  const google::protobuf::FieldDescriptor& field, int index) const;

  // Those in lists that have no elements.
  std::vector<std::string> of_empty_lists(const google::protobuf::Message& parent) const;

 private:
  using List =
      std::pair<const google::protobuf::Message*, const google::protobuf::FieldDescriptor*>;
  std::map<List, std::multimap<int, std::string>> comments_;  // by index
};

}  // namespace signpost::cli
