// Preloaded into a daemon, shifts its system clock by as many seconds as the file $SHIFTED_CLOCK
// says, an int64_t, at any time. Its other clocks are the kernel's. (libfaketime can't be loaded
// beside jemalloc.)
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t* shift;

__attribute__((constructor)) static void map_shift(void) {
  const char* path = getenv("SHIFTED_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void* mapped;

  if (file < 0) return;
  mapped = mmap(NULL, sizeof(*shift), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) shift = mapped;
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  int result = (int)syscall(SYS_clock_gettime, clock, time);

  if (result == 0 && clock == CLOCK_REALTIME && shift) time->tv_sec += *shift;
  return result;
}
