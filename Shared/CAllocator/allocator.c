#include "CAllocator.h"

// Two arenas, and not four for each core: few threads allocate at a time, and what one arena has free is of no use to the others.
// What is free is kept for a second and not for ten: after a burst of large bodies it is soon other programs' again.
const char *malloc_conf = "narenas:2,dirty_decay_ms:1000";
