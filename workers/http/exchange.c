/* SPDX-License-Identifier: MIT */
/*
 * One request and its answer: the seam between libh2o's requests and ours. libh2o calls the handler
 * when the head is complete, and calls on_dispose() when the answer has been written or the client
 * has gone. receive.c handles a body that is still to come.
 */
#include <poll.h>

#include "workers/http/buffered.h"
#include "workers/http/capacity.h"
#include "workers/http/h2o_seam.h"
#include "workers/http/receive.h"
#include "workers/http/tcp_taken.h"

#include "workers/request/flow.h"

/* Ties our request to h2o's, and is freed with it. */
struct exchange_anchor {
    struct connection *connection;
};

static void drop_request(struct connection *c)
{
    struct request *r = c->request;

    c->request = NULL;
    if (!r)
        return;
    if (!r->reason)
        r->reason = c->reason; /* of a close that came before the end of the request */
    if (!r->stream || r->stream->stop(r))
        request_free(r);
}

static void on_dispose(void *data)
{
    struct connection *c = ((struct exchange_anchor *)data)->connection;

    drop_request(c);
    c->req = NULL;
    receive_end(c);
    buffered_release(c);
    connection_set_phase(c, PHASE_IDLE);
    capacity_rest(c);
}

static void read_head(struct request *r, const h2o_req_t *req, const struct head *head)
{
    h2o_iovec_t path = req->input.path;
    const char *query = memchr(path.base, '?', path.len);

    r->method_text = (struct slice){req->input.method.base, req->input.method.len};
    r->method = method_parse(r->method_text);
    r->head_err = head->err;
    r->reason = head->reason;
    if (head->err)
        return;
    r->path = (struct slice){path.base, query ? (size_t)(query - path.base) : path.len};
    if (query)
        r->query = (struct slice){query + 1, path.len - r->path.len - 1};
    if (head->framing == FRAMING_NONE)
        return;
    r->has_content = true;
    r->has_length = head->framing == FRAMING_LENGTH;
    r->has_unknown_expectation = head->expectation == EXPECT_UNKNOWN;
}

static struct request *adopt(h2o_req_t *req, const struct head *head, size_t head_len)
{
    struct exchange_anchor *anchor = h2o_mem_alloc_shared(&req->pool, sizeof(*anchor), on_dispose);
    struct connection *c = connection_of(req);
    struct request *r = request_new(http.worker);

    anchor->connection = c;
    c->req = req;
    c->request = r;
    c->is_answered = false;
    c->served++;
    capacity_work(c);
    connection_set_phase(c, PHASE_HANDLE);
    r->http = req;
    r->activity = c->activity;
    r->listener = c->endpoint->config;
    r->peer = c->client;
    r->is_trusted = c->is_trusted;
    r->is_tls = c->sock->ssl != NULL;
    r->tls_subject = c->tls_subject;
    read_head(r, req, head);
    receive_begin(c, r, head, head_len);
    return r;
}

/* Ends the connection with this answer, whatever the client still sends. */
static void end_with_answer(struct connection *c)
{
    c->req->http1_is_persistent = 0;
    if (!c->is_cut)
        linger_prepare(c);
}

