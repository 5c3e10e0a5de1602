# signpost_module(NAME SOURCES … DEPENDS …): the static library signpost::NAME of userspace/NAME, which sees only
# the modules and packages that it names. tools/check-layers checks the includes themselves.
function(signpost_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(signpost_${name} STATIC ${ARG_SOURCES})
  add_library(signpost::${name} ALIAS signpost_${name})
  target_include_directories(signpost_${name} PUBLIC ${CMAKE_SOURCE_DIR}/userspace)
  target_link_libraries(signpost_${name} PUBLIC ${ARG_DEPENDS})
  signpost_warnings(signpost_${name})
  signpost_precompile(signpost_${name})
endfunction()

# signpost_test_library(NAME SOURCES … DEPENDS …): what several tests share, compiled once.
function(signpost_test_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_DEPENDS})
  signpost_warnings(${name})
  signpost_precompile(${name})
endfunction()

# signpost_test(NAME SOURCES … DEPENDS … LABELS …): one GoogleTest program whose cases CTest runs one by one.
function(signpost_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} GTest::gmock_main)
  signpost_warnings(${name})
  signpost_precompile(${name})
  gtest_discover_tests(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 600 DISCOVERY_MODE PRE_TEST)
endfunction()

# signpost_corpus_test(NAME DEPENDS …): the fuzz target of tests/fuzz over its corpus, without libFuzzer.
function(signpost_corpus_test name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  add_executable(${name}_replay ${CMAKE_SOURCE_DIR}/tests/fuzz/${name}_fuzzer.cc)
  target_link_libraries(${name}_replay PRIVATE test_corpus ${ARG_DEPENDS})
  signpost_warnings(${name}_replay)
  add_test(NAME FuzzCorpus.${name} COMMAND ${name}_replay ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  set_tests_properties(FuzzCorpus.${name} PROPERTIES LABELS unit TIMEOUT 60)
endfunction()
