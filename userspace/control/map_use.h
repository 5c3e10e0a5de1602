// The texts of metrics that several modules add to.
#pragma once

namespace signpost::control {

inline constexpr const char* kMapEntriesHelp = "Entries in use in the fast path's maps.";
inline constexpr const char* kMapCapacityHelp = "Entries that the fast path's maps can hold.";

}  // namespace signpost::control
