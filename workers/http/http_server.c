/* SPDX-License-Identifier: MIT */
/* The event loop: its start and end, its turns, and the descriptors that it watches for others. */
#include "workers/http/buffered.h"
#include "lib/core/fault.h"
#include "workers/http/capacity.h"
#include "workers/http/h2o_seam.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>

#include "lib/core/clock.h"

struct http_state http;

enum { WATCHES_MAX = 8 };

static struct fd_watch {
    h2o_socket_t *sock;
    void (*fn)(void *arg);
    void *arg;
} watches[WATCHES_MAX];
static size_t watch_count;

static void configure(struct worker *w)
{
    static h2o_compress_args_t packing = {.gzip = {.quality = 6}, .brotli = {.quality = -1}};
    h2o_hostconf_t *host;
    h2o_pathconf_t *path;
    h2o_handler_t *handler;

    h2o_socket_buffer_mmap_settings.threshold = SIZE_MAX; /* never a file in /tmp */
    h2o_config_init(&http.config);
    http.config.server_name = h2o_iovec_init(H2O_STRLIT("leat"));
    http.config.http1.upgrade_to_http2 = 0;
    http.config.http1.req_timeout = (uint64_t)24 * 3600 * 1000; /* connection.c has the real ones */
    http.config.handshake_timeout = w->timeouts.head_ns / NS_PER_MS;
    host = h2o_config_register_host(&http.config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    path = h2o_config_register_path(host, "/", 0);
    h2o_compress_register(path, &packing);
    handler = h2o_create_handler(path, sizeof(*handler));
    handler->on_req = exchange_begin;
}

bool http_start(struct worker *w, struct fault *fault)
{
    if (!seam_prove_overrides(w->limits.header_bytes, fault))
        return false;
    http.worker = w;
    h2o_linklist_init_anchor(&http.connections);
    buffered_open();
    capacity_open();
    connection_open(w->config);
    configure(w);
    h2o_context_init(&http.context, h2o_evloop_create(), &http.config);
    return seam_prove_privates(fault) && accept_open(fault);
}

static void on_watch(h2o_socket_t *sock, const char *err)
{
    struct fd_watch *watch = sock->data;

    (void)err;
    watch->fn(watch->arg);
}

void http_watch(int fd, void (*fn)(void *arg), void *arg)
{
    struct fd_watch *watch = &watches[watch_count++];
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* h2o closes what it watches */

    assert(watch_count <= WATCHES_MAX);
    watch->sock = h2o_evloop_socket_create(http.context.loop, own, H2O_SOCKET_FLAG_DONT_READ);
    watch->fn = fn;
    watch->arg = arg;
    watch->sock->data = watch;
    h2o_socket_read_start(watch->sock, on_watch);
}

void http_unwatch(void (*fn)(void *arg))
{
    for (size_t i = watch_count; i-- > 0;) {
        if (watches[i].fn != fn)
            continue;
        h2o_socket_close(watches[i].sock);
        watches[i] = watches[--watch_count];
        watches[i].sock->data = &watches[i];
    }
}

void http_turn(int wait_ms)
{
    while (h2o_evloop_run(http.context.loop, wait_ms) < 0 && errno == EINTR)
        ;
}

void http_tick(void)
{
    connection_sweep();
    buffered_publish();
    accept_tick();
}

void http_accept(void)
{
    http.is_accepting = true;
    accept_start();
}

void http_stop_accepting(void)
{
    if (!http.is_accepting)
        return;
    http.is_accepting = false;
    http.context.shutdown_requested = 1; /* the next answer ends keep-alive */
    accept_drain_backlog();
}

void http_close_idle(void)
{
    connection_close_idle();
}

void http_cut(void)
{
    connection_cut_all();
}

size_t http_connections(void)
{
    return http.connection_count;
}

void http_finish(void)
{
    for (h2o_linklist_t *node = http.connections.next; node != &http.connections; node = node->next)
        shutdown(h2o_socket_get_fd(H2O_STRUCT_FROM_MEMBER(struct connection, link, node)->sock),
                 SHUT_RDWR);
    http_turn(0);
    accept_close();
    while (watch_count)
        h2o_socket_close(watches[--watch_count].sock);
    http_turn(0);
    accept_finish(); /* connections refer to their listener until they are closed */
}
