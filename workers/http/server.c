/* SPDX-License-Identifier: MIT */
/* The loop, and the seam between h2o's requests and ours. */
#include "workers/http/internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>

#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "workers/pipeline.h"
#include "workers/reply.h"

struct http_state http;

enum { WATCHES_MAX = 8 };

static struct watch {
    h2o_socket_t *sock;
    void (*fn)(void *arg);
    void *arg;
} watches[WATCHES_MAX];
static size_t watch_count;

/* Hangs on h2o's request, and goes with it: when the answer is sent, or the client is gone. */
struct anchor {
    struct request *request;
    struct connection *connection;
};

static void on_dispose(void *data)
{
    struct anchor *anchor = data;

    struct connection *c = anchor->connection;

    c->is_active = false;
    request_free(anchor->request);
    connection_set_phase(c, PHASE_IDLE);
}

static struct request *adopt(h2o_req_t *req)
{
    struct anchor *anchor = h2o_mem_alloc_shared(&req->pool, sizeof(*anchor), on_dispose);
    struct connection *c = connection_of(req);
    struct request *r = request_new(http.worker);
    h2o_iovec_t path = req->input.path;
    const char *query = memchr(path.base, '?', path.len);

    *anchor = (struct anchor){r, c};
    c->is_active = true;
    c->is_answered = false;
    c->served++;
    connection_set_phase(c, PHASE_HANDLE);
    r->http = req;
    r->activity = c->activity;
    r->listener = c->endpoint->config;
    r->peer = c->client;
    r->is_trusted = c->is_trusted;
    r->is_tls = c->sock->ssl != NULL;
    r->tls_subject = c->tls_subject;
    r->method_text = (struct slice){req->input.method.base, req->input.method.len};
    r->method = method_parse(r->method_text);
    r->path = (struct slice){path.base, query ? (size_t)(query - path.base) : path.len};
    if (query)
        r->query = (struct slice){query + 1, path.len - r->path.len - 1};
    r->raw_body = (struct slice){req->entity.base, req->entity.len};
    return r;
}

/* The connection ends with this answer, whatever the client still sends. */
static void end_with_answer(h2o_req_t *req)
{
    req->http1_is_persistent = 0;
    linger_prepare(connection_of(req));
}

static int on_request(h2o_handler_t *self, h2o_req_t *req)
{
    struct request *r = adopt(req);

    (void)self;
    r->head_err = guard_head_error(req);
    if (r->head_err) {
        r->path = (struct slice){NULL, 0};
        end_with_answer(req);
    }
    pipeline_run(r);
    return 0;
}

void server_answer_error(h2o_req_t *req, enum err err)
{
    struct request *r;

    if (!req->pathconf)
        h2o_req_bind_conf(req, req->conn->hosts[0], &req->conn->hosts[0]->fallback_path);
    end_with_answer(req);
    r = adopt(req);
    r->head_err = err;
    pipeline_run(r);
}

struct slice http_header(const struct request *r, const char *name)
{
    const h2o_req_t *req = r->http;
    size_t len = strlen(name);

    for (size_t i = 0; i < req->headers.size; i++) {
        const h2o_header_t *h = &req->headers.entries[i];

        if (h->name->len == len && strncasecmp(h->name->base, name, len) == 0)
            return (struct slice){h->value.base, h->value.len};
    }
    if (strcmp(name, "host") == 0)
        return (struct slice){req->input.authority.base, req->input.authority.len};
    return (struct slice){NULL, 0};
}

struct slice http_header_list(struct request *r, const char *name)
{
    const h2o_req_t *req = r->http;
    const char *glue = strcmp(name, "cookie") == 0 ? "; " : ", "; /* RFC 9113, 8.2.3 */
    struct slice list = {NULL, 0};
    size_t len = strlen(name);

    for (size_t i = 0; i < req->headers.size; i++) {
        const h2o_header_t *h = &req->headers.entries[i];

        if (h->name->len != len || strncasecmp(h->name->base, name, len) != 0)
            continue;
        if (list.data)
            list = slice_of(arena_printf(&r->arena, "%.*s%s%.*s", (int)list.len, list.data, glue,
                                         (int)h->value.len, h->value.base));
        else
            list = (struct slice){h->value.base, h->value.len};
    }
    return list;
}

