// The door to librdkafka: what Swift cannot say (unions, variadics, callbacks that touch private memory) in a few
// inline functions. Everything else is called from Swift directly.
#pragma once
#include "parcel.h"
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// rd_kafka_produceva takes the timestamp 0 for "now", but 0 is a timestamp that a Kafka record may have. A record
// with it is produced with MARTLET_STAMP_SENTINEL, and the on_send interceptor, which runs inside the same call,
// changes the private field to 0. `zero_wanted` is true only during such a call, so no other record is touched, not
// even one whose own timestamp is the sentinel's value.
#define MARTLET_STAMP_SENTINEL INT64_C(-7348051926450917653)

typedef struct {
    bool zero_wanted;
    bool zero_set;
    bool zero_works; // decided once per process by martlet_zero_timestamp_works
} martlet_stamp;

// The private message begins with the public one and keeps the timestamp a few words behind it. The word is known by
// its value, and the change counts only when librdkafka's own accessor then reads 0.
static inline rd_kafka_resp_err_t martlet_on_send(rd_kafka_t *client, rd_kafka_message_t *message, void *opaque) {
    (void)client;
    martlet_stamp *stamp = opaque;
    if (!stamp->zero_wanted || rd_kafka_message_timestamp(message, NULL) != MARTLET_STAMP_SENTINEL)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    const int64_t zero = 0, sentinel = MARTLET_STAMP_SENTINEL;
    char *behind = (char *)(message + 1);
    for (int word = 0; word < 8 && !stamp->zero_set; word++) {
        char *place = behind + word * sizeof(int64_t);
        if (memcmp(place, &sentinel, sizeof sentinel) != 0)
            continue;
        memcpy(place, &zero, sizeof zero);
        stamp->zero_set = rd_kafka_message_timestamp(message, NULL) == 0;
        if (!stamp->zero_set)
            memcpy(place, &sentinel, sizeof sentinel);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static inline rd_kafka_resp_err_t martlet_on_new(
    rd_kafka_t *client, const rd_kafka_conf_t *conf, void *opaque, char *error, size_t error_size) {
    (void)conf, (void)error, (void)error_size;
    return rd_kafka_interceptor_add_on_send(client, "martlet", martlet_on_send, opaque);
}

/// `stamp` must live until the client that is made of `conf` is destroyed.
static inline rd_kafka_resp_err_t martlet_watch_timestamps(rd_kafka_conf_t *conf, martlet_stamp *stamp) {
    return rd_kafka_conf_interceptor_add_on_new(conf, "martlet", martlet_on_new, stamp);
}

typedef struct {
    rd_kafka_topic_t *topic;
    int32_t partition;
    int flags; // RD_KAFKA_MSG_F_...
    const void *key;
    size_t key_size;
    const void *value;
    size_t value_size;
    rd_kafka_headers_t *headers; // taken on success only; may be NULL
    bool has_timestamp;          // false: the time of the call
    int64_t timestamp;
    void *opaque;
} martlet_record;

/// Produces one record. On success librdkafka owns the headers; else nothing has changed hands.
static inline rd_kafka_error_t *martlet_produce(
    rd_kafka_t *client, martlet_stamp *stamp, const martlet_record *record) {
    const bool zero = record->has_timestamp && record->timestamp == 0;
    if (zero && !stamp->zero_works)
        return rd_kafka_error_new(
            RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED,
            "this version of librdkafka cannot send the timestamp 0 (1970-01-01)");
    rd_kafka_vu_t fields[8];
    size_t count = 0;
    fields[count].vtype = RD_KAFKA_VTYPE_RKT;
    fields[count++].u.rkt = record->topic;
    fields[count].vtype = RD_KAFKA_VTYPE_PARTITION;
    fields[count++].u.i32 = record->partition;
    fields[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    fields[count++].u.i = record->flags;
    fields[count].vtype = RD_KAFKA_VTYPE_KEY;
    fields[count].u.mem.ptr = (void *)record->key;
    fields[count++].u.mem.size = record->key_size;
    fields[count].vtype = RD_KAFKA_VTYPE_VALUE;
    fields[count].u.mem.ptr = (void *)record->value;
    fields[count++].u.mem.size = record->value_size;
    fields[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
    fields[count++].u.ptr = record->opaque;
    if (record->has_timestamp) {
        fields[count].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
        fields[count++].u.i64 = zero ? MARTLET_STAMP_SENTINEL : record->timestamp;
    }
    if (record->headers) {
        fields[count].vtype = RD_KAFKA_VTYPE_HEADERS;
        fields[count++].u.headers = record->headers;
    }
    stamp->zero_wanted = zero;
    stamp->zero_set = false;
    rd_kafka_error_t *error = rd_kafka_produceva(client, fields, count);
    stamp->zero_wanted = false;
    // The sentinel must never reach a topic; the self-test has shown that this cannot happen.
    if (zero && !error && !stamp->zero_set)
        abort();
    return error;
}

/// Sends a consumed message or a parcel on: same payload pointer, headers moved, timestamp kept. It must stay alive until
/// the delivery report of `opaque`. After an error it is whole again.
static inline rd_kafka_error_t *martlet_forward(
    rd_kafka_t *client, martlet_stamp *stamp, rd_kafka_topic_t *topic, int32_t partition, void *memory,
    void *opaque) {
    rd_kafka_message_t *message = memory;
    rd_kafka_headers_t *headers = NULL;
    martlet_parcel *parcel = martlet_is_parcel(memory) ? memory : NULL;
    if (parcel) {
        headers = parcel->headers;
        parcel->headers = NULL;
    } else {
        rd_kafka_resp_err_t code = rd_kafka_message_detach_headers(message, &headers);
        if (code == RD_KAFKA_RESP_ERR__NOENT)
            headers = NULL;
        else if (code)
            return rd_kafka_error_new(code, "the headers of the record cannot be read");
    }
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    int64_t timestamp = rd_kafka_message_timestamp(martlet_original(memory), &type);
    martlet_record record = {
        .topic = topic,
        .partition = partition,
        .key = message->key,
        .key_size = message->key_len,
        .value = message->payload,
        .value_size = message->len,
        .headers = headers,
        .has_timestamp = true,
        // -1 is Kafka's "no timestamp"; records of the oldest format have none.
        .timestamp = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp,
        .opaque = opaque,
    };
    rd_kafka_error_t *error = martlet_produce(client, stamp, &record);
    if (error && parcel)
        parcel->headers = headers;
    else if (error && headers)
        rd_kafka_message_set_headers(message, headers);
    return error;
}

/// Whether this librdkafka lets martlet_on_send set a timestamp to 0: tried on a producer that knows no broker.
static inline bool martlet_zero_timestamp_works(void) {
    martlet_stamp stamp = {.zero_wanted = true};
    char error[128];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, NULL);
    if (martlet_watch_timestamps(conf, &stamp)) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
    if (!client) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    rd_kafka_vu_t fields[2];
    fields[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    fields[0].u.cstr = "martlet";
    fields[1].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    fields[1].u.i64 = MARTLET_STAMP_SENTINEL;
    rd_kafka_error_t *refused = rd_kafka_produceva(client, fields, 2);
    bool works = !refused && stamp.zero_set;
    if (refused)
        rd_kafka_error_destroy(refused);
    rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE);
    rd_kafka_destroy(client);
    return works;
}

static inline uint64_t martlet_mix(uint64_t sum, uint64_t word) {
    sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ (sum >> 32);
}

// Null and empty are told apart, and so are a key's and a value's bytes, by the size that goes first.
static inline uint64_t martlet_mix_bytes(uint64_t sum, const void *bytes, size_t size) {
    sum = martlet_mix(sum, bytes ? (uint64_t)size : UINT64_MAX);
    const char *place = bytes;
    uint64_t word;
    for (; size >= sizeof word; place += sizeof word, size -= sizeof word) {
        memcpy(&word, place, sizeof word);
        sum = martlet_mix(sum, word);
    }
    if (size > 0) {
        word = 0;
        memcpy(&word, place, size);
        sum = martlet_mix(sum, word);
    }
    return sum;
}

/// A checksum of a consumed message's key, value and timestamp, to know the record again; of a parcel, that of the message
/// behind it.
static inline uint64_t martlet_checksum(void *_Nonnull memory) {
    const rd_kafka_message_t *message = martlet_original(memory);
    uint64_t sum = martlet_mix(0, (uint64_t)rd_kafka_message_timestamp(message, NULL));
    sum = martlet_mix_bytes(sum, message->key, message->key_len);
    return martlet_mix_bytes(sum, message->payload, message->len);
}

/// Frees a consumed message or a parcel: the release function of every read.
static inline void martlet_release(void *_Nonnull memory) {
    if (martlet_is_parcel(memory))
        martlet_parcel_release(memory);
    else
        rd_kafka_message_destroy(memory);
}
