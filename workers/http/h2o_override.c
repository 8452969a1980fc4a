/* SPDX-License-Identifier: MIT */
/*
 * Functions of libh2o 2.2.5 that the executable defines itself: the library calls them through its
 * PLT, so ours take precedence. They must be visible to the dynamic linker, hence neither static
 * nor of hidden visibility; h2o_override_start() proves at start that they are the ones called.
 *
 *     phr_parse_request   parses heads strictly, limited in size (head.c)
 *     read                limits what one turn of the loop reads (h2o_read.c)
 *     epoll_ctl           wakes one worker for each connection (accept.c)
 *     gettimeofday, h2o_context_update_timestamp_cache
 *                         drive timers by the monotonic clock (h2o_clock.c)
 *     SSL_shutdown        lets TLS alerts reach the client (tls.c)
 *
 * The library is not told that a request has a body: it would receive all of it before anybody has
 * looked at the head. Content-Length and Transfer-Encoding are kept from it, and the handler, which
 * it then calls at once, takes the parsed head from here (h2o_override_take_head()). No other request can
 * come in between, since all this happens in one call of the library.
 *
 * A refused head is reported to the library as a complete "GET /" in HTTP/1.0 without fields; the
 * handler sees the error, and the library closes the connection after the answer.
 */
#include "workers/http/internal.h"

#include <assert.h>
#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include "workers/http/h2o_library.h"

struct phr_header {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};

int phr_parse_request(const char *buf, size_t len, const char **method, size_t *method_len,
                      const char **path, size_t *path_len, int *minor_version,
                      struct phr_header *headers, size_t *num_headers, size_t last_len);

static size_t header_bytes_max = 16384;

/* The last complete head. */
static struct {
    struct head head;
    size_t len;       /* 0: the handler has taken it */
    const char *path; /* the target as reported to the library */
} parsed;

/* The head that the library is given in place of one that is refused. */
static const struct head refused = {.method = {"GET", 3}, .target = {"/", 1}};

int phr_parse_request(const char *buf, size_t len, const char **method, size_t *method_len,
                      const char **path, size_t *path_len, int *minor_version,
                      struct phr_header *headers, size_t *num_headers, size_t last_len)
{
    const struct head *told = &parsed.head;
    int result;

    /* Parse only when a line has ended since: a client that sends byte by byte must not cost a
     * parse each time. */
    if (last_len && last_len < len && len < header_bytes_max &&
        !memchr(buf + last_len, '\n', len - last_len))
        return HEAD_INCOMPLETE;
    assert(!parsed.len);
    result = head_parse((char *)(uintptr_t)buf, len, header_bytes_max, &parsed.head);
    if (result == HEAD_INCOMPLETE)
        return HEAD_INCOMPLETE;
    if (parsed.head.err)
        told = &refused;
    parsed.len = (size_t)result;
    parsed.path = told->target.data;
    *method = told->method.data;
    *method_len = told->method.len;
    *path = told->target.data;
    *path_len = told->target.len;
    *minor_version = told->minor_version;
    *num_headers = 0;
    for (size_t i = 0; i < told->field_count; i++)
        if ((int)i != told->framing_field)
            headers[(*num_headers)++] =
                (struct phr_header){told->fields[i].name.data, told->fields[i].name.len,
                                    told->fields[i].value.data, told->fields[i].value.len};
    return result;
}

const struct head *h2o_override_take_head(const h2o_req_t *req, size_t *len)
{
    assert(parsed.len && req->input.path.base == parsed.path);
    *len = parsed.len;
    parsed.len = 0;
    return &parsed.head;
}

bool h2o_override_start(size_t header_bytes, struct fault *fault)
{
    static const struct {
        const char *name;
        void *ours;
    } overrides[] = {
        {"phr_parse_request", (void *)phr_parse_request},
        {"read", (void *)read},
        {"epoll_ctl", (void *)epoll_ctl},
        {"gettimeofday", (void *)gettimeofday},
        {"h2o_context_update_timestamp_cache", (void *)h2o_context_update_timestamp_cache},
        {"SSL_shutdown", (void *)SSL_shutdown}};

    header_bytes_max = header_bytes;
    if (!h2o_library_find()) {
        return fault_set(fault, "cannot locate the code of libh2o");
    }
    for (size_t i = 0; i < sizeof(overrides) / sizeof(*overrides); i++)
        if (dlsym(RTLD_DEFAULT, overrides[i].name) != overrides[i].ours) {
            fault_set(fault,
                      "an override of libh2o is not in force; the program was linked wrongly");
            return false;
        }
    return true;
}