void http_allow(unsigned allowed, struct buf *out)
{
    for (int i = 0; i < METHOD_COUNT; i++)
        if (allowed & 1u << i)
            buf_printf(out, "%s%s", out->len ? ", " : "", method_name((enum method)i));
}

static void add_header(h2o_req_t *req, const struct reply_header *h)
{
    char *name = (char *)(uintptr_t)h->name;

    h2o_add_header_by_str(&req->pool, &req->res.headers, name, strlen(name), 1, NULL, h->value.data,
                          h->value.len);
}

/* The library packs where a field says "gzip", and knows of no weights. */
static void choose_coding(struct request *r)
{
    h2o_req_t *req = r->http;
    bool is_packed =
        r->is_packed && media_takes_coding(http_header_list(r, "accept-encoding"), "gzip");

    req->compress_hint = is_packed ? H2O_COMPRESS_HINT_ENABLE : H2O_COMPRESS_HINT_DISABLE;
    if (is_packed)
        req->headers.entries[h2o_find_header(&req->headers, H2O_TOKEN_ACCEPT_ENCODING, -1)].value =
            h2o_iovec_init(H2O_STRLIT("gzip"));
}

void http_send(struct request *r, struct slice body)
{
    static h2o_generator_t generator = {NULL, NULL};
    h2o_req_t *req = r->http;
    h2o_iovec_t out = {(char *)(uintptr_t)body.data, body.len};
    bool has_body = r->method != METHOD_HEAD && r->status != 204 && r->status != 304;

    connection_of(req)->is_answered = true;
    connection_set_phase(connection_of(req), PHASE_WRITE);
    req->res.status = r->status;
    req->res.reason = err_reason(r->status);
    if (r->status != 204 && r->status != 304)
        req->res.content_length = body.len;
    h2o_vector_reserve(&req->pool, &req->res.headers, r->header_count);
    for (size_t i = 0; i < r->header_count; i++)
        add_header(req, &r->headers[i]);
    if (!http.is_accepting && req->http1_is_persistent)
        end_with_answer(req);
    choose_coding(r);
    h2o_start_response(req, &generator);
    h2o_send(req, &out, has_body && body.len ? 1 : 0, H2O_SEND_STATE_FINAL);
}

static void configure(struct worker *w)
{
    static h2o_compress_args_t packing = {.gzip = {.quality = 6}, .brotli = {.quality = -1}};
    h2o_hostconf_t *host;
    h2o_pathconf_t *path;
    h2o_handler_t *handler;

    h2o_config_init(&http.config);
    http.config.server_name = h2o_iovec_init(H2O_STRLIT("leat"));
    http.config.max_request_entity_size = w->limits.body_bytes;
    http.config.http1.upgrade_to_http2 = 0;
    http.config.http1.req_timeout = (uint64_t)24 * 3600 * 1000; /* connection.c has the real ones */
    http.config.handshake_timeout = w->timeouts.head_ns / NS_PER_MS;
    host = h2o_config_register_host(&http.config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    path = h2o_config_register_path(host, "/", 0);
    h2o_compress_register(path, &packing);
    handler = h2o_create_handler(path, sizeof(*handler));
    handler->on_req = on_request;
}

bool http_start(struct worker *w, char **why)
{
    const char *reason =
        "a guard of libh2o's clock is not in force: the program was linked wrongly";

    if (!guard_start(w->limits.header_bytes, &reason) || !clock_guard_start()) {
        *why = strdup(reason);
        return false;
    }
    http.worker = w;
    h2o_linklist_init_anchor(&http.connections);
    configure(w);
    h2o_context_init(&http.context, h2o_evloop_create(), &http.config);
    return accept_open(why);
}

static void on_watch(h2o_socket_t *sock, const char *err)
{
    struct watch *watch = sock->data;

    (void)err;
    watch->fn(watch->arg);
}

void http_watch(int fd, void (*fn)(void *arg), void *arg)
{
    struct watch *watch = &watches[watch_count++];
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
    if (http.is_accepting && http.is_paused &&
        http.connection_count < http.worker->limits.connections)
        accept_start();
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
    http.context.shutdown_requested = 1; /* keep-alive ends with the next answer */
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
    accept_finish(); /* connections refer to their listener to the end */
}
