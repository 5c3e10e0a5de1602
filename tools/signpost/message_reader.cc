#include "signpost/message_reader.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <utility>
#include <vector>

#include "base/status.h"
#include "signpost/field_text.h"
#include "signpost/yaml_stream.h"

namespace signpost::cli {
namespace {

namespace pb = google::protobuf;
using Kind = YamlEvent::Kind;

constexpr std::size_t kMaxErrors = 10;

class MessageSink : public YamlSink {
 public:
  MessageSink(const std::string& file_name, pb::Message& message, SourceMap& sources)
      : file_name_(file_name),
        root_(message),
        sources_(sources),
        file_(sources.add_file(file_name)) {}

  absl::Status on_event(const YamlEvent& event) override {
    if (skip_depth_ > 0) {
      skip(event);
    } else if (event.kind == Kind::kMapEnd || event.kind == Kind::kListEnd) {
      frames_.pop_back();
    } else if (frames_.empty()) {
      on_root(event);
    } else if (frames_.back().list != nullptr) {
      on_value(event, *frames_.back().list, event.line);
    } else if (frames_.back().key == nullptr && !skip_value_) {
      on_key(event);
    } else {
      on_field(event);
    }
    return errors_.size() < kMaxErrors ? absl::OkStatus() : result();
  }

  // OK, or all that was wrong.
  absl::Status result() const {
    std::string all;
    for (const std::string& error : errors_) absl::StrAppend(&all, all.empty() ? "" : "\n", error);
    if (errors_.size() >= kMaxErrors) absl::StrAppend(&all, "\n", file_name_, ": too many errors");
    return errors_.empty() ? absl::OkStatus() : absl::InvalidArgumentError(all);
  }

 private:
  // One open map or list of the file. A list has the message and the entry of the map that holds
  // it.
  struct Frame {
    pb::Message* message = nullptr;
    const pb::FieldDescriptor* list = nullptr;  // the field whose elements follow; null in a map
    const pb::FieldDescriptor* key = nullptr;   // in a map: the field whose value is next
    int key_line = 0;
    int line = 0;      // where the source map places the message
    std::string step;  // what the path gains by this frame: "record_sets[3]"
    int number = 0;    // the same step in the source map
    int index = -1;
    bool has_entry = false;
    SourceMap::EntryId entry = SourceMap::kRoot;
    std::vector<std::pair<std::string, int>> seen;  // keys of the map and their lines
  };

  static bool starts(const YamlEvent& event) {
    return event.kind == Kind::kMapStart || event.kind == Kind::kListStart;
  }

  static std::string found(const YamlEvent& event) {
    if (event.kind == Kind::kMapStart) return "fields";
    return event.kind == Kind::kListStart ? "a list" : "nothing";
  }

  void skip(const YamlEvent& event) {
    if (starts(event)) ++skip_depth_;
    if (event.kind == Kind::kMapEnd || event.kind == Kind::kListEnd) --skip_depth_;
  }

  // Notes an error, and leaves out the node that `event` begins. An element of a list keeps its
  // place.
  void refuse(const YamlEvent& event, int line, const std::string& path, const std::string& what) {
    errors_.push_back(
        absl::StrCat(file_name_, ":", line, ": ", path, path.empty() ? "" : ": ", what));
    if (starts(event)) skip_depth_ = 1;
    if (!frames_.empty() && frames_.back().list != nullptr && frames_.back().list->message_type())
      frames_.back().message->GetReflection()->AddMessage(frames_.back().message,
                                                          frames_.back().list);
  }

  std::string path(const std::string& last) const {
    std::string text;
    for (const Frame& frame : frames_)
      if (!frame.step.empty()) absl::StrAppend(&text, text.empty() ? "" : ".", frame.step);
    return absl::StrCat(text, text.empty() || last.empty() ? "" : ".", last);
  }

  static std::string step_of(const pb::FieldDescriptor& field, int index) {
    return index < 0 ? field.name() : absl::StrCat(field.name(), "[", index, "]");
  }

  void on_root(const YamlEvent& event) {
    if (event.kind == Kind::kNull) return;  // an empty document
    if (event.kind != Kind::kMapStart) {
      refuse(event, event.line, "",
             absl::StrCat("expected the fields ", field_list(*root_.GetDescriptor())));
      return;
    }
    Frame frame;
    frame.message = &root_;
    frame.has_entry = true;
    frames_.push_back(std::move(frame));
  }

  void on_key(const YamlEvent& event) {
    Frame& frame = frames_.back();
    const pb::Descriptor& type = *frame.message->GetDescriptor();
    skip_value_ = true;
    if (event.kind != Kind::kScalar) {
      refuse(event, event.line, path(""),
             absl::StrCat("expected the name of a field, got ", found(event)));
      return;
    }
    const pb::FieldDescriptor* field = type.FindFieldByName(event.text);
    if (field == nullptr) {
      refuse(event, event.line, path(event.text), unknown_field(type, event.text));
      return;
    }
    for (const auto& [name, line] : frame.seen) {
      if (name != event.text) continue;
      refuse(event, event.line, path(name), absl::StrCat("given twice, first in line ", line));
      return;
    }
    if (const pb::OneofDescriptor* choice = field->real_containing_oneof(); choice != nullptr) {
      const auto* chosen =
          frame.message->GetReflection()->GetOneofFieldDescriptor(*frame.message, choice);
      if (chosen != nullptr && chosen != field) {
        refuse(event, event.line, path(event.text),
               absl::StrCat("not together with ", chosen->name(), "; keep one of them"));
        return;
      }
    }
    frame.seen.emplace_back(event.text, event.line);
    frame.key = field;
    frame.key_line = event.line;
    skip_value_ = false;
  }

