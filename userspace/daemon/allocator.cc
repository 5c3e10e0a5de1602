// How jemalloc, which signpostd is linked with, works.
#include <jemalloc/jemalloc.h>

// What was freed is given back to the system by threads of its own, not by whoever happens to
// allocate next.
const char* malloc_conf = "background_thread:true";
