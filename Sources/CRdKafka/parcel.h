// A parcel: a record that is sent in the place of a consumed message, with some of its fields changed. It begins like a
// message, so that whoever holds one can hold the other; `err` tells them apart, which is 0 in every consumed record.
// Its memory comes from its lane's own store and goes back there: nothing is allocated once the store has grown.
#pragma once
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MARTLET_PARCEL_MARK ((rd_kafka_resp_err_t)-1000001)
// 256 bytes doubled so often; a larger parcel is given back to the C library.
#define MARTLET_PARCEL_CLASSES 13

typedef struct martlet_parcel martlet_parcel;

/// Where parcels come from. Used by one thread; it goes when it is closed and its last parcel has come home.
typedef struct {
    martlet_parcel *free[MARTLET_PARCEL_CLASSES];
    size_t out;
    bool closed;
} martlet_store;

struct martlet_parcel {
    rd_kafka_message_t message;  // key and payload as they are to be sent
    rd_kafka_message_t *original; // alive as long as the parcel: unchanged fields point into it
    rd_kafka_headers_t *headers; // the parcel's until it is sent
    martlet_store *home;
    martlet_parcel *next; // in the store
    unsigned size_class;
    char bytes[];
};

/// One field of a parcel: as the original has it, or other bytes (copied), or null.
typedef struct {
    bool changed;
    const void *bytes; // NULL: null, where it is changed
    size_t size;
} martlet_field;

static inline bool martlet_is_parcel(const void *memory) {
    return ((const rd_kafka_message_t *)memory)->err == MARTLET_PARCEL_MARK;
}

/// The consumed message behind any read.
static inline rd_kafka_message_t *martlet_original(void *memory) {
    return martlet_is_parcel(memory) ? ((martlet_parcel *)memory)->original : memory;
}

static inline martlet_store *martlet_store_new(void) { return calloc(1, sizeof(martlet_store)); }

static inline void martlet_store_close(martlet_store *store) {
    for (unsigned size_class = 0; size_class < MARTLET_PARCEL_CLASSES; size_class++) {
        while (store->free[size_class]) {
            martlet_parcel *parcel = store->free[size_class];
            store->free[size_class] = parcel->next;
            free(parcel);
        }
    }
    store->closed = true;
    if (store->out == 0)
        free(store);
}

static inline martlet_parcel *martlet_store_take(martlet_store *store, size_t size) {
    unsigned size_class = 0;
    while (size_class < MARTLET_PARCEL_CLASSES && ((size_t)256 << size_class) < size)
        size_class++;
    martlet_parcel *parcel = size_class < MARTLET_PARCEL_CLASSES ? store->free[size_class] : NULL;
    if (parcel) {
        store->free[size_class] = parcel->next;
    } else {
        const size_t held = size_class < MARTLET_PARCEL_CLASSES ? (size_t)256 << size_class : size;
        parcel = malloc(sizeof(martlet_parcel) + held);
        if (!parcel)
            abort();
        parcel->size_class = size_class;
        parcel->home = store;
    }
    store->out++;
    return parcel;
}

/// Makes a parcel of a consumed message, which it takes. `headers` are taken, too, and replace those of the message.
static inline void *_Nonnull martlet_parcel_make(
    martlet_store *_Nonnull store, void *_Nonnull original, martlet_field key, martlet_field value,
    rd_kafka_headers_t *_Nullable headers) {
    rd_kafka_message_t *message = original;
    const size_t key_size = key.changed ? key.size : 0, value_size = value.changed ? value.size : 0;
    martlet_parcel *parcel = martlet_store_take(store, key_size + value_size + 1);
    parcel->original = message;
    parcel->headers = headers;
    parcel->next = NULL;
    parcel->message = *message;
    parcel->message.err = MARTLET_PARCEL_MARK;
    parcel->message._private = NULL;
    if (key.changed) {
        if (key_size)
            memcpy(parcel->bytes, key.bytes, key_size);
        parcel->message.key = key.bytes ? parcel->bytes : NULL;
        parcel->message.key_len = key_size;
    }
    if (value.changed) {
        if (value_size)
            memcpy(parcel->bytes + key_size, value.bytes, value_size);
        parcel->message.payload = value.bytes ? parcel->bytes + key_size : NULL;
        parcel->message.len = value_size;
    }
    return parcel;
}

static inline void martlet_parcel_release(martlet_parcel *_Nonnull parcel) {
    rd_kafka_message_destroy(parcel->original);
    if (parcel->headers)
        rd_kafka_headers_destroy(parcel->headers);
    martlet_store *store = parcel->home;
    store->out--;
    if (!store->closed && parcel->size_class < MARTLET_PARCEL_CLASSES) {
        parcel->next = store->free[parcel->size_class];
        store->free[parcel->size_class] = parcel;
        return;
    }
    free(parcel);
    if (store->closed && store->out == 0)
        free(store);
}
