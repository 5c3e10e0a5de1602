// What the commands that list something share.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "signpost/session.h"
#include "signpost/table.h"
#include "signpost/v1/config.pb.h"

namespace signpost::cli {

inline std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

// "51.5,-0.16".
inline std::string coordinates_text(const v1::Coordinates& coordinates) {
  return absl::StrCat(coordinates.latitude(), ",", coordinates.longitude());
}

// Writes the response in the format that was asked for; as a table, `nothing` if it is empty.
template <typename Response>
int show(Session& session, Format format, const Response& response, const Table& table,
         const char* nothing) {
  if (format != Format::kTable) {
    session.print(format, response);
  } else if (table.empty()) {
    session.out << nothing << "\n";
  } else {
    session.out << table.text();
  }
  return kDone;
}

}  // namespace signpost::cli
