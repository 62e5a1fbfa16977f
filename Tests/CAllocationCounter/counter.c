#include "CAllocationCounter.h"

#include <errno.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_FOREIGN_ALLOCATOR 1
#endif
#endif
#if !defined(__GLIBC__)
#define HAS_FOREIGN_ALLOCATOR 1
#endif

static _Thread_local bool is_counting;
static _Thread_local long counted;

#ifndef HAS_FOREIGN_ALLOCATOR

/* The C library's own functions, below the names that are defined here in their place. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static inline void count(void) {
    if (is_counting) counted++;
}

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count();
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    count();
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    count();
    void *made = __libc_memalign(alignment, size);
    if (made == NULL) return ENOMEM;
    *memory = made;
    return 0;
}

#endif

bool allocation_counter_is_available(void) {
#ifdef HAS_FOREIGN_ALLOCATOR
    return false;
#else
    return true;
#endif
}

void allocation_counter_start(void) {
    counted = 0;
    is_counting = true;
}

long allocation_counter_stop(void) {
    is_counting = false;
    return counted;
}
