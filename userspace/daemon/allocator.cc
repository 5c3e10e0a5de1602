// How jemalloc, which signpostd is linked with, works.
#include <jemalloc/jemalloc.h>

// What was freed is given back to the system by threads of its own, not by whoever happens to
// allocate next; within a second, not ten, for a large change frees much, and then there is none
// for long.
const char* malloc_conf = "background_thread:true,dirty_decay_ms:1000";
