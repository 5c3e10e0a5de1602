# Warnings and sanitizers for our own targets; PRIVATE, so that no consumer inherits them.
function(signpost_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Werror)
  if(SIGNPOST_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${SIGNPOST_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${SIGNPOST_SANITIZE})
  endif()
endfunction()
