#pragma once
#include <microhttpd.h>

// Swift cannot call functions with a variable number of arguments, and the library's flags are an enumeration to it.

struct martlet_http_limits {
    unsigned int connections;
    unsigned int connections_per_client;
    unsigned int silence_seconds;
    size_t request_bytes;
};

/// Serves what comes in at `listener`, which is the library's from here on, with one thread; NULL when it cannot.
static inline struct MHD_Daemon *martlet_http_start(int listener, int is_ipv6, struct martlet_http_limits limits,
                                                    MHD_AccessHandlerCallback answer, void *context) {
    unsigned int flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL | (is_ipv6 ? MHD_USE_IPv6 : 0);
    return MHD_start_daemon(flags, 0, NULL, NULL, answer, context,
                            MHD_OPTION_LISTEN_SOCKET, listener,
                            MHD_OPTION_CONNECTION_LIMIT, limits.connections,
                            MHD_OPTION_PER_IP_CONNECTION_LIMIT, limits.connections_per_client,
                            MHD_OPTION_CONNECTION_TIMEOUT, limits.silence_seconds,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits.request_bytes,
                            MHD_OPTION_END);
}

/// Answers a request; `body` is copied.
static inline enum MHD_Result martlet_http_answer(struct MHD_Connection *connection, unsigned int status,
                                                  const void *body, size_t size, const char *type,
                                                  const char *allow) {
    struct MHD_Response *response = MHD_create_response_from_buffer(size, (void *)body, MHD_RESPMEM_MUST_COPY);
    if (response == NULL) return MHD_NO;
    enum MHD_Result done = MHD_add_response_header(response, "Content-Type", type);
    if (done == MHD_YES && allow != NULL) done = MHD_add_response_header(response, "Allow", allow);
    if (done == MHD_YES) done = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return done;
}
