#include "signpost/convert/json_reader.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/status.h"
#include "signpost/yaml_stream.h"

namespace signpost::cli::convert {
namespace {

using Kind = YamlEvent::Kind;

// Builds the tree of the one document.
class NodeSink : public YamlSink {
 public:
  explicit NodeSink(const std::string& file_name)
      : file_(std::make_shared<const std::string>(file_name)) {
    root_.file = file_;
    root_.line = 1;
  }

  absl::Status on_event(const YamlEvent& event) override {
    if (event.kind == Kind::kMapEnd || event.kind == Kind::kListEnd) {
      open_.pop_back();
      return absl::OkStatus();
    }
    if (!open_.empty() && open_.back()->is_map() && !key_) return take_key(event);
    Node* node = &root_;
    if (!open_.empty()) {
      node = open_.back()->is_map() ? &open_.back()->add_member(*std::exchange(key_, {}))
                                    : &open_.back()->add_item();
    } else if (std::exchange(has_root_, true)) {
      return invalid_argument(*file_, ":", event.line, ": a second document; one is allowed");
    }
    fill(event, *node);
    return absl::OkStatus();
  }

  Node take() { return std::move(root_); }

 private:
  absl::Status take_key(const YamlEvent& event) {
    if (event.kind != Kind::kScalar)
      return invalid_argument(*file_, ":", event.line, ": the name of a member must be text");
    if (const Node* first = open_.back()->find(event.text))
      return invalid_argument(*file_, ":", event.line, ": ", first->path, ": is also in line ",
                              first->line);
    key_ = event.text;
    return absl::OkStatus();
  }

  void fill(const YamlEvent& event, Node& node) {
    node.file = file_;
    node.line = event.line;
    node.text = event.text;
    if (event.kind == Kind::kScalar) node.kind = Node::Kind::kScalar;
    if (event.kind != Kind::kMapStart && event.kind != Kind::kListStart) return;
    node.kind = event.kind == Kind::kMapStart ? Node::Kind::kMap : Node::Kind::kList;
    open_.push_back(&node);
  }

  std::shared_ptr<const std::string> file_;
  Node root_;
  bool has_root_ = false;
  // From the root down. Valid although lists grow: only the innermost one does.
  std::vector<Node*> open_;
  std::optional<std::string> key_;
};

}  // namespace

absl::StatusOr<Node> parse_json(const std::string& text, const std::string& file_name) {
  NodeSink sink(file_name);
  RETURN_IF_ERROR(parse_yaml(text, file_name, sink));
  return sink.take();
}

}  // namespace signpost::cli::convert
