#include "signpost/table.h"

#include <gtest/gtest.h>

namespace signpost::cli {
namespace {

TEST(Table, AlignsColumnsAndEndsLinesWithoutSpaces) {
  Table table({{"NAME"}, {"TTL", Align::kRight}, {"COMMENT"}});
  table.add_row({"www", "60", ""});
  table.add_row({"a-longer-name", "3600", "kept"});
  EXPECT_EQ(table.text(),
            "NAME            TTL  COMMENT\n"
            "www              60\n"
            "a-longer-name  3600  kept\n");
}

TEST(Table, CountsCharactersAndNotOctets) {
  Table table({{"NAME"}, {"X"}});
  table.add_row({"café", "1"});
  table.add_row({"cafe", "2"});
  EXPECT_EQ(table.text(), "NAME  X\ncafé  1\ncafe  2\n");
}

TEST(Table, ShowsNoControlCharacters) {
  Table table({{"NAME"}});
  table.add_row({"\033[31mred\n"});
  EXPECT_EQ(table.text(), "NAME\n?[31mred?\n");
}

}  // namespace
}  // namespace signpost::cli
