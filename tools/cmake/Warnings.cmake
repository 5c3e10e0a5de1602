# Warnings and sanitizers for our own targets; PRIVATE, so that no consumer inherits them.
function(signpost_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Werror)
  if(SIGNPOST_SANITIZE)
    # Without the vptr check: it opens a pipe to see whether memory is readable, and so reports good objects
    # wherever a test has used up the file descriptors.
    target_compile_options(${target} PRIVATE
      -fsanitize=${SIGNPOST_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${SIGNPOST_SANITIZE})
  endif()
endfunction()
