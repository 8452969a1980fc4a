/* SPDX-License-Identifier: MIT */
/*
 * Sends requests at a constant rate, whether or not the server keeps up: the arrivals of an open
 * loop. A closed loop, such as wrk, waits for answers before it asks again, and so hides an
 * overload.
 *
 *     open_loop PORT SECONDS PATIENCE_MS {METHOD PATH RATE}...
 *
 * Each stream has its own rate and its own idle connections; an arrival that finds none opens one.
 * Latency counts from the time at which the request was due. A client whose patience ends closes
 * its connection. An answer of 2xx that came before is good. Prints one line a stream:
 *
 *     PATH offered/s good/s refused/s other/s lost/s p50_ms p99_ms max_ms
 *
 * refused: 503 with Retry-After. lost: no answer. The latencies are those of the good answers.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)
enum { STREAMS_MAX = 8, CLIENTS_MAX = 16000, ANSWER_MAX = 4096 };

struct stream {
    const char *path;
    char text[512];
    size_t text_len;
    double rate;
    uint64_t sent, good, refused, other, lost;
    uint64_t *latencies;
    size_t latency_count, latency_cap;
    struct client *idle;
};

struct client {
    struct stream *stream;
    struct client *next;           /* in the list of the idle */
    struct client *before, *after; /* in the list of the waiting, oldest first */
    int fd;
    bool is_waiting;
    uint64_t due_ns;
    size_t got, want; /* bytes of the answer; want 0: its head is not complete */
    char answer[ANSWER_MAX];
};

static struct stream streams[STREAMS_MAX];
static size_t stream_count;
static struct client waiting = {.before = &waiting, .after = &waiting};
static size_t open_clients;
static int epoll_fd;
static uint16_t port;

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static void stop_waiting(struct client *c)
{
    c->before->after = c->after;
    c->after->before = c->before;
    c->is_waiting = false;
}

static void client_close(struct client *c)
{
    if (c->is_waiting)
        stop_waiting(c);
    close(c->fd);
    free(c);
    open_clients--;
}

static struct client *client_open(struct stream *s)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct client *c = open_clients < CLIENTS_MAX ? calloc(1, sizeof(*c)) : NULL;
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = c};
    int one = 1;

    if (!c)
        return NULL;
    c->stream = s;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        if (c->fd >= 0)
            close(c->fd);
        free(c);
        return NULL;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event);
    open_clients++;
    return c;
}

static void arrive(struct stream *s, uint64_t due_ns)
{
    struct client *c = s->idle;

    s->sent++;
    if (c)
        s->idle = c->next;
    else
        c = client_open(s);
    if (!c) {
        s->lost++;
        return;
    }
    c->due_ns = due_ns;
    c->got = c->want = 0;
    c->is_waiting = true;
    c->before = waiting.before;
    c->after = &waiting;
    c->before->after = c->after->before = c;
    if (send(c->fd, s->text, s->text_len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)s->text_len) {
        s->lost++;
        client_close(c);
    }
}

static void record(struct stream *s, uint64_t ns)
{
    if (s->latency_count == s->latency_cap) {
        s->latency_cap = s->latency_cap ? s->latency_cap * 2 : 4096;
        s->latencies = realloc(s->latencies, s->latency_cap * sizeof(*s->latencies));
        if (!s->latencies)
            abort();
    }
    s->latencies[s->latency_count++] = ns;
}

static void finish(struct client *c)
{
    struct stream *s = c->stream;
    int status = atoi(c->answer + 9);

    stop_waiting(c);
    if (status / 100 == 2) {
        s->good++;
        record(s, now_ns() - c->due_ns);
    } else if (status == 503 && strcasestr(c->answer, "\r\nretry-after:")) {
        s->refused++;
    } else {
        s->other++;
    }
    if (strcasestr(c->answer, "\r\nconnection: close")) {
        client_close(c);
        return;
    }
    c->next = s->idle;
    s->idle = c;
}

