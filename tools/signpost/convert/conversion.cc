#include "signpost/convert/conversion.h"

#include "absl/strings/str_cat.h"
#include "signpost/session.h"

namespace signpost::cli::convert {

void Conversion::leave_out(const google::protobuf::Message& parent, const std::string& field,
                           const Node& what, std::string_view why) {
  leave_out(parent, field, what.place(), why);
}

void Conversion::leave_out(const google::protobuf::Message& parent, const std::string& field,
                           const std::string& place, std::string_view why) {
  const std::string comment =
      printable(absl::StrCat("not converted: ", place, ": ", std::string(why)));
  if (!seen_.insert(comment).second) return;
  comments_.add(parent, field, comment);
  left_out_.push_back(comment);
}

std::string relative_name(const dns::Name& owner, const dns::Name& apex) {
  if (owner == apex) return "@";
  const std::string text = owner.text();
  // The apex and the dot before it; of the root the dot alone.
  return text.substr(0, text.size() - (apex.is_root() ? 1 : apex.text().size() + 1));
}

std::string zone_name(const dns::Name& apex) {
  const std::string text = apex.text();
  return apex.is_root() ? text : text.substr(0, text.size() - 1);
}

}  // namespace signpost::cli::convert
