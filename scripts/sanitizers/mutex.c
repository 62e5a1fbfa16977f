/* Tells the thread sanitizer of the waits inside Swift's Mutex, for runs under it only.
 *
 * The sanitizer sees the atomics of a Mutex that are inlined into our code. Once two threads meet, the lock changes hands
 * inside libSynchronization, which was not built for the sanitizer: what the first thread wrote then looks unordered to
 * the second, and a correct program is blamed at random. Both slow calls are taken over here and passed on, with the
 * order they make said aloud. Loaded before everything else (LD_PRELOAD). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef SWIFT void lock_slow(uint32_t thread, SELF void *handle);
typedef SWIFT void unlock_slow(SELF void *handle);

SWIFT void martlet_lock_slow(uint32_t thread, SELF void *handle) __asm__(LOCK_SLOW);
SWIFT void martlet_unlock_slow(SELF void *handle) __asm__(UNLOCK_SLOW);

static void tell(const char *call, void *handle) {
    void (*function)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, call);
    if (function) function(handle);
}

SWIFT void martlet_lock_slow(uint32_t thread, SELF void *handle) {
    ((lock_slow *)dlsym(RTLD_NEXT, LOCK_SLOW))(thread, handle);
    tell("__tsan_acquire", handle);
}

SWIFT void martlet_unlock_slow(SELF void *handle) {
    tell("__tsan_release", handle);
    ((unlock_slow *)dlsym(RTLD_NEXT, UNLOCK_SLOW))(handle);
}
