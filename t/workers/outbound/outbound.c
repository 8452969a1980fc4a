/* SPDX-License-Identifier: MIT */
#include "workers/outbound/outbound.h"

#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "t/lib/auth/jose/jose_fixture.h"
#include "t/fixtures/peer.h"

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

/* Sends interim answers without end or meaning. */
static void serve_interim(int fd)
{
    peer_read(fd, "\r\n\r\n", asked, sizeof(asked));
    while (peer_send(fd, "HTTP/1.1 103 Early Hints\r\nX-A: 0123456789012345678901234567\r\n\r\n"))
        ;
}

static void serve_trailers(int fd)
{
    peer_read(fd, "\r\n\r\n", asked, sizeof(asked));
    peer_send(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n");
    while (peer_send(fd, "X-A: 0123456789012345678901234567890123456789\r\n"))
        ;
}

/* Sends a byte now and then, so that the connection is never idle. */
static void serve_drops(int fd)
{
    peer_read(fd, "\r\n\r\n", asked, sizeof(asked));
    peer_send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (peer_send(fd, "x"))
        usleep(10000);
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

/* Waits until the client leaves. */
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
    return (struct outbound_request){
        .url = url, .configured = url, .done = on_done, .arg = &is_done};
}

Test(outbound, asks_and_is_answered)
{
    static const struct outbound_header headers[] = {{"Accept", "application/json"}, {"X-A", "1"}};
    struct peer *p = peer_start(serve_echo);
    char url[64];
    struct outbound_request o = ask(p, url);

    o.headers = headers;
    o.header_count = 2;
    cr_assert(outbound_submit(&worker, &o) == LATER, "%s", o.error);
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
    cr_assert(outbound_submit(&worker, &o) == LATER);
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
        {serve_endless, 0, "the response is too long"},
        {serve_headers, 0, "the response has too many headers"},
        {serve_interim, 0, "the response has too many headers"},
        {serve_trailers, 0, "the response has too many headers"},
        {serve_drops, 300, "timed out"},
        {serve_garbage, 0, "Received HTTP/0.9 when not allowed"},
        {serve_half, 0, "transfer closed"},
        {serve_nothing, 300, "timed out"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct peer *p = peer_start(rows[i].serve);
        char url[64];
        struct outbound_request o = ask(p, url);

        o.timeout_ms = rows[i].timeout_ms;
        cr_assert(outbound_submit(&worker, &o) == LATER, "%s", o.error);
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
        cr_assert(outbound_submit(&worker, &o) == LATER, "%s", o.error);
        peer_turn(&is_done);
        cr_expect(o.status == 302 && !strstr(asked, "Cookie"), "%d %s", o.status, o.error);
        buf_fini(&o.answer);
    }
    peer_stop(&p);
}

/* Requests that are refused before anything is sent. */
Test(outbound, refuses)
{
    static const struct {
        const char *url, *configured;
        bool is_taken;
    } rows[] = {
        {"https://id.example/", NULL, true},
        {"https://id.example/", "https://id.example/", true},
        {"http://id.example/", NULL, false},
        {"http://id.example/", "http://id.example/", false},
        {"http://localhost:80/", NULL, false},
        {"http://localhost:80/", "https://id.example/", false},
        {"http://localhost:80/", "http://localhost:81/", false},
        {"http://localhost:80/", "http://127.0.0.1:80/", false},
        {"http://localhost:80/keys", "http://localhost/", true},
        {"http://127.0.0.1/", NULL, false},
        {"http://127.0.0.1/", "http://127.0.0.1/issuer", true},
        {"http://0x7f.1/", "http://127.0.0.1/", true},
        {"http://[::1]:8080/", "http://[::1]:8080", true},
        {"http://127.0.0.1:80/", "https://127.0.0.1:80/", false},
        {"http://10.0.0.1/", "http://10.0.0.1/", false},
        {"http://127.evil.example/", "http://127.evil.example/", false},
        {"http://localhost.evil.example/", "http://localhost.evil.example/", false},
        {"https://user:secret@id.example/", NULL, false},
        {"http://127.0.0.1@id.example/", "http://127.0.0.1/", false},
        {"ftp://id.example/", NULL, false},
        {"file:///etc/passwd", NULL, false},
        {"smtp://id.example/", NULL, false},
        {"id.example", NULL, false},
        {"https://", NULL, false},
        {"https://id.example/a b", NULL, false},
        {"https://id.example/\r\nX: y", NULL, false},
        {"", NULL, false},
    };
    static const struct outbound_header split[] = {{"X-A", "1\r\nX-B: 2"}};
    struct outbound_request o;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) { /* a header is refused */
        o = (struct outbound_request){.url = rows[i].url,
                                      .configured = rows[i].configured,
                                      .headers = split,
                                      .header_count = 1};
        cr_expect(outbound_submit(&worker, &o) == DONE && !o.transfer);
        cr_expect(!strstr(o.error, "line break") != rows[i].is_taken, "%s by %s: %s", rows[i].url,
                  rows[i].configured, o.error);
    }
}

