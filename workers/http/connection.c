/* SPDX-License-Identifier: MIT */
/*
 * The connections of a worker and their deadlines. libh2o's own timeouts run on the wall clock and
 * cover too little; here a tick looks at each connection, sees which phase it is in, and cuts it
 * when the phase has lasted too long by the monotonic clock.
 *
 *     IDLE ─first byte─▶ HEAD ─blank line─▶ BODY ─whole─▶ HANDLE ─answered─▶ WRITE ─sent─▶ IDLE
 */
#include "workers/http/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

#include "lib/core/clock.h"
#include "lib/core/log.h"

static const char *const phase_names[] = {"idle", "head", "body", "handle", "write"};

static void on_close(void *data)
{
    struct connection *c = data;

    h2o_linklist_unlink(&c->link);
    http.connection_count--;
    atomic_store_explicit(&http.worker->slot->open_connections, (uint32_t)http.connection_count,
                          memory_order_relaxed);
    free(c);
}

static void set_client(struct connection *c, const struct sockaddr *peer)
{
    const void *address =
        peer->sa_family == AF_INET6
            ? (const void *)&((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr
            : (const void *)&((const struct sockaddr_in *)(const void *)peer)->sin_addr;

    if (peer->sa_family != AF_INET && peer->sa_family != AF_INET6)
        snprintf(c->client, sizeof(c->client), "unix");
    else if (!inet_ntop(peer->sa_family, address, c->client, sizeof(c->client)))
        snprintf(c->client, sizeof(c->client), "unknown");
    for (size_t i = 0; i < c->listener->trusted_count && !c->is_trusted; i++)
        c->is_trusted = cidr_contains(&c->listener->trusted[i], peer);
}

struct connection *connection_open(h2o_socket_t *sock, const struct worker_listener *listener,
                                   const struct sockaddr *peer)
{
    struct connection *c = calloc(1, sizeof(*c));
    struct shm_slot *slot = http.worker->slot;

    if (!c)
        abort();
    c->sock = sock;
    c->listener = listener;
    c->since_ns = clock_ns();
    set_client(c, peer);
    h2o_linklist_insert(&http.connections, &c->link);
    sock->on_close.cb = on_close;
    sock->on_close.data = c;
    http.connection_count++;
    atomic_fetch_add_explicit(&slot->counts.connections, 1, memory_order_relaxed);
    atomic_store_explicit(&slot->open_connections, (uint32_t)http.connection_count,
                          memory_order_relaxed);
    return c;
}

struct connection *connection_of(h2o_req_t *req)
{
    return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

static enum phase phase_of(const struct connection *c)
{
    const h2o_buffer_t *input = c->sock->input;

    if (c->is_active)
        return c->is_answered ? PHASE_WRITE : PHASE_HANDLE;
    if (!input->size)
        return PHASE_IDLE;
    return memmem(input->bytes, input->size, "\r\n\r\n", 4) ? PHASE_BODY : PHASE_HEAD;
}

/* A client that is still sending its request is told why; then the connection is cut. */
static void cut(struct connection *c)
{
    static const char answer[] =
        "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
        "Content-Type: application/problem+json\r\nContent-Length: 107\r\n\r\n"
        "{\"type\":\"about:blank\",\"title\":\"Request Timeout\",\"status\":408,"
        "\"error\":\"the request took too long to arrive\"}";

    log_debug("connection.cut", "phase=%s client=%s", phase_names[c->phase], c->client);
    if ((c->phase == PHASE_HEAD || c->phase == PHASE_BODY) && !c->sock->ssl)
        send(h2o_socket_get_fd(c->sock), answer, sizeof(answer) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(h2o_socket_get_fd(c->sock), SHUT_RDWR);
}

void connection_sweep(void)
{
    const struct worker_timeouts *t = &http.worker->timeouts;
    const uint64_t limits[PHASE_COUNT] = {t->idle_ns, t->head_ns, t->body_ns, UINT64_MAX,
                                          t->write_ns};
    uint64_t now = clock_ns();

    for (h2o_linklist_t *node = http.connections.next; node != &http.connections;
         node = node->next) {
        struct connection *c = H2O_STRUCT_FROM_MEMBER(struct connection, link, node);
        enum phase phase = phase_of(c);

        if (phase != c->phase || c->served != c->seen) {
            c->phase = phase;
            c->seen = c->served;
            c->since_ns = now;
        } else if (now - c->since_ns > limits[phase]) {
            cut(c); /* its read or write fails in the next turn, and h2o disposes of it */
            c->since_ns = now;
        }
    }
}