/* Forgets an idle connection that the server has closed. */
static void client_leave_idle(struct client *c)
{
    for (struct client **at = &c->stream->idle; *at; at = &(*at)->next)
        if (*at == c) {
            *at = c->next;
            return;
        }
}

static void on_readable(struct client *c)
{
    ssize_t n = recv(c->fd, c->answer + c->got, sizeof(c->answer) - 1 - c->got, MSG_DONTWAIT);
    char *end, *length;

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        if (c->is_waiting)
            c->stream->lost++;
        else
            client_leave_idle(c);
        client_close(c);
        return;
    }
    c->got += (size_t)n;
    c->answer[c->got] = '\0';
    end = strstr(c->answer, "\r\n\r\n");
    if (!end)
        return;
    length = strcasestr(c->answer, "\r\ncontent-length:");
    c->want = (size_t)(end + 4 - c->answer) + (length ? strtoul(length + 17, NULL, 10) : 0);
    if (c->got >= c->want && c->is_waiting)
        finish(c);
}

static void give_up_late(uint64_t patience_ns)
{
    while (waiting.after != &waiting && now_ns() - waiting.after->due_ns > patience_ns) {
        waiting.after->stream->lost++;
        client_close(waiting.after);
    }
}

static void poll_clients(void)
{
    struct epoll_event events[256];
    int n = epoll_wait(epoll_fd, events, 256, 1);

    for (int i = 0; i < n; i++)
        on_readable(events[i].data.ptr);
}

static void generate(double seconds, uint64_t patience_ns)
{
    uint64_t start = now_ns(), end = start + (uint64_t)(seconds * 1e9), now;

    while ((now = now_ns()) < end) {
        for (size_t i = 0; i < stream_count; i++) {
            struct stream *s = &streams[i];
            uint64_t due = (uint64_t)((double)(now - start) * s->rate / 1e9) + 1;

            while (s->sent < due)
                arrive(s, start + (uint64_t)((double)s->sent / s->rate * 1e9));
        }
        poll_clients();
        give_up_late(patience_ns);
    }
    while (waiting.after != &waiting) { /* the last ones may still be in time */
        poll_clients();
        give_up_late(patience_ns);
    }
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static double latency_ms(const struct stream *s, double share)
{
    size_t at = (size_t)((double)s->latency_count * share);

    if (!s->latency_count)
        return 0;
    return (double)s->latencies[at < s->latency_count ? at : s->latency_count - 1] / 1e6;
}

static void report(double seconds)
{
    for (size_t i = 0; i < stream_count; i++) {
        struct stream *s = &streams[i];

        if (s->latency_count)
            qsort(s->latencies, s->latency_count, sizeof(*s->latencies), by_size);
        printf("%s %.0f %.1f %.1f %.1f %.1f %.2f %.2f %.2f\n", s->path, (double)s->sent / seconds,
               (double)s->good / seconds, (double)s->refused / seconds, (double)s->other / seconds,
               (double)s->lost / seconds, latency_ms(s, 0.5), latency_ms(s, 0.99),
               latency_ms(s, 1));
    }
}

int main(int argc, char **argv)
{
    double seconds;

    if (argc < 7 || (argc - 4) % 3 || (argc - 4) / 3 > STREAMS_MAX) {
        fprintf(stderr, "usage: open_loop PORT SECONDS PATIENCE_MS {METHOD PATH RATE}...\n");
        return 2;
    }
    port = (uint16_t)atoi(argv[1]);
    seconds = atof(argv[2]);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 4; i < argc; i += 3) {
        struct stream *s = &streams[stream_count++];

        s->path = argv[i + 1];
        s->rate = atof(argv[i + 2]);
        s->text_len = (size_t)snprintf(s->text, sizeof(s->text),
                                       "%s %s HTTP/1.1\r\nHost: a\r\n\r\n", argv[i], argv[i + 1]);
    }
    generate(seconds, (uint64_t)atoi(argv[3]) * NS_PER_MS);
    report(seconds);
    return 0;
}