static bool is_reached;

/* Accepts any client and anything it says. */
static void serve_any(int fd)
{
    char byte[2];

    is_reached = true;
    peer_read(fd, "no such", byte, sizeof(byte));
}

/* Requests https from a peer that knows no TLS; returns whether a connection was made. */
static bool reaches(struct peer *p, const char *url_format, const char *configured_format)
{
    char url[64], configured[64];
    struct outbound_request o;

    snprintf(url, sizeof(url), url_format, peer_port(p));
    snprintf(configured, sizeof(configured), configured_format ? configured_format : "",
             peer_port(p));
    o = (struct outbound_request){.url = url,
                                  .configured = configured_format ? configured : NULL,
                                  .timeout_ms = 3000,
                                  .done = on_done,
                                  .arg = &is_done};
    is_done = is_reached = false;
    cr_assert(outbound_submit(&worker, &o) == LATER, "%s: %s", url, o.error);
    peer_turn(&is_done);
    cr_expect(o.status == 0);
    cr_expect(!strstr(o.error, "is not public") == is_reached, "%s: %s", url, o.error);
    buf_fini(&o.answer);
    return is_reached;
}

/* The address decides, not the name, because a name server's answer can change. */
Test(outbound, leads_into_no_network_of_ours)
{
    static const char *const urls[] = {
        "https://127.0.0.1:%d/",
        "https://localhost:%d/",
        "https://127.1:%d/",
        "https://0x7f000001:%d/",
        "https://2130706433:%d/",
        "https://0177.0.0.1:%d/",
        "https://0.0.0.0:%d/",
        "https://[::ffff:127.0.0.1]:%d/",
        "https://[::1]:%d/",
        "https://[::]:%d/",
        "https://[::ffff:0:127.0.0.1]:%d/",
        "https://[64:ff9b::7f00:1]:%d/",
        "https://169.254.169.254:%d/",
        "https://[fd00:ec2::254]:%d/",
        "https://10.0.0.1:%d/",
        "https://100.100.100.200:%d/",
    };
    struct peer *p = peer_start(serve_any);

    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
        cr_expect(!reaches(p, urls[i], NULL), "%s", urls[i]);
    cr_expect(!reaches(p, "https://127.0.0.1:%d/", "https://id.example/"), "of a provider");
    cr_expect(!reaches(p, "https://127.0.0.1:%d/", "https://127.0.0.1:1/"), "at another port");
    cr_expect(!reaches(p, "https://127.0.0.1:%d/", "http://127.0.0.1:%d/"), "by another scheme");
    cr_expect(reaches(p, "https://127.0.0.1:%d/keys", "https://127.0.0.1:%d/"), "the operator's");
    cr_expect(reaches(p, "https://localhost:%d/keys", "https://localhost:%d/"), "by that name");
    cr_expect(!reaches(p, "https://127.0.0.1:%d/", NULL), "which leaves nobody a way");
    peer_stop(&p);
}

Test(outbound, but_where_the_configuration_allows_it)
{
    struct peer *p = peer_start(serve_any);

    worker.config = jose_json("{'outbound':{'allow':['10.0.0.0/8','127.0.0.1']}}");
    cr_expect(reaches(p, "https://127.0.0.1:%d/", NULL));
    cr_expect(reaches(p, "https://localhost:%d/", "https://id.example/"), "by any name");
    cr_expect(!reaches(p, "https://127.0.0.2:%d/", NULL), "and no more");
    cr_expect(!reaches(p, "https://169.254.169.254:%d/", NULL));
    peer_stop(&p);
    json_object_put(worker.config);
    worker.config = NULL;
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
        cr_assert(outbound_submit(&worker, &waiting[i]) == LATER, "%s", waiting[i].error);
    }
    cr_assert(outbound_submit(&worker, &o) == LATER, "%s", o.error);
    more = ask(quick, url);
    cr_expect(outbound_submit(&worker, &more) == DONE && strstr(more.error, "too many"));
    peer_turn(&is_done);
    cr_expect(o.status == 200);
    buf_fini(&o.answer);
    for (int i = 0; i < OUTBOUND_MAX - 1; i++) {
        outbound_cancel(&waiting[i]);
        cr_expect(!waiting[i].transfer);
        outbound_cancel(&waiting[i]);
    }
    memset(waiting, 0xff, sizeof(waiting));
    for (int i = 0; i < OUTBOUND_MAX; i++) { /* their slots are free again */
        waiting[i] = ask(slow, slow_url);
        waiting[i].arg = &is_second_done;
        while (outbound_submit(&worker, &waiting[i]) == DONE)
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

    cr_assert(outbound_submit(&worker, &o) == LATER, "%s", o.error);
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
