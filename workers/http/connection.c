/* SPDX-License-Identifier: MIT */
/*
 * The connections of a worker and their deadlines. A tick looks at each connection, sees which
 * phase it is in, and cuts it when the phase has lasted too long by the monotonic clock.
 *
 *     PROXY ─header─▶ IDLE ─first byte─▶ HEAD ─blank line─▶ BODY ─whole─▶ HANDLE ─answered─▶ WRITE
 *                      ▲                                                                      │
 *                      └─────────────────────────────────sent─────────────────────────────────┘
 *
 * After the last answer on a connection that the server wants to end, it may be in LINGER
 * (linger.c).
 */
#include "workers/http/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "lib/conf/conf.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "lib/shm/activity.h"
#include "workers/http/buffered.h"
#include "workers/http/capacity.h"
#include "workers/http/h2o_seam.h"
#include "workers/http/receive.h"
#include "workers/http/tcp_taken.h"

static bool is_own(const struct connection *c)
{
    return c->endpoint->config->serve == SERVE_ITSELF;
}

static void publish_count(void)
{
    atomic_store_explicit(&http.worker->slot->open_connections, (uint32_t)http.connection_count,
                          memory_order_relaxed);
}

void connection_blame(struct connection *c, enum reason reason)
{
    if (!c->reason)
        c->reason = reason;
}

static void on_close(void *data)
{
    struct connection *c = data;

    if (linger_begin(c) == LATER)
        return;
    if (c->is_shaking) {
        shm_count(http.worker->slot, COUNT_BAD_TLS, 1);
        connection_blame(c, REASON_TLS_HANDSHAKE);
    }
    if (c->closes_unread)
        connection_blame(c, REASON_UNREAD);
    if (c->reason)
        shm_count_closed(http.worker->shm, c->reason);
    if (c->activity >= 0)
        activity_release(http.worker->shm, http.worker->slot_index, c->activity);
    buffered_release(c);
    if (c->address)
        address_release(c->address);
    capacity_leave(c);
    h2o_linklist_unlink(&c->link);
    http.connection_count--;
    publish_count();
    free(c->tls_subject);
    free(c->proxy);
    free(c);
    accept_resume();
}

/* Sets the peer, which is also the client unless it is trusted to name another. */
static void set_peer(struct connection *c, const struct sockaddr *peer)
{
    const struct worker_listener *l = c->endpoint->config;

    c->is_trusted = cidr_any_contains(l->trusted, l->trusted_count, peer);
    c->is_counted = !c->is_trusted && peer->sa_family != AF_UNIX && l->serve & SERVE_API;
    address_write(peer, c->client);
}

void connection_set_socket(struct connection *c, int fd, int flags)
{
    c->sock = h2o_evloop_socket_create(http.context.loop, fd, flags);
    c->sock->data = c;
    c->sock->on_close.cb = on_close;
    c->sock->on_close.data = c;
}

/* Starts HTTP once the client is known: counts its address, and hands the socket to h2o. */
static void serve(struct connection *c)
{
    if (c->is_counted && !(c->address = address_take(c->client, http.worker->limits.per_address))) {
        shm_count(http.worker->slot, COUNT_REFUSED_ADDRESS, 1);
        connection_blame(c, REASON_PER_ADDRESS);
        log_debug("connection.refused", "client=%s limit=per-address", c->client);
        h2o_socket_close(c->sock);
        return;
    }
    c->phase = c->seen_phase = PHASE_IDLE;
    c->since_ns = clock_ns();
    c->is_shaking = c->endpoint->accept.ssl_ctx != NULL;
    h2o_accept((h2o_accept_ctx_t *)(uintptr_t)&c->endpoint->accept, c->sock);
}

/* Ends the PROXY phase: gives the descriptor a fresh h2o socket, which has read nothing yet. From
 * here on the peer is the address that the header names, so that the proxy may pass that peer's
 * bytes on unchanged. */
