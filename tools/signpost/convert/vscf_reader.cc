#include "signpost/convert/vscf_reader.h"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "dns/text.h"
#include "signpost/config_reader.h"

namespace signpost::cli::convert {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileSize = std::size_t{64} << 20;
constexpr int kMaxDepth = 32;     // of hashes and arrays, those of included files with them
constexpr int kMaxIncludes = 16;  // of files one in another
constexpr std::string_view kInclude = "$include{";
constexpr std::string_view kSpecial = "][}{;#,\"=\\";

// The files that an include statement names.
absl::StatusOr<std::vector<std::string>> included_files(const fs::path& folder,
                                                        const std::string& written) {
  const fs::path path = folder / written;
  std::error_code error;
  if (fs::is_directory(path, error)) return files_in(path.string());
  glob_t matches{};
  const int result = glob(path.c_str(), 0, nullptr, &matches);
  std::vector<std::string> files(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  globfree(&matches);
  if (result == 0) return files;
  return not_found("$include{", written, "}: no such file");
}

// Reads one file into a node.
class Reader {
 public:
  Reader(std::string path, int includes)
      : path_(std::make_shared<const std::string>(std::move(path))), includes_(includes) {}

  absl::Status read(Node& root, int depth) {
    ASSIGN_OR_RETURN(text_, read_file(*path_, kMaxFileSize));
    if (includes_ > kMaxIncludes) return error("files include each other too deeply");
    skip_space();
    begin(root);
    if (peek() == '[') {
      RETURN_IF_ERROR(read_array(root, depth));
      skip_space();
      return at_end() ? absl::OkStatus() : error("nothing may follow the array");
    }
    root.kind = Node::Kind::kMap;
    return read_members(root, '\0', depth);
  }

 private:
  // Of a hash: those of nets may be many.
  using Keys = std::set<std::string>;

  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  absl::Status error(std::string_view what) const {
    return invalid_argument(*path_, ":", line_, ": ", std::string(what));
  }

  // Sets the place of a node that begins here.
  void begin(Node& node) const {
    node.file = path_;
    node.line = line_;
  }

  void skip_space() {
    while (!at_end()) {
      const char c = text_[at_];
      if (c == '#' || c == ';') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        line_ += c == '\n' ? 1 : 0;
        ++at_;
      } else {
        return;
      }
    }
  }

  // The members of a hash up to `end`, or to the end of the file if that is 0.
  absl::Status read_members(Node& map, char end, int depth) {
    Keys keys;
    while (true) {
      skip_space();
      if (at_end() && end == '\0') return absl::OkStatus();
      if (at_end()) return error("the file ends within a hash");
      if (end != '\0' && peek() == end) {
        ++at_;
        return absl::OkStatus();
      }
      RETURN_IF_ERROR(at_include() ? merge_include(map, keys, depth)
                                   : read_member(map, keys, depth));
      skip_space();
      if (peek() == ',') ++at_;
    }
  }

  absl::Status read_member(Node& map, Keys& keys, int depth) {
    const int line = line_;
    ASSIGN_OR_RETURN(const std::string key, read_string());
    if (!keys.insert(key).second)
      return invalid_argument(*path_, ":", line, ": ", map.find(key)->path, ": is there twice");
    skip_space();
    if (peek() != '=') return error(absl::StrCat("\"=>\" must follow ", key));
    ++at_;
    if (peek() == '>') ++at_;
    skip_space();
    Node& value = map.add_member(key);
    begin(value);
    return read_value(value, depth);
  }

  absl::Status read_array(Node& list, int depth) {
    if (depth > kMaxDepth) return error("nested too deeply");
    list.kind = Node::Kind::kList;
    ++at_;
    while (true) {
      skip_space();
      if (at_end()) return error("the file ends within an array");
      if (peek() == ']') {
        ++at_;
        return absl::OkStatus();
      }
      Node& item = list.add_item();
      begin(item);
      RETURN_IF_ERROR(read_value(item, depth));
      skip_space();
      if (peek() == ',') ++at_;
    }
  }

  absl::Status read_value(Node& value, int depth) {
    if (depth > kMaxDepth) return error("nested too deeply");
    if (peek() == '[') return read_array(value, depth + 1);
    if (peek() == '{') {
      ++at_;
      value.kind = Node::Kind::kMap;
      return read_members(value, '}', depth + 1);
    }
    if (at_include()) return read_include(value, depth);
    ASSIGN_OR_RETURN(value.text, read_string());
    value.kind = Node::Kind::kScalar;
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> read_string() {
    std::string out;
    const bool quoted = peek() == '"';
    if (quoted) ++at_;
    const std::size_t first = at_;
    while (!at_end() && (quoted ? text_[at_] != '"' : is_plain(text_[at_]))) {
      line_ += text_[at_] == '\n' ? 1 : 0;
      const std::optional<char> octet = dns::take_octet(text_, at_);
      if (!octet) return error("an escape that is cut off, or above \\255");
      out += *octet;
    }
    if (quoted && at_end()) return error("the file ends within quotation marks");
    if (quoted) ++at_;
    if (!quoted && at_ == first) return error(absl::StrCat("unexpected ", unexpected()));
    return out;
  }

  std::string unexpected() const {
    return at_end() ? "end of the file" : dns::quoted_excerpt(std::string_view(&text_[at_], 1));
  }

  // Whether the octet may stand in a string without quotation marks; a backslash begins an escape.
  static bool is_plain(char c) {
    if (c == '\\') return true;
    return c != ' ' && c != '\t' && c != '\r' && c != '\n' &&
           kSpecial.find(c) == std::string_view::npos;
  }

  bool at_include() const { return std::string_view(text_).substr(at_).starts_with(kInclude); }

  absl::StatusOr<std::vector<std::string>> take_include() {
    at_ += kInclude.size();
    skip_space();
    ASSIGN_OR_RETURN(const std::string written, read_string());
    skip_space();
    if (peek() != '}') return error("\"}\" must follow the path of $include");
    ++at_;
    auto files = included_files(fs::path(*path_).parent_path(), written);
    if (!files.ok()) return error(std::string(files.status().message()));
    return files;
  }

  absl::Status read_include(Node& value, int depth) {
    ASSIGN_OR_RETURN(const std::vector<std::string> files, take_include());
    if (files.size() != 1) return error("$include has one file where a value is expected");
    return Reader(files.front(), includes_ + 1).read(value, depth + 1);
  }

  // Adds the members of each file to `map`.
  absl::Status merge_include(Node& map, Keys& keys, int depth) {
    ASSIGN_OR_RETURN(const std::vector<std::string> files, take_include());
    for (const std::string& file : files) {
      Node part;
      part.path = map.path;
      RETURN_IF_ERROR(Reader(file, includes_ + 1).read(part, depth + 1));
      if (!part.is_map()) return error(absl::StrCat("$include: ", file, " must be a hash here"));
      for (Node& member : part.items) {
        if (!keys.insert(member.key).second) return member.error("is there twice");
        map.items.push_back(std::move(member));
      }
    }
    return absl::OkStatus();
  }

  std::shared_ptr<const std::string> path_;
  int includes_;
  std::string text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

absl::StatusOr<Node> read_vscf(const std::string& path) {
  Node root;
  RETURN_IF_ERROR(Reader(path, 0).read(root, 0));
  return root;
}

}  // namespace signpost::cli::convert
