/* SPDX-License-Identifier: MIT */
#include "lib/core/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "lib/core/json/jread.h"

static int pipe_fds[2];

static void start(enum log_level level, bool json)
{
    cr_assert(pipe(pipe_fds) == 0);
    log_open(&(struct log_options){"unit", level, json, {pipe_fds[1], pipe_fds[1]}});
}

/* Everything that was written, after log_close(). */
static char *finish(void)
{
    static char text[1 << 16];
    ssize_t n;
    size_t len = 0;

    log_close();
    close(pipe_fds[1]);
    while ((n = read(pipe_fds[0], text + len, sizeof(text) - len - 1)) > 0)
        len += (size_t)n;
    text[len] = '\0';
    close(pipe_fds[0]);
    return text;
}

Test(log, writes_text)
{
    char want[64], *text;

    start(LOG_LEVEL_INFO, false);
    log_info("worker.ready", "slot=%d", 1);
    log_debug("hidden", "x");
    log_error("bad", "%s", "a\nb\x1b[31m\x7f");
    log_write(LOG_SINK_ACCESS, "raw\tline", 8);
    log_configure(LOG_LEVEL_ERROR, false);
    log_warn("hidden", "x");
    text = finish();
    snprintf(want, sizeof(want), "Z info  unit[%d] worker.ready slot=1\n", (int)getpid());
    cr_expect(strstr(text, want), "%s", text);
    cr_expect(!strstr(text, "hidden") && !strchr(text, '\x1b') && !strchr(text, '\x7f'));
    cr_expect(strstr(text, "bad a\\x0ab\\x1b[31m\\x7f\n"), "%s", text);
    cr_expect(strstr(text, "raw\tline\n"));
}

Test(log, writes_json)
{
    char *text, *end;
    int lines = 0;

    start(LOG_LEVEL_DEBUG, true);
    cr_expect(log_is_json());
    log_info("a", "quote=\" back=\\ nl=\n utf=\xc3\xa4 bad=\xff");
    log_debug("b", "%s", "");
    for (text = finish(); (end = strchr(text, '\n')); text = end + 1) {
        cr_expect(jread_is_json(text, (size_t)(end - text), 4), "%.*s", (int)(end - text), text);
        lines++;
    }
    cr_expect(lines == 2 && !*text);
}

Test(log, writes_fields_as_json)
{
    static const char hostile[] = "x\" id=9, y=: \x1e";
    char *text;

    start(LOG_LEVEL_DEBUG, true);
    log_info("a", "generation=%u workers=%d: past %s", 3u, -2, "drain.timeout");
    log_info("b", "cause=\"%s\" id=%s at=%s:%d long=%lu size=%zu none=", hostile, hostile, "f", 7,
             5000000000UL, (size_t)6);
    log_info("c", "key=\"%.*s\" cut=%.3s", 2, "abc", "abcdef");
    log_info("d", "%s was changed; reload: id=%s", "file=1", "i");
    log_info("e", "no field: %s", "Landlock");
    text = finish();
    cr_expect(strstr(text, "\"event\":\"a\",\"fields\":{\"generation\":3,\"workers\":-2},"
                           "\"message\":\"past drain.timeout\"}\n"));
    cr_expect(strstr(text,
                     "{\"cause\":\"x\\\" id=9, y=: \\u001e\",\"id\":\"x\\\" id=9, y=: \\u001e\","
                     "\"at\":\"f:7\",\"long\":5000000000,\"size\":6,\"none\":\"\"}}\n"));
    cr_expect(strstr(text, "{\"key\":\"ab\",\"cut\":\"abc\"}}\n"));
    cr_expect(strstr(text, "{\"id\":\"i\"},\"message\":\"file=1 was changed; reload:\"}\n"));
    cr_expect(strstr(text, "\"event\":\"e\",\"message\":\"no field: Landlock\"}\n"), "%s", text);
}

Test(log, escapes)
{
    static const struct {
        const char *text, *want;
    } rows[] = {{"a b", "a b"},           {"a\r\n", "a\\x0d\\x0a"}, {"\t", "\\x09"},
                {"\xc3\xa4", "\xc3\xa4"}, {"\xff", "\\xff"},        {"\x9b", "\\x9b"},
                {"\x7f", "\\x7f"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf b = {0};

        log_escape(&b, slice_of(rows[i].text));
        cr_expect_str_eq(buf_text(&b), rows[i].want, "%s", b.data);
        buf_fini(&b);
    }
}

/* U+0080 to U+009F are control characters; U+009B alone begins an escape sequence (ECMA-48). */
Test(log, escapes_c1_controls)
{
    struct buf b = {0};

    log_escape(&b, SLICE_LIT("x\xc2\x9b"
                             "31mred\xc2\x85next"));
    cr_expect(!strstr(buf_text(&b), "\xc2\x9b") && !strstr(b.data, "\xc2\x85"), "%s", b.data);
    buf_fini(&b);
}

/* A sink that nobody reads: callers go on, lines are counted, closing takes a second at most. */
Test(log, never_waits_for_its_sink, .timeout = 60)
{
    char line[1000];
    uint64_t at;

    memset(line, 'x', sizeof(line));
    start(LOG_LEVEL_INFO, false);
    fcntl(pipe_fds[1], F_SETFL, O_NONBLOCK);
    at = clock_ns();
    for (int i = 0; i < 2000; i++)
        log_write(LOG_SINK_MAIN, line, sizeof(line));
    cr_expect(clock_ns() - at < NS_PER_S);
    cr_expect(log_dropped() > 1000, "%lu", (unsigned long)log_dropped());
    at = clock_ns();
    log_close();
    cr_expect(clock_ns() - at < 5 * NS_PER_S);
    _exit(0); /* the writing thread is still there */
}

Test(log, counts_what_a_closed_sink_loses)
{
    start(LOG_LEVEL_INFO, false);
    close(pipe_fds[0]);
    for (uint64_t i = 0; i < 10; i++) {
        uint64_t until = clock_ns() + 5 * NS_PER_S;

        log_info("a", "%d", (int)i);
        while (log_dropped() <= i && clock_ns() < until)
            usleep(1000);
    }
    log_close();
    cr_expect(log_dropped() == 10, "%lu", (unsigned long)log_dropped());
    close(pipe_fds[1]);
}
