#include "CAllocator.h"

// Two arenas, and not four for each core: few threads allocate at a time, and what one arena has free is of no use to the others.
// What is free is kept for a second and not for ten: after a burst of large bodies it is soon other programs' again.
// What is freed together, as a batch of records, becomes one piece. Small objects take their memory of a piece that is up to 1,024
// times as large as what they ask for, and not only 64 times: otherwise each batch would get new pages of the kernel.
const char *malloc_conf = "narenas:2,dirty_decay_ms:1000,lg_extent_max_active_fit:10";