  static std::string unknown_field(const pb::Descriptor& type, const std::string& name) {
    if (name == "<<") return "merge keys are not understood; write the fields out";
    const std::string similar = similar_field(type, name);
    const std::string known = type.field_count() == 0
                                  ? "no field is known here"
                                  : absl::StrCat("known fields are ", field_list(type));
    return absl::StrCat("unknown field; ", known,
                        similar.empty() ? "" : absl::StrCat("; did you mean ", similar, "?"));
  }

  // The value of the key before it.
  void on_field(const YamlEvent& event) {
    if (skip_value_) {
      skip_value_ = false;
      if (starts(event)) skip_depth_ = 1;
      return;
    }
    Frame& frame = frames_.back();
    const pb::FieldDescriptor& field = *std::exchange(frame.key, nullptr);
    if (!field.is_repeated()) {
      on_value(event, field, frame.key_line);
    } else if (event.kind == Kind::kListStart) {
      Frame list;
      list.message = frame.message;
      list.list = &field;
      frames_.push_back(std::move(list));
    } else if (event.kind != Kind::kNull) {
      refuse(event, event.line, path(field.name()),
             absl::StrCat("expected a list, got ",
                          event.kind == Kind::kScalar ? "one value" : found(event)));
    }
  }

  // A value of `field`: of the map on top, or the next element of the list on top.
  void on_value(const YamlEvent& event, const pb::FieldDescriptor& field, int line) {
    Frame& frame = frames_.back();
    const pb::Reflection& reflection = *frame.message->GetReflection();
    const int index = field.is_repeated() ? reflection.FieldSize(*frame.message, &field) : -1;
    if (field.message_type() != nullptr && message_may_begin(event, field)) {
      pb::Message* child = field.is_repeated() ? reflection.AddMessage(frame.message, &field)
                                               : reflection.MutableMessage(frame.message, &field);
      open(event, child, field, index, line);
    } else if (event.kind == Kind::kScalar) {
      const absl::Status set = set_scalar(*frame.message, field, event.text, event.quoted);
      if (!set.ok()) {
        refuse(event, event.line, path(step_of(field, index)), std::string(set.message()));
      } else if (line != nearest_line()) {
        sources_.add(entry_of(frames_.size() - 1), field.number(), index, file_, line);
      }
    } else {
      refuse(event, event.line, path(step_of(field, index)),
             absl::StrCat("expected ", describe_value(field), ", got ", found(event)));
    }
  }

  // `simple:` with nothing after it means `simple: {}`.
  static bool message_may_begin(const YamlEvent& event, const pb::FieldDescriptor& field) {
    return event.kind == Kind::kMapStart ||
           (event.kind == Kind::kNull && field.message_type()->field_count() == 0);
  }

  void open(const YamlEvent& event, pb::Message* child, const pb::FieldDescriptor& field, int index,
            int line) {
    Frame frame;
    frame.message = child;
    frame.line = line;
    frame.step = step_of(field, index);
    frame.number = field.number();
    frame.index = index;
    frames_.push_back(std::move(frame));
    if (index >= 0) entry_of(frames_.size() - 1);
    if (event.kind == Kind::kNull) frames_.pop_back();
  }

  // The line that the source map gives to fields of the top frame that it does not know itself.
  int nearest_line() const {
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame)
      if (frame->has_entry) return frame->line;
    return 0;
  }

  // The source map's entry of a frame, made if there is none yet: most fields are where their
  // parent is.
  SourceMap::EntryId entry_of(std::size_t depth) {
    Frame& frame = frames_[depth];
    if (frame.list != nullptr) return entry_of(depth - 1);
    if (frame.has_entry) return frame.entry;
    const SourceMap::EntryId parent = entry_of(depth - 1);
    frame.entry = sources_.add(parent, frame.number, frame.index, file_, frame.line);
    frame.has_entry = true;
    return frame.entry;
  }

  const std::string& file_name_;
  pb::Message& root_;
  SourceMap& sources_;
  const SourceMap::FileId file_;
  std::vector<Frame> frames_;
  bool skip_value_ = false;  // the key was refused
  int skip_depth_ = 0;       // open nodes of a refused value
  std::vector<std::string> errors_;
};

}  // namespace

absl::Status read_message(const std::string& text, const std::string& file_name,
                          pb::Message& message, SourceMap& sources) {
  MessageSink sink(file_name, message, sources);
  RETURN_IF_ERROR(parse_yaml(text, file_name, sink));
  return sink.result();
}

}  // namespace signpost::cli
