/* SPDX-License-Identifier: MIT */
/*
 * libh2o has stopped reading when its handler is called, and resumes when the answer has been sent.
 * In between the socket is ours. A body that came along with the head is used in place, in h2o's
 * input. Otherwise that buffer is set aside, because header values point into it and it would move
 * when it grows; further bytes are decoded into a buffer that grows, and charged to
 * limits.buffered. A plain socket is read into that buffer directly, never past the end of a body
 * of known length; libh2o reads and decrypts TLS into its (new) input.
 *
 *     h2o's input at the handler:  | head | body that came along | next request, if body is whole |
 *     at the end of the exchange:  | head | next request |
 *
 * At the end libh2o removes the head's length from its input. For it to remove a body that lies
 * there too, as many bytes are removed before; which ones does not matter, as the head is done
 * with.
 *
 * An answer that is due before the body is complete does not wait for it; see receive_settle().
 */
#include "workers/http/receive.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>

#include "workers/http/buffered.h"
#include "workers/http/capacity.h"

enum {
    FIRST_BYTES = 16384, /* of the buffer, which doubles */
    SLACK_BYTES = 4096,  /* framing that may lie between chunks, beyond the limit */
    READ_MAX = 65536,    /* bytes in one turn; other connections need theirs */
    SKIP_MAX = 65536     /* largest unread body that is skipped to keep the connection */
};

enum intake { INTAKE_OK, INTAKE_NO_ROOM, INTAKE_GONE };

static enum err err_of(enum body_state state)
{
    return state == BODY_TOO_LARGE ? ERR_BODY_SIZE : ERR_BAD_REQUEST;
}

/* --- the buffer --- */

/* Makes room for `least` bytes more, `pending` of which have been decoded already. */
static bool make_room(struct connection *c, size_t least, size_t pending)
{
    struct buf *b = &c->received;
    size_t most = c->body.framing == FRAMING_LENGTH ? b->len + pending + c->body.left
                                                    : c->body.limit + SLACK_BYTES;
    size_t cap = b->cap ? b->cap * 2 : FIRST_BYTES;

    if (b->data && b->cap - b->len >= least)
        return true;
    if (cap < b->len + least)
        cap = b->len + least;
    if (cap > most)
        cap = most;
    if (!buffered_take(c, cap - b->cap))
        return false;
    buf_reserve_exact(b, cap - b->len);
    return true;
}

/* Appends decoded bytes to the body, unless they are to be skipped. */
static bool keep_bytes(struct connection *c, const char *data, size_t len)
{
    if (!c->request || !len)
        return true; /* to be skipped */
    if (!make_room(c, len, len))
        return false;
    buf_put(&c->received, data, len);
    return true;
}

/* --- reading --- */

/* Returns to h2o the bytes that follow the body. */
static void give_back(struct connection *c, const char *data, size_t len)
{
    if (!len)
        return;
    memcpy(h2o_buffer_reserve(&c->sock->input, len).base, data, len);
    c->sock->input->size += len;
}

static enum intake take_plain(struct connection *c)
{
    static char skipped[READ_MAX];
    char *to = skipped;
    size_t room = READ_MAX, len, rest;
    ssize_t n;

    if (c->request) {
        if (!make_room(c, 1, 0))
            return INTAKE_NO_ROOM;
        to = c->received.data + c->received.len;
        if (room > c->received.cap - c->received.len)
            room = c->received.cap - c->received.len;
    }
    if (c->body.framing == FRAMING_LENGTH && room > c->body.left)
        room = c->body.left;
    n = recv(h2o_socket_get_fd(c->sock), to, room, MSG_DONTWAIT);
    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR) ? INTAKE_OK : INTAKE_GONE;
    len = (size_t)n;
    body_decode(&c->body, to, &len, &rest);
    if (c->request)
        c->received.len += len;
    give_back(c, to + len, rest);
    return INTAKE_OK;
}

static enum intake take_decrypted(struct connection *c)
{
    h2o_buffer_t *in = c->sock->input;
    size_t len = in->size, rest;
    bool is_kept;

