#include "model/observations.h"

namespace signpost::model {

std::string external_key(const dns::Name& name, dns::RRType type) {
  return name.text() + " " + dns::to_text(type);
}

}  // namespace signpost::model
