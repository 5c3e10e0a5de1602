// Tables of text in aligned columns.
#pragma once

#include <string>
#include <vector>

namespace signpost::cli {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  // Requires as many cells as there are columns. Control characters are shown as "?".
  void add_row(std::vector<std::string> cells);

  bool empty() const { return rows_.empty(); }

  // The titles and the rows, one a line, columns two spaces apart, without spaces at the ends of
  // lines.
  std::string text() const;

 private:
  void append_row(const std::vector<std::string>& cells, std::string& text) const;

  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
};

// How many characters wide UTF-8 text is on a terminal, one column for each code point.
std::size_t display_width(const std::string& text);

}  // namespace signpost::cli
