#include "CAllocator.h"

// Two arenas, and not four for each core: few threads allocate at a time, and what one arena has free is of no use to the others.
const char *malloc_conf = "narenas:2";