int exchange_begin(h2o_handler_t *self, h2o_req_t *req)
{
    size_t head_len;
    const struct head *head = seam_take_head(req, &head_len);
    struct request *r = adopt(req, head, head_len);

    (void)self;
    req->http1_is_persistent = head->is_persistent && !http.context.shutdown_requested;
    if (r->head_err)
        end_with_answer(connection_of(req));
    flow_run(r);
    return 0;
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

/* Returns what stands between the values of a header that was sent more than once (RFC 9113,
 * 8.2.3). */
static const char *glue_of(const char *name)
{
    return strcmp(name, "cookie") == 0 ? "; " : ", ";
}

struct slice http_header_list(struct request *r, const char *name)
{
    const h2o_req_t *req = r->http;
    struct slice list = {NULL, 0};
    size_t len = strlen(name);

    for (size_t i = 0; i < req->headers.size; i++) {
        const h2o_header_t *h = &req->headers.entries[i];

        if (h->name->len != len || strncasecmp(h->name->base, name, len) != 0)
            continue;
        if (list.data)
            list = slice_of(arena_printf(&r->arena, "%.*s%s%.*s", (int)list.len, list.data,
                                         glue_of(name), (int)h->value.len, h->value.base));
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

/* Decides about compression by Accept-Encoding. The library compresses if the field contains
 * "gzip", and ignores weights. */
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

/* Called when the whole answer has been written; skips the rest of the request's body. */
static void on_answered(h2o_generator_t *self, h2o_req_t *req)
{
    (void)self;
    drop_request(connection_of(req));
    buffered_release(connection_of(req));
    receive_skip(connection_of(req));
}

static void write_head(struct request *r)
{
    h2o_req_t *req = r->http;

    req->res.status = r->status;
    req->res.reason = err_reason(r->status);
    h2o_vector_reserve(&req->pool, &req->res.headers, r->header_count);
    for (size_t i = 0; i < r->header_count; i++)
        add_header(req, &r->headers[i]);
}

/* Returns how many copies of an answer the library holds: compressed and encrypted ones beside the
 * original. */
static size_t copies_of(const struct request *r)
{
    const h2o_req_t *req = r->http;

    return 1u + r->is_tls + (req->compress_hint == H2O_COMPRESS_HINT_ENABLE);
}

/* Decides whether the connection ends with this answer. */
static void settle_connection(struct connection *c, bool is_unread)
{
    if (is_unread) {
        shm_count(http.worker->slot, COUNT_UNREAD, 1);
        c->closes_unread = true;
    }
    if (is_unread || (!http.is_accepting && c->req->http1_is_persistent))
        end_with_answer(c);
}

void http_send(struct request *r, struct slice body)
{
    static h2o_generator_t last = {NULL, NULL}, skipping = {on_answered, NULL};
    h2o_req_t *req = r->http;
    struct connection *c = connection_of(req);
    h2o_iovec_t out = {(char *)(uintptr_t)body.data, body.len};
    bool has_body = r->method != METHOD_HEAD && r->status != 204 && r->status != 304 && body.len;
    enum rest rest = receive_settle(c);

    c->is_answered = true;
    connection_set_phase(c, PHASE_WRITE);
    write_head(r);
    if (r->status != 204 && r->status != 304)
        req->res.content_length = body.len;
    settle_connection(c, rest == REST_CLOSE);
    if (rest == REST_SKIP)
        r->is_packed = false; /* the library ends a compressed answer only with the exchange */
    choose_coding(r);
    if (has_body && body.len > BUFFERED_FREE)
        buffered_add(c, copies_of(r) * body.len);
    h2o_start_response(req, rest == REST_SKIP ? &skipping : &last);
    h2o_send(req, &out, has_body ? 1 : 0,
             rest == REST_SKIP ? H2O_SEND_STATE_IN_PROGRESS : H2O_SEND_STATE_FINAL);
}

static void on_proceed(h2o_generator_t *self, h2o_req_t *req)
{
    struct request *r = connection_of(req)->request;

    (void)self;
    r->stream->proceed(r);
}

void http_stream_begin(struct request *r)
{
    static h2o_generator_t parts = {on_proceed, NULL};
    h2o_req_t *req = r->http;
    struct connection *c = connection_of(req);

    assert(r->stream && !c->is_answered);
    c->is_answered = true;
    connection_set_phase(c, PHASE_WRITE);
    write_head(r);
    settle_connection(c, receive_settle(c) != REST_NONE);
    if (req->version < 0x101 && r->method != METHOD_HEAD)
        req->http1_is_persistent = 0; /* the body ends with the connection */
    choose_coding(r);
    buffered_wait(c, tcp_taken(h2o_socket_get_fd(c->sock)));
    h2o_start_response(req, &parts);
}

void http_stream_send(struct request *r, struct slice part, bool is_last)
{
    h2o_iovec_t out = {(char *)(uintptr_t)part.data, part.len};

    assert(is_last || part.len);
    r->bytes += part.len;
    h2o_send(r->http, &out, part.len ? 1 : 0,
             is_last ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
}

void http_stream_fail(struct request *r)
{
    h2o_send(r->http, NULL, 0, H2O_SEND_STATE_ERROR);
}

void http_stream_cut(struct request *r)
{
    connection_blame(connection_of(r->http), r->reason);
    connection_cut(connection_of(r->http));
}

bool http_stream_is_left(const struct request *r)
{
    struct pollfd p = {.fd = h2o_socket_get_fd(connection_of(r->http)->sock), .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0 && p.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

uint64_t http_stream_taken(const struct request *r)
{
    uint64_t bytes;

    return tcp_acked(h2o_socket_get_fd(connection_of(r->http)->sock), &bytes) ? bytes : r->bytes;
}
