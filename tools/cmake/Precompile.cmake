# signpost_precompile(TARGET): with SIGNPOST_PRECOMPILE, TARGET's C++ sources begin with the packages' headers that most
# of them include, parsed once for all targets. A source that lacks an include then compiles all the same: presets
# without it find that.
set(SIGNPOST_PRECOMPILED
  <algorithm> <array> <chrono> <functional> <map> <memory> <optional> <random> <set> <span> <string> <string_view>
  <thread> <utility> <variant> <vector>
  <absl/container/flat_hash_map.h> <absl/container/flat_hash_set.h> <absl/status/status.h> <absl/status/statusor.h>
  <absl/strings/str_cat.h> <absl/strings/str_format.h> <absl/strings/str_join.h> <absl/strings/str_split.h>
  <gmock/gmock.h> <grpcpp/grpcpp.h> <gtest/gtest.h> <spdlog/spdlog.h>)

# What only executables or some packages set, and all have to agree on. Without a time of its own in the precompiled
# header ccache knows it again.
set(SIGNPOST_PRECOMPILE_OPTIONS -fPIC -pthread)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  list(APPEND SIGNPOST_PRECOMPILE_OPTIONS "SHELL:-Xclang -fno-pch-timestamp")
endif()

function(signpost_precompile target)
  if(NOT SIGNPOST_PRECOMPILE)
    return()
  endif()
  if(NOT TARGET signpost_precompiled)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cc CONTENT "")
    add_library(signpost_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cc)
    target_precompile_headers(signpost_precompiled PRIVATE ${SIGNPOST_PRECOMPILED})
    target_link_libraries(signpost_precompiled PRIVATE GTest::gtest spdlog::spdlog)
    target_compile_options(signpost_precompiled PRIVATE ${SIGNPOST_PRECOMPILE_OPTIONS})
    signpost_warnings(signpost_precompiled)
  endif()
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.c$")
  set_source_files_properties(${sources} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  target_compile_options(${target} PRIVATE ${SIGNPOST_PRECOMPILE_OPTIONS})
  target_precompile_headers(${target} REUSE_FROM signpost_precompiled)
endfunction()
