/* SPDX-License-Identifier: MIT */
/*
 * The functions of h2o_seam.def that the executable defines in place of libh2o's, libc's and
 * libssl's. The library calls them through its PLT, so ours take precedence. They must be visible
 * to the dynamic linker, hence neither static nor of hidden visibility.
 *
 * read(), epoll_ctl() and gettimeofday() are called by the whole program, and do something else for
 * a caller inside libh2o than for any other.
 */
#include "workers/http/h2o_seam.h"

#include <assert.h>
#include <dlfcn.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "workers/http/libh2o.h"

/* --- heads ---
 *
 * The library is not told that a request has a body: it would receive all of it before anybody has
 * looked at the head. Content-Length and Transfer-Encoding are kept from it, and the handler, which
 * it then calls at once, takes the parsed head from here. No other request can come in between,
 * since all this happens in one call of the library.
 *
 * A refused head is reported to the library as a complete "GET /" in HTTP/1.0 without fields; the
 * handler sees the error, and the library closes the connection after the answer. */

static size_t header_bytes_max = 16384;

/* The last complete head. */
static struct {
    struct head head;
    size_t len;       /* 0: the handler has taken it */
    const char *path; /* the target as reported to the library */
} parsed;

/* The head that the library is given in place of one that is refused. */
static const struct head refused = {.method = {"GET", 3}, .target = {"/", 1}};

void seam_limit_heads(size_t header_bytes)
{
    header_bytes_max = header_bytes;
}

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

const struct head *seam_take_head(const h2o_req_t *req, size_t *len)
{
    assert(parsed.len && req->input.path.base == parsed.path);
    *len = parsed.len;
    parsed.len = 0;
    return &parsed.head;
}

/* --- reading ---
 *
 * The library reads a socket until a read() comes up short: it takes as much as a fast client can
 * send at once, into a buffer that doubles, and from 32 MB on into a file in /tmp. We leave one
 * byte free of each large piece that it would fill, so that the read is short. One turn of the loop
 * thus reads at most 32 KiB of a socket; the buffer stays small because its content is taken out
 * before the next turn.
 *
 * The function has another name in C, since unistd.h defines read() itself with _FORTIFY_SOURCE. */

ssize_t override_read(int fd, void *data, size_t len) __asm__("read");

ssize_t override_read(int fd, void *data, size_t len)
{
    if (len >= SEAM_LARGE_READ && libh2o_has(__builtin_return_address(0)))
        len--;
    return syscall(SYS_read, fd, data, len);
}

/* --- accepting: the library registers the listeners; see accept.c --- */

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
    accept_register(epfd, op, fd, event);
    return (int)syscall(SYS_epoll_ctl, epfd, op, fd, event);
}

/* --- time ---
 *
 * The library drives its timers by gettimeofday(): a clock set forward would close connections, and
 * one set back would stop every timeout. A caller inside the library gets the monotonic clock, any
 * other (SQLite, for one) real time. The time that the library shows to clients, the Date header,
 * comes from h2o_context_update_timestamp_cache(), which is real time here. */

/* The library subtracts its timeouts from the time, which must not go negative just after
 * booting. */
enum { OFFSET_S = 1 << 30 };

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    bool is_library = libh2o_has(__builtin_return_address(0));
    struct timespec now;

    (void)zone;
    clock_gettime(is_library ? CLOCK_MONOTONIC : CLOCK_REALTIME, &now);
    tv->tv_sec = now.tv_sec + (is_library ? OFFSET_S : 0);
    tv->tv_usec = now.tv_nsec / 1000;
    return 0;
}

void h2o_context_update_timestamp_cache(h2o_context_t *ctx)
{
    time_t before = ctx->_timestamp_cache.tv_at.tv_sec;
    struct timespec now;
    struct tm utc;

    ctx->_timestamp_cache.uv_now_at = h2o_now(ctx->loop);
    clock_gettime(CLOCK_REALTIME, &now);
    ctx->_timestamp_cache.tv_at =
        (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    if (now.tv_sec == before && ctx->_timestamp_cache.value)
        return;
    if (ctx->_timestamp_cache.value)
        h2o_mem_release_shared(ctx->_timestamp_cache.value);
    ctx->_timestamp_cache.value = h2o_mem_alloc_shared(NULL, sizeof(h2o_timestamp_string_t), NULL);
    h2o_time2str_rfc1123(ctx->_timestamp_cache.value->rfc1123, gmtime_r(&now.tv_sec, &utc));
    h2o_time2str_log(ctx->_timestamp_cache.value->log, now.tv_sec);
}

/* --- TLS ---
 *
 * The library calls SSL_shutdown() before it closes. During a failed handshake it closes at once,
 * and the alert that tells the client the reason would stay unsent. Returning 1 sends the alert
 * first. */

int SSL_shutdown(SSL *ssl)
{
    static int (*next)(SSL *);

    if (SSL_in_init(ssl))
        return 1;
    if (!next)
        next = (int (*)(SSL *))dlsym(RTLD_NEXT, "SSL_shutdown");
    return next(ssl);
}
