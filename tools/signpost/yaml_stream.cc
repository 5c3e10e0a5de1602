#include "signpost/yaml_stream.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <cstddef>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "base/status.h"

namespace signpost::cli {
namespace {

using Kind = YamlEvent::Kind;

constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxAliasEvents = 1'000'000;

// Leaves yaml-cpp's parser; never leaves this file.
struct Stop {
  absl::Status status;
};

class Expander : public YAML::EventHandler {
 public:
  Expander(const std::string& file_name, YamlSink& sink) : file_name_(file_name), sink_(sink) {}

  // At a token that begins no node, such as a comma, yaml-cpp gives one empty document after the
  // other without end.
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (mark.pos == document_) stop(line_of(mark), "no document can begin like this");
    document_ = mark.pos;
    anchors_.clear();
    log_.clear();
    open_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    node(anchor, {Kind::kNull, false, line_of(mark), {}});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    node(anchor, {Kind::kScalar, tag == "!", line_of(mark), value});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    begin(anchor, {Kind::kListStart, false, line_of(mark), {}});
  }
  void OnSequenceEnd() override { end({Kind::kListEnd, false, 0, {}}); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    begin(anchor, {Kind::kMapStart, false, line_of(mark), {}});
  }
  void OnMapEnd() override { end({Kind::kMapEnd, false, 0, {}}); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!open_.empty()) keep({{}, anchor}, line_of(mark));
    replay(anchor, line_of(mark));
  }

 private:
  // An event below an open anchor; with `alias` not 0 an alias in its place.
  struct Logged {
    YamlEvent event;
    YAML::anchor_t alias = 0;
  };
  struct Range {
    std::size_t first = 0;
    std::size_t last = 0;  // 0 while the node is still open
  };

  static int line_of(const YAML::Mark& mark) { return mark.line + 1; }

  [[noreturn]] void stop(int line, const std::string& what) const {
    throw Stop{invalid_argument(file_name_, ":", line, ": ", what)};
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!") return;
    stop(line_of(mark), "the tag \"" + tag + "\" is not understood; remove it");
  }

  void node(YAML::anchor_t anchor, const YamlEvent& event) {
    begin(anchor, event);
    end({});
  }

  // A node without children ends where it begins; end() is then given no kind of end.
  void begin(YAML::anchor_t anchor, const YamlEvent& event) {
    nodes_.push_back(anchor);
    if (anchor != 0) {
      anchors_[anchor] = {log_.size(), 0};
      open_.push_back(anchor);
    }
    if (!open_.empty()) keep({event, 0}, event.line);
    emit(event);
  }

  void end(const YamlEvent& event) {
    const bool is_end = event.kind == Kind::kMapEnd || event.kind == Kind::kListEnd;
    if (is_end && !open_.empty()) keep({event, 0}, 0);
    if (nodes_.back() != 0) {
      anchors_[nodes_.back()].last = log_.size();
      open_.pop_back();
    }
    nodes_.pop_back();
    if (is_end) emit(event);
  }

  void keep(Logged logged, int line) {
    if (log_.size() >= kMaxAliasEvents) stop(line, "the nodes with anchors are too large");
    log_.push_back(std::move(logged));
  }

  void replay(YAML::anchor_t anchor, int line) {
    const Range range = anchors_[anchor];
    if (range.last == 0) stop(line, "the alias stands for a node that contains it");
    for (std::size_t i = range.first; i < range.last; ++i) {
      if (++replayed_ > kMaxAliasEvents) stop(line, "the aliases expand to too much");
      if (log_[i].alias != 0) {
        replay(log_[i].alias, line);
      } else {
        emit(log_[i].event);
      }
    }
  }

  void emit(const YamlEvent& event) {
    const bool starts = event.kind == Kind::kMapStart || event.kind == Kind::kListStart;
    const bool ends = event.kind == Kind::kMapEnd || event.kind == Kind::kListEnd;
    if (starts && ++depth_ > kMaxDepth) stop(event.line, "nested too deeply");
    if (ends) --depth_;
    if (absl::Status status = sink_.on_event(event); !status.ok()) throw Stop{std::move(status)};
  }

  const std::string& file_name_;
  YamlSink& sink_;
  int document_ = -1;  // where the current one began
  int depth_ = 0;
  std::size_t replayed_ = 0;
  std::vector<YAML::anchor_t> nodes_;  // the anchors of the open nodes, 0 where there is none
  std::vector<YAML::anchor_t> open_;   // those that are not 0
  std::map<YAML::anchor_t, Range> anchors_;
  std::vector<Logged> log_;
};

}  // namespace

absl::Status parse_yaml(const std::string& text, const std::string& file_name, YamlSink& sink) {
  try {
    std::istringstream input(text);
    YAML::Parser parser(input);
    Expander expander(file_name, sink);
    while (parser.HandleNextDocument(expander)) {
    }
    return absl::OkStatus();
  } catch (const Stop& stopped) {
    return stopped.status;
  } catch (const YAML::Exception& error) {
    return invalid_argument(file_name, ":", error.mark.line + 1, ": ", error.msg);
  }
}

}  // namespace signpost::cli
