/* SPDX-License-Identifier: MIT */
/*
 * How the server ends connections. h2o owns the socket, and frees a connection when its socket has
 * been closed; so each of these only makes the next read or write of whoever has the socket fail.
 * The reason is recorded first: on_close() counts it, and a request that is cut short is logged
 * with it.
 */
#include "workers/http/connection.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/core/log.h"
#include "lib/shm/activity.h"
#include "workers/http/h2o_seam.h"
#include "workers/http/receive.h"

static const char *const phase_names[] = {"proxy", "linger", "idle", "head",
                                          "body",  "handle", "write"};

/* Makes the close a reset. Otherwise unread data would stay in the kernel after the close, for as
 * long as the client reads a byte now and then. */
static void discard_unsent(int fd)
{
    struct linger at_once = {.l_onoff = 1};
    int unsent = 0;

    if (ioctl(fd, SIOCOUTQ, &unsent) == 0 && unsent > 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

/* Shuts the reading side, so that h2o sees the end and closes, with a close_notify under TLS.
 * Pending output would delay that, so a second call shuts both sides. */
static void end_input(struct connection *c)
{
    shutdown(h2o_socket_get_fd(c->sock), c->is_cut ? SHUT_RDWR : SHUT_RD);
    c->is_cut = true;
}

/* Sends a 408 around h2o, which has no request yet. */
static void tell_too_slow(int fd)
{
    static const char answer[] =
        "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
        "Content-Type: application/problem+json\r\nContent-Length: 107\r\n\r\n"
        "{\"type\":\"about:blank\",\"title\":\"Request Timeout\",\"status\":408,"
        "\"error\":\"the request took too long to arrive\"}";

    send(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void connection_cut(struct connection *c)
{
    static const enum reason timeouts[] = {
        [PHASE_PROXY] = REASON_PROXY_TIMEOUT, [PHASE_LINGER] = REASON_LINGER_TIMEOUT,
        [PHASE_IDLE] = REASON_IDLE_TIMEOUT,   [PHASE_HEAD] = REASON_HEAD_TIMEOUT,
        [PHASE_BODY] = REASON_BODY_TIMEOUT,   [PHASE_HANDLE] = REASON_DRAIN,
        [PHASE_WRITE] = REASON_WRITE_TIMEOUT,
    };
    int fd = h2o_socket_get_fd(c->sock);

    connection_blame(c, timeouts[c->phase]);
    log_debug("connection.cut", "phase=%s client=%s reason=%s", phase_names[c->phase], c->client,
              reason_word(c->reason));
    if (c->phase != PHASE_IDLE)
        shm_count(http.worker->slot, COUNT_CUT, 1);
    if (c->is_receiving) {
        receive_give_up(c);
        return;
    }
    discard_unsent(fd);
    if (c->proxy && !c->proxy->len) /* an incomplete header is logged by on_proxy() */
        connection_complain(c, "no header");
    if (c->phase == PHASE_HEAD && !c->sock->ssl)
        tell_too_slow(fd);
    if (c->phase == PHASE_IDLE)
        end_input(c);
    else
        shutdown(fd, SHUT_RDWR);
}

/* Delivers the error to whoever reads the socket, h2o or us; the reader then closes it. */
void connection_close(struct connection *c)
{
    if (h2o_socket_is_reading(c->sock))
        seam_end_reading(c->sock);
    else
        shutdown(h2o_socket_get_fd(c->sock), SHUT_RDWR);
}

bool connection_is_quiet(const struct connection *c)
{
    char byte;

    return !c->req && !linger_is_busy(c) && !c->sock->input->size &&
           recv(h2o_socket_get_fd(c->sock), &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

void connection_close_idle(void)
{
    for (struct connection *c = connection_next(NULL); c; c = connection_next(c)) {
        if (connection_is_quiet(c))
            end_input(c);
        else if (connection_is_discarding(c) && !linger_is_busy(c))
            receive_give_up(c);
    }
}

void connection_cut_all(void)
{
    struct worker *w = http.worker;

    for (struct connection *c = connection_next(NULL); c; c = connection_next(c)) {
        struct activity a = {.operation = -1};

        if (c->is_lingering)
            continue;
        if (c->activity >= 0)
            activity_read(w->shm, w->slot_index, c->activity, &a);
        log_warn(
            "request.cut", "phase=%s operation=%s ms=%lu client=%s id=%s",
            phase_names[connection_phase(c)],
            a.operation >= 0 ? w->shm->operations[a.operation].id : "-",
            (unsigned long)((clock_ns() - (a.started_ns ? a.started_ns : c->since_ns)) / NS_PER_MS),
            c->client, a.id[0] ? a.id : "-");
        shm_count(w->slot, COUNT_CUT, 1);
        shm_count_closed(w->shm, c->reason ? c->reason : REASON_DRAIN);
    }
}