    if (!len)
        return INTAKE_OK;
    body_decode(&c->body, in->bytes, &len, &rest);
    in->size = len + rest;
    is_kept = c->body.state == BODY_TOO_LARGE || keep_bytes(c, in->bytes, len);
    h2o_buffer_consume(&c->sock->input, len);
    return is_kept ? INTAKE_OK : INTAKE_NO_ROOM;
}

static void stop_receiving(struct connection *c)
{
    h2o_socket_read_stop(c->sock);
    h2o_socket_dont_read(c->sock, 0);
    buffered_stop_waiting(c);
    c->is_receiving = false;
}

/* Ends the exchange with a client that has gone, or is about to; h2o notices when it writes. */
static void abandon(struct connection *c)
{
    static h2o_generator_t nothing = {NULL, NULL};
    h2o_req_t *req = c->req;

    stop_receiving(c);
    shutdown(h2o_socket_get_fd(c->sock), SHUT_RDWR);
    req->http1_is_persistent = 0;
    c->is_answered = true;
    if (c->request)
        h2o_start_response(req, &nothing);
    h2o_send(req, NULL, 0, H2O_SEND_STATE_FINAL);
}

/* Answers with the error. What has been received is useless now, and others may need the memory. */
static void fail_receiving(struct connection *c, enum err err)
{
    stop_receiving(c);
    buf_fini(&c->received);
    buffered_release(c);
    if (c->request)
        flow_fail(c->request, err);
    else
        abandon(c);
}

static void finish_body(struct connection *c)
{
    struct request *r = c->request;

    stop_receiving(c);
    if (!r) {
        h2o_send(c->req, NULL, 0, H2O_SEND_STATE_FINAL);
        return;
    }
    r->raw_body = buf_slice(&c->received);
    r->started_ns = clock_ns();
    connection_set_phase(c, PHASE_HANDLE);
    flow_resume(r);
}

static void refuse_for_memory(struct connection *c)
{
    if (c->request)
        buffered_refuse(c->request);
    fail_receiving(c, ERR_BUSY);
}

static void fail_decoding(struct connection *c)
{
    if (c->request && c->body.state == BODY_MALFORMED)
        c->request->reason = REASON_BAD_CHUNK;
    fail_receiving(c, err_of(c->body.state));
}

static void on_readable(h2o_socket_t *sock, const char *err)
{
    struct connection *c = sock->on_close.data;
    enum intake intake = err ? INTAKE_GONE : sock->ssl ? take_decrypted(c) : take_plain(c);

    c->heard_ns = c->request ? 0 : clock_ns();
    if (intake == INTAKE_GONE)
        abandon(c);
    else if (intake == INTAKE_NO_ROOM)
        refuse_for_memory(c);
    else if (c->body.state == BODY_WHOLE)
        finish_body(c);
    else if (c->body.state != BODY_MORE)
        fail_decoding(c);
    else
        buffered_progress(c, c->body.size);
}

static void start_receiving(struct connection *c)
{
    c->is_receiving = true;
    c->head = c->sock->input;
    h2o_buffer_init(&c->sock->input, &h2o_socket_buffer_prototype);
    give_back(c, c->head->bytes + c->head_len + c->body_len,
              c->head->size - c->head_len - c->body_len);
    if (!c->sock->ssl)
        h2o_socket_dont_read(c->sock, 1);
    connection_set_phase(c, PHASE_BODY);
    if (c->request)
        buffered_wait(c, c->body.size);
}

static void on_continue(h2o_socket_t *sock, const char *err)
{
    struct connection *c = sock->on_close.data;

    if (err)
        abandon(c);
    else if (c->body.state == BODY_WHOLE)
        finish_body(c);
    else
        h2o_socket_read_start(sock, on_readable);
}

/* Sends 100 Continue, which the client may await before it sends the body (RFC 9110, 10.1.1). */
static void tell_to_continue(struct connection *c)
{
    static h2o_iovec_t text = {H2O_STRLIT("HTTP/1.1 100 Continue\r\n\r\n")};

    h2o_socket_write(c->sock, &text, 1, on_continue);
}

/* --- the verbs --- */

