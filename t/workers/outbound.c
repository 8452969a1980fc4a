/* SPDX-License-Identifier: MIT */
#include "workers/outbound.h"

#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "t/workers/peer.h"

static struct worker worker;
static char asked[8192];
static bool is_done, is_second_done;

static void on_done(struct outbound_request *o)
{
    *(bool *)o->arg = true;
}

static void tear_down(void)
{
    outbound_close(&worker);
}

TestSuite(outbound, .fini = tear_down, .timeout = 60);

static void serve_echo(int fd)
{
    char more[64];

    if (!peer_read(fd, "\r\n\r\n", asked, sizeof(asked)))
        return;
    if (strncmp(asked, "POST", 4) == 0 && !strstr(asked, "end"))
        peer_read(fd, "end", more, sizeof(more));
    peer_send(fd,
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{}");
}

static void serve_moved(int fd)
{
    peer_read(fd, "\r\n\r\n", asked, sizeof(asked));
    peer_send(fd, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nSet-Cookie: a=b\r\n"
                  "Content-Length: 0\r\nConnection: close\r\n\r\n");
}

static void serve_endless(int fd)
{
    static char block[65537];

    memset(block, 'x', sizeof(block) - 1);
    peer_read(fd, "\r\n\r\n", asked, sizeof(asked));
    peer_send(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    while (peer_send(fd, block))
        ;
}

static void serve_headers(int fd)
{
    peer_read(fd, "\r\n\r\n", asked, sizeof(asked));
    peer_send(fd, "HTTP/1.1 200 OK\r\n");
    while (peer_send(fd, "X-A: 0123456789012345678901234567890123456789\r\n"))
        ;
}

static void serve_garbage(int fd)
{
    peer_read(fd, "\r\n\r\n", asked, sizeof(asked));
    peer_send(fd, "garbage\r\n\r\n");
}

static void serve_half(int fd)
{
    peer_read(fd, "\r\n\r\n", asked, sizeof(asked));
    peer_send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
}

/* Until the client goes. */
static void serve_nothing(int fd)
{
    char rest[64];

    peer_read(fd, "no such", asked, sizeof(asked));
    peer_read(fd, "no such", rest, sizeof(rest));
}

static struct outbound_request ask(struct peer *p, char url[static 64])
{
    snprintf(url, 64, "http://127.0.0.1:%d/p?q=1", peer_port(p));
    is_done = false;
    return (struct outbound_request){.url = url, .done = on_done, .arg = &is_done};
}

Test(outbound, asks_and_is_answered)
{
    static const struct outbound_header headers[] = {{"Accept", "application/json"}, {"X-A", "1"}};
    struct peer *p = peer_start(serve_echo);
    char url[64];
    struct outbound_request o = ask(p, url);

    o.headers = headers;
    o.header_count = 2;
    cr_assert(outbound_submit(&worker, &o), "%s", o.error);
    peer_turn(&is_done);
    cr_expect(o.status == 200 && slice_is(buf_slice(&o.answer), "{}"), "%d %s", o.status, o.error);
    cr_expect_str_eq(o.content_type, "application/json");
    cr_expect(strstr(asked, "GET /p?q=1 HTTP/1.1\r\n") &&
                  strstr(asked, "Accept: application/json") && strstr(asked, "X-A: 1") &&
                  strstr(asked, "User-Agent: leat/"),
              "%s", asked);
    cr_expect(!strstr(asked, "Accept-Encoding") && !strstr(asked, "Cookie"), "%s", asked);
    buf_fini(&o.answer);

    o.method = OUTBOUND_POST;
    o.body = SLICE_LIT("a=b&c=end");
    is_done = false;
    cr_assert(outbound_submit(&worker, &o));
    peer_turn(&is_done);
    cr_expect(o.status == 200 && strstr(asked, "POST /p?q=1") && strstr(asked, "Content-Length: 9"),
              "%s", asked);
    buf_fini(&o.answer);
    peer_stop(&p);
}

Test(outbound, fails_by_itself)
{
    static const struct {
        void (*serve)(int fd);
        uint64_t timeout_ms;
        const char *error;
    } rows[] = {
        {serve_endless, 0, "the answer is too long"},
        {serve_headers, 0, "the answer has too many headers"},
        {serve_garbage, 0, "Received HTTP/0.9 when not allowed"},
        {serve_half, 0, "transfer closed"},
        {serve_nothing, 300, "timed out"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct peer *p = peer_start(rows[i].serve);
        char url[64];
        struct outbound_request o = ask(p, url);

        o.timeout_ms = rows[i].timeout_ms;
        cr_assert(outbound_submit(&worker, &o), "%s", o.error);
        peer_turn(&is_done);
        cr_expect(o.status == 0 && strstr(o.error, rows[i].error), "%zu: %d %s", i, o.status,
                  o.error);
        cr_expect(o.answer.len <= 1 << 20);
        buf_fini(&o.answer);
        peer_stop(&p);
    }
}

Test(outbound, follows_nothing)
{
    struct peer *p = peer_start(serve_moved);
    char url[64];
    struct outbound_request o = ask(p, url);

    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    for (int i = 0; i < 2; i++) {
        is_done = false;
        cr_assert(outbound_submit(&worker, &o), "%s", o.error);
        peer_turn(&is_done);
        cr_expect(o.status == 302 && !strstr(asked, "Cookie"), "%d %s", o.status, o.error);
        buf_fini(&o.answer);
    }
    peer_stop(&p);
}

Test(outbound, refuses)
{
    static const struct {
        const char *url;
        bool allows_http, is_taken;
    } rows[] = {
        {"https://id.example/", false, true},
        {"http://id.example/", false, false},
        {"http://id.example/", true, true},
        {"http://localhost:80/", false, true},
        {"http://127.0.0.1/", false, true},
        {"http://[::1]:8080/", false, true},
        {"http://127.evil.example/", false, false},
        {"http://localhost.evil.example/", false, false},
        {"https://user:secret@id.example/", true, false},
        {"http://127.0.0.1@id.example/", false, false},
        {"ftp://id.example/", true, false},
        {"file:///etc/passwd", true, false},
        {"smtp://id.example/", true, false},
        {"id.example", true, false},
        {"https://", true, false},
        {"https://id.example/a b", true, false},
        {"https://id.example/\r\nX: y", true, false},
        {"", true, false},
    };
    static const struct outbound_header split[] = {{"X-A", "1\r\nX-B: 2"}};
    struct outbound_request o = {.url = "http://127.0.0.1:1/", .headers = split, .header_count = 1};
    const char *why;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_expect(outbound_takes_url(rows[i].url, rows[i].allows_http, &why) == rows[i].is_taken,
                  "%s", rows[i].url);
        cr_expect((why == NULL) == rows[i].is_taken);
    }
    cr_expect(!outbound_submit(&worker, &o) && strstr(o.error, "line end") && !o.transfer);
    o = (struct outbound_request){.url = "http://id.example/"};
    cr_expect(!outbound_submit(&worker, &o) && strstr(o.error, "http is allowed"));
}

Test(outbound, a_slow_peer_delays_nobody_and_is_forgotten)
{
    struct peer *slow = peer_start(serve_nothing), *quick = peer_start(serve_echo);
    char slow_url[64], url[64];
    struct outbound_request waiting[OUTBOUND_MAX], o = ask(quick, url), more;

    for (int i = 0; i < OUTBOUND_MAX - 1; i++) {
        waiting[i] = ask(slow, slow_url);
        waiting[i].arg = &is_second_done;
        waiting[i].timeout_ms = 60000;
        cr_assert(outbound_submit(&worker, &waiting[i]), "%s", waiting[i].error);
    }
    cr_assert(outbound_submit(&worker, &o), "%s", o.error);
    more = ask(quick, url);
    cr_expect(!outbound_submit(&worker, &more) && strstr(more.error, "too many"));
    peer_turn(&is_done);
    cr_expect(o.status == 200);
    buf_fini(&o.answer);
    for (int i = 0; i < OUTBOUND_MAX - 1; i++) {
        outbound_cancel(&waiting[i]);
        cr_expect(!waiting[i].transfer);
        outbound_cancel(&waiting[i]);
    }
    memset(waiting, 0xff, sizeof(waiting));
    for (int i = 0; i < OUTBOUND_MAX; i++) { /* their places are free again */
        waiting[i] = ask(slow, slow_url);
        waiting[i].arg = &is_second_done;
        while (!outbound_submit(&worker, &waiting[i]))
            peer_turn_once();
    }
    cr_expect(!is_second_done);
    outbound_close(&worker);
    peer_stop(&slow);
    peer_stop(&quick);
}

Test(outbound, closes_with_transfers_under_way)
{
    struct peer *p = peer_start(serve_nothing);
    char url[64];
    struct outbound_request o = ask(p, url);

    cr_assert(outbound_submit(&worker, &o), "%s", o.error);
    outbound_close(&worker);
    cr_expect(!o.transfer && !is_done && !worker.outbound);
    peer_stop(&p);
}

Test(outbound, encodes_forms)
{
    struct buf b = {0};

    outbound_put_form(&b, "grant_type", SLICE_LIT("authorization_code"));
    outbound_put_form(&b, "a b", SLICE_LIT("&=+/\303\274~-._%"));
    cr_expect_str_eq(buf_text(&b), "grant_type=authorization_code&a%20b=%26%3D%2B%2F%C3%BC~-._%25");
    buf_fini(&b);
}
