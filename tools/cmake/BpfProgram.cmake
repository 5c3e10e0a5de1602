# bpf_program(NAME SOURCE): compiles SOURCE to ${CMAKE_BINARY_DIR}/bpf/NAME.bpf.o and makes the libbpf skeleton
# NAME.skel.h beside it; the interface library signpost::NAME_skeleton carries both. The list of headers that the
# compiler writes makes a touched header rebuild both.
find_program(BPF_CLANG NAMES clang-16 REQUIRED)
find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)

function(bpf_program name source)
  set(object ${CMAKE_BINARY_DIR}/bpf/${name}.bpf.o)
  set(skeleton ${CMAKE_BINARY_DIR}/bpf/${name}.skel.h)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/bpf)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${BPF_CLANG} -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Werror
            -I${CMAKE_SOURCE_DIR} -idirafter /usr/include/${CMAKE_C_LIBRARY_ARCHITECTURE}
            -MD -MF ${object}.d -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${source}
    DEPFILE ${object}.d
    COMMENT "BPF ${name}" VERBATIM)
  add_custom_command(
    OUTPUT ${skeleton}
    COMMAND ${BPFTOOL} gen skeleton ${object} name ${name} > ${skeleton}
    DEPENDS ${object}
    COMMENT "skeleton ${name}" VERBATIM)
  add_custom_target(bpf_${name} DEPENDS ${object} ${skeleton})
  add_library(signpost_${name}_skeleton INTERFACE)
  add_library(signpost::${name}_skeleton ALIAS signpost_${name}_skeleton)
  add_dependencies(signpost_${name}_skeleton bpf_${name})
  target_include_directories(signpost_${name}_skeleton SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/bpf)
  target_link_libraries(signpost_${name}_skeleton INTERFACE PkgConfig::libbpf)
endfunction()