static void leave_proxy(struct connection *c)
{
    h2o_socket_export_t socket;

    if (c->proxy->has_peer)
        set_peer(c, (struct sockaddr *)&c->proxy->peer);
    free(c->proxy);
    c->proxy = NULL;
    c->sock->on_close.cb = NULL;
    h2o_socket_export(c->sock, &socket);
    h2o_buffer_dispose(&socket.input);
    connection_set_socket(c, socket.fd, H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
    serve(c);
}

void connection_complain(struct connection *c, const char *what)
{
    static uint64_t said_ns;

    shm_count(http.worker->slot, COUNT_BAD_PROXY, 1);
    connection_blame(c, REASON_PROXY_HEADER);
    if (is_second_later(&said_ns))
        log_warn("proxy.refused", "peer=%s listener=%s reason=\"%s\"", c->client,
                 c->endpoint->config->address, what);
}

static void on_proxy(h2o_socket_t *sock, const char *err)
{
    struct connection *c = sock->data;
    int fd = h2o_socket_get_fd(sock);
    char bytes[PROXY_HEADER_MAX];
    ssize_t n = err ? 0 : recv(fd, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    /* Take only the header's bytes off the socket; the rest belongs to TLS or HTTP. */
    if (n > 0)
        recv(fd, bytes, proxy_feed(c->proxy, bytes, (size_t)n), MSG_DONTWAIT);
    if (n > 0 && c->proxy->state == PROXY_MORE)
        return;
    if (n > 0 && c->proxy->state == PROXY_DONE) {
        leave_proxy(c);
        return;
    }
    if (c->proxy->len)
        connection_complain(c, "malformed header");
    h2o_socket_close(sock);
}

static void enter_proxy(struct connection *c)
{
    if (!c->is_trusted) {
        connection_complain(c, "peer is not in `trusted`");
        h2o_socket_close(c->sock);
        return;
    }
    c->proxy = xmalloc(sizeof(*c->proxy));
    proxy_init(c->proxy, c->endpoint->config->proxy);
    h2o_socket_read_start(c->sock, on_proxy);
}

void connection_accept(const struct endpoint *endpoint, int fd, const struct sockaddr *peer)
{
    struct connection *c = xcalloc(1, sizeof(*c));
    bool has_proxy = endpoint->config->proxy != PROXY_OFF;
    int on = 1;

    if (peer->sa_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    c->endpoint = endpoint;
    c->activity = -1;
    c->last_fd = -1;
    c->since_ns = clock_ns();
    set_peer(c, peer);
    connection_set_socket(c, fd,
                          H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION |
                              (has_proxy ? H2O_SOCKET_FLAG_DONT_READ : 0));
    h2o_linklist_insert(&http.connections, &c->link);
    http.connection_count++;
    capacity_enter(c);
    publish_count();
    if (!is_own(c))
        shm_count(http.worker->slot, COUNT_CONNECTIONS, 1);
    if (has_proxy)
        enter_proxy(c);
    else
        serve(c);
}

struct connection *connection_of(const h2o_req_t *req)
{
    return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

enum phase connection_phase(const struct connection *c)
{
    if (c->proxy)
        return PHASE_PROXY;
    if (c->is_lingering)
        return PHASE_LINGER;
    if (c->req)
        return c->is_receiving ? PHASE_BODY : c->is_answered ? PHASE_WRITE : PHASE_HANDLE;
    return c->sock->input->size ? PHASE_HEAD : PHASE_IDLE;
}

void connection_set_phase(struct connection *c, enum phase phase)
{
    static const enum shm_phase shown[] = {[PHASE_HEAD] = SHM_HEAD,
                                           [PHASE_BODY] = SHM_BODY,
                                           [PHASE_HANDLE] = SHM_HANDLE,
                                           [PHASE_WRITE] = SHM_WRITE};
    struct worker *w = http.worker;

    c->phase = phase;
    if (phase <= PHASE_IDLE) {
        if (c->activity >= 0)
            activity_release(w->shm, w->slot_index, c->activity);
        c->activity = -1;
        return;
    }
    if (c->activity < 0)
        c->activity = activity_take(w->shm, w->slot_index, clock_ns(), c->client);
    if (c->activity >= 0)
        activity_set_phase(w->shm, w->slot_index, c->activity, shown[phase]);
}

struct connection *connection_next(struct connection *c)
{
    h2o_linklist_t *node = c ? c->link.next : http.connections.next;

    return node == &http.connections ? NULL : H2O_STRUCT_FROM_MEMBER(struct connection, link, node);
}

/* Watches an answer that is not small, or has not been taken by the next tick. */
static void watch_writing(struct connection *c)
{
    uint64_t taken = tcp_taken(h2o_socket_get_fd(c->sock));

    if (h2o_linklist_is_linked(&c->waiting))
        buffered_progress(c, taken);
    else
        buffered_wait(c, taken);
}

/* Returns whether the peer is trusted, whatever client its PROXY header names. */
static bool is_from_trusted(const struct connection *c)
{
    return c->is_trusted || c->endpoint->config->proxy != PROXY_OFF; /* which takes no others */
}

/* How long a connection may stay in each phase. */
static uint64_t phase_ns[PHASE_COUNT], idle_trusted_ns;

void connection_open(struct json_object *config)
{
    static const struct {
        enum phase phase;
        const char *key;
    } rows[] = {{PHASE_PROXY, "timeouts.head"}, {PHASE_HEAD, "timeouts.head"},
                {PHASE_BODY, "timeouts.body"},  {PHASE_LINGER, "timeouts.body"},
                {PHASE_IDLE, "timeouts.idle"},  {PHASE_WRITE, "timeouts.write"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        phase_ns[rows[i].phase] = (uint64_t)conf_int(config, rows[i].key) * NS_PER_MS;
    phase_ns[PHASE_HANDLE] = UINT64_MAX;
    idle_trusted_ns = (uint64_t)conf_int(config, "timeouts.idle-trusted") * NS_PER_MS;
}

static uint64_t limit_of(const struct connection *c, enum phase phase)
{
    return phase == PHASE_IDLE && is_from_trusted(c) ? idle_trusted_ns : phase_ns[phase];
}

void connection_sweep(void)
{
    uint64_t now = clock_ns();

    for (struct connection *c = connection_next(NULL); c; c = connection_next(c)) {
        enum phase phase = connection_phase(c);

        if (phase != c->seen_phase || c->served != c->seen) {
            connection_set_phase(c, phase);
            c->seen_phase = phase;
            c->seen = c->served;
            c->since_ns = now;
        } else if (now - c->since_ns > limit_of(c, phase)) {
            connection_cut(c); /* its next read or write fails, and h2o disposes of it */
            c->since_ns = now;
        } else if (phase == PHASE_WRITE) {
            watch_writing(c);
        }
    }
}
