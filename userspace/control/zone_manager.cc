#include "control/zone_manager.h"

#include <algorithm>
#include <array>

namespace signpost::control {
namespace {

struct Manager {
  model::ZoneManager manager;
  v1::ZoneManager written;
  const char* words;
};

constexpr std::array kManagers{
    Manager{model::ZoneManager::kFiles, v1::ZONE_MANAGER_FILES, "files"},
    Manager{model::ZoneManager::kApi, v1::ZONE_MANAGER_API, "the API"},
    Manager{model::ZoneManager::kPrimaries, v1::ZONE_MANAGER_PRIMARIES, "its primaries"}};

const Manager& line_of(model::ZoneManager manager) {
  return kManagers[static_cast<std::size_t>(manager)];
}

}  // namespace

v1::ZoneManager to_proto(model::ZoneManager manager) { return line_of(manager).written; }

model::ZoneManager from_proto(v1::ZoneManager manager) {
  const auto line = std::find_if(kManagers.begin(), kManagers.end(),
                                 [&](const Manager& each) { return each.written == manager; });
  return line == kManagers.end() ? model::ZoneManager::kFiles : line->manager;
}

std::string words_of(model::ZoneManager manager) { return line_of(manager).words; }

}  // namespace signpost::control
