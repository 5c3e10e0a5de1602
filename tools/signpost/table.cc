#include "signpost/table.h"

#include <algorithm>
#include <utility>

#include "signpost/session.h"

namespace signpost::cli {

std::size_t display_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const Column& column : columns_) widths_.push_back(display_width(column.title));
}

void Table::add_row(std::vector<std::string> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i] = printable(std::move(cells[i]));
    widths_[i] = std::max(widths_[i], display_width(cells[i]));
  }
  rows_.push_back(std::move(cells));
}

void Table::append_row(const std::vector<std::string>& cells, std::string& text) const {
  const std::size_t begin = text.size();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string padding(widths_[i] - display_width(cells[i]), ' ');
    if (i > 0) text += "  ";
    text += columns_[i].align == Align::kRight ? padding + cells[i] : cells[i] + padding;
  }
  text.erase(std::max(begin, text.find_last_not_of(' ') + 1));
  text += '\n';
}

std::string Table::text() const {
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  std::string text;
  append_row(titles, text);
  for (const std::vector<std::string>& row : rows_) append_row(row, text);
  return text;
}

}  // namespace signpost::cli