/* Takes the part of the body that came along with the head. */
static void take_first(struct connection *c)
{
    h2o_buffer_t *in = c->sock->input;
    size_t len = in->size - c->head_len, rest;

    if (c->body.state != BODY_MORE || !len)
        return;
    body_decode(&c->body, in->bytes + c->head_len, &len, &rest);
    in->size = c->head_len + len + rest;
    c->body_len = len;
}

void receive_begin(struct connection *c, struct request *r, const struct head *head,
                   size_t head_len)
{
    assert(!c->body_len && !c->head);
    c->has_body = r->has_content;
    if (!c->has_body)
        return;
    c->head_len = head_len;
    c->expectation = head->expectation;
    body_init(&c->body, head->framing, head->content_length, http.worker->limits.body_bytes);
    take_first(c);
    r->is_content_too_large = c->body.state == BODY_TOO_LARGE;
    if (c->body.state == BODY_MALFORMED) {
        r->head_err = ERR_BAD_REQUEST;
        r->reason = REASON_BAD_CHUNK;
    }
}

/* Returns false, for a 503, if the body cannot be held. */
static bool has_room(struct request *r, struct connection *c)
{
    const char *bytes = c->sock->input->bytes + c->head_len;

    if (!http_has_room(r))
        return false;
    if (keep_bytes(c, bytes, c->body_len))
        return true;
    buffered_refuse(r);
    return false;
}

bool http_has_whole_body(const struct request *r)
{
    const struct connection *c = connection_of(r->http);

    return c->body.state == BODY_WHOLE && c->expectation != EXPECT_CONTINUE;
}

enum flow http_receive(struct request *r)
{
    struct connection *c = connection_of(r->http);
    bool is_expected = c->expectation == EXPECT_CONTINUE;

    assert(c->has_body && c->request == r && !c->head);
    if (c->body.state == BODY_WHOLE && !is_expected) {
        r->raw_body = (struct slice){c->sock->input->bytes + c->head_len, c->body_len};
        return FLOW_NEXT;
    }
    if (c->body.state == BODY_TOO_LARGE)
        return flow_fail(r, ERR_BODY_SIZE);
    if (!has_room(r, c))
        return flow_fail(r, ERR_BUSY);
    start_receiving(c);
    if (is_expected)
        tell_to_continue(c);
    else
        h2o_socket_read_start(c->sock, on_readable);
    return FLOW_WAIT;
}

/* Returns whether the rest of the body is short enough to skip it and keep the connection. */
static bool is_short(const struct connection *c)
{
    return c->body.framing == FRAMING_LENGTH ? c->body.left <= SKIP_MAX : c->body.size <= SKIP_MAX;
}

enum rest receive_settle(struct connection *c)
{
    if (!c->has_body || c->body.state == BODY_WHOLE)
        return REST_NONE;
    if (c->body.state != BODY_MORE || c->head || c->expectation != EXPECT_NOTHING ||
        !c->req->http1_is_persistent || !http.is_accepting || !is_short(c))
        return REST_CLOSE;
    return REST_SKIP;
}

void receive_skip(struct connection *c)
{
    assert(!c->request && c->body.state == BODY_MORE);
    c->body.limit = c->body.size + SKIP_MAX;
    c->heard_ns = clock_ns();
    capacity_rest(c);
    start_receiving(c);
    h2o_socket_read_start(c->sock, on_readable);
}

void receive_give_up(struct connection *c)
{
    c->is_cut = true;
    if (!c->request || h2o_socket_is_writing(c->sock)) /* an answer or a 100 is being written */
        shutdown(h2o_socket_get_fd(c->sock), SHUT_RDWR);
    else
        fail_receiving(c, ERR_SLOW_REQUEST);
}

void receive_end(struct connection *c)
{
    h2o_buffer_t *rest = c->sock->input;

    if (!c->has_body)
        return;
    if (c->head) {
        c->sock->input = c->head;
        c->head = NULL;
        c->sock->input->size = c->head_len;
        give_back(c, rest->bytes, rest->size);
        h2o_buffer_dispose(&rest);
    } else if (c->body_len) {
        h2o_buffer_consume(&c->sock->input, c->body_len);
    }
    c->body_len = 0;
    buf_fini(&c->received);
}
