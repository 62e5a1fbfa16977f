#ifndef C_ALLOCATION_COUNTER_H
#define C_ALLOCATION_COUNTER_H

#include <stdbool.h>

/* Whether allocations can be counted in this build. A sanitizer brings an allocator of its own. */
bool allocation_counter_is_available(void);

/* Counts heap allocations of the calling thread from here. */
void allocation_counter_start(void);

/* Ends the count and answers it. */
long allocation_counter_stop(void);

#endif
