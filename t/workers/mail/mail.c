/* SPDX-License-Identifier: MIT */
#include "workers/mail/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "lib/core/system/file.h"
#include "lib/core/json/jget.h"
#include "lib/core/log.h"
#include "t/fixtures/peer.h"
#include "workers/outbound/outbound.h"

static struct worker worker;
static char folder[64], path[96];
static char said[16384];
static int refused, refusals;

static void set_up(void)
{
    strcpy(folder, "/tmp/leat-unit-mail-XXXXXX");
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/mail", folder);
}

static void tear_down(void)
{
    mail_close(&worker);
    outbound_close(&worker);
    json_object_put(worker.release);
    unlink(path);
    rmdir(folder);
}

TestSuite(mail, .init = set_up, .fini = tear_down, .timeout = 60);

/* Starts a worker with that mail configuration. */
static void start(const char *mail)
{
    struct buf text = {0};
    struct fault fault = {0};

    buf_printf(&text, "{\"config\": {\"mail\": %s}, \"templates\": null}", mail);
    worker.release = json_tokener_parse(buf_text(&text));
    cr_assert(worker.release, "%s", mail);
    worker.config = jget(worker.release, "config");
    cr_assert(mail_open(&worker, &fault), "%s", fault.text);
    mail_start(&worker);
    buf_fini(&text);
}

static void turn_until_empty(void)
{
    uint64_t end = clock_ns() + 20 * NS_PER_S;

    while (mail_waits(&worker) && clock_ns() < end) {
        peer_turn_once();
        mail_tick(&worker);
    }
    cr_expect(!mail_waits(&worker));
}

Test(mail, is_off)
{
    start("{}");
    cr_expect(!mail_is_on(&worker) && !mail_waits(&worker));
    cr_expect(!mail_send(&worker, MAIL_VERIFY_EMAIL, "a@b", &(struct mail_variables){0}));
}

Test(mail, goes_into_a_file)
{
    struct buf file = {0};
    char config[256];
    struct stat st;

    snprintf(config, sizeof(config), "{\"from\": \"Todo <no@todo.example>\", \"file\": \"%s\"}",
             path);
    start(config);
    cr_expect(mail_is_on(&worker));
    cr_expect(mail_send(&worker, MAIL_VERIFY_EMAIL, "ada@example.com",
                        &(struct mail_variables){.token = "T0\nFrom x"}));
    cr_expect(mail_send(&worker, MAIL_PASSWORD_CHANGED, "bob@example.com",
                        &(struct mail_variables){.app = "B\303\274cher"}));
    cr_expect(
        !mail_send(&worker, MAIL_VERIFY_EMAIL, "a@b\r\nBcc: c@d", &(struct mail_variables){0}));
    cr_expect(!mail_waits(&worker));
    cr_expect(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
    cr_assert(file_read(path, 1 << 20, &file));
    cr_expect(strstr(buf_text(&file), "\nFrom: Todo <no@todo.example>\nTo: <ada@example.com>\n"
                                      "Subject: Confirm your address for Todo\n"),
              "%s", file.data);
    cr_expect(strstr(file.data, "\nCode: T0 From x\n") && !strstr(file.data, "Link:") &&
              !strchr(file.data, '\r'));
    cr_expect(strstr(file.data, "\nTo: <bob@example.com>\nSubject: =?utf-8?Q?Your=20passwor"));
    cr_expect(strncmp(file.data, "From no@todo.example ", 21) == 0);
    buf_fini(&file);
}

/* Serves SMTP, and refuses that many messages, temporarily or permanently. */
static void serve_smtp(int fd)
{
    char line[1024];
    size_t len = strlen(said);

    peer_send(fd, "220 here\r\n");
    while (peer_read(fd, "\r\n", line, sizeof(line))) {
        const char *answer = "250 OK\r\n";

        if (strncmp(line, "RCPT", 4) == 0 && refused > 0 && refused--)
            answer = "450 later\r\n";
        else if (strncmp(line, "RCPT", 4) == 0 && refused < 0)
            answer = "550 never\r\n", refusals++;
        else if (strncmp(line, "DATA", 4) == 0)
            answer = "354 go\r\n";
        len += (size_t)snprintf(said + len, sizeof(said) - len, "%s", line);
        peer_send(fd, answer);
        if (strncmp(line, "DATA", 4) == 0) {
            peer_read(fd, "\r\n.\r\n", said + len, (int)(sizeof(said) - len));
            len = strlen(said);
            peer_send(fd, "250 OK\r\n");
        }
        if (strncmp(line, "QUIT", 4) == 0)
            return;
    }
}

static struct peer *start_smtp(void)
{
    struct peer *p = peer_start(serve_smtp);
    char config[256];

    snprintf(config, sizeof(config),
             "{\"from\": \"no@todo.example\", \"smtp\": {\"url\": \"smtp://127.0.0.1:%d\", "
             "\"starttls\": \"off\"}}",
             peer_port(p));
    start(config);
    worker.state = WORKER_CLOSING; /* repeats at once */
    return p;
}

static void stop_smtp(struct peer **p)
{
    mail_close(&worker);
    outbound_close(&worker); /* ends the conversation */
    peer_stop(p);
}

Test(mail, goes_to_a_server)
{
    struct peer *p = start_smtp();

    cr_assert(mail_send(&worker, MAIL_RESET_PASSWORD, "ada@example.com",
                        &(struct mail_variables){.link = "https://todo.example/reset?t=1"}));
    cr_expect(mail_waits(&worker));
    turn_until_empty();
    stop_smtp(&p);
    cr_expect(strstr(said, "MAIL FROM:<no@todo.example>") &&
                  strstr(said, "RCPT TO:<ada@example.com>"),
              "%s", said);
    cr_expect(
        strstr(said,
               "\r\n\r\nSomebody asked for a new password for ada@example.com at todo.example."
               "\r\n") &&
            strstr(said, "\r\nLink: https://todo.example/reset?t=1\r\n\r\n"),
        "%s", said);
}

Test(mail, is_repeated_where_that_may_help)
{
    struct peer *p = start_smtp();

    refused = 2;
    cr_assert(
        mail_send(&worker, MAIL_VERIFY_EMAIL, "ada@example.com", &(struct mail_variables){0}));
    turn_until_empty();
    cr_expect(refused == 0 && strstr(said, "DATA"), "%s", said);
    said[0] = '\0';
    refused = 3;
    cr_assert(
        mail_send(&worker, MAIL_VERIFY_EMAIL, "ada@example.com", &(struct mail_variables){0}));
    turn_until_empty();
    cr_expect(refused == 0 && !strstr(said, "DATA"), "%s", said);
    refusals = 0;
    refused = -1;
    cr_assert(
        mail_send(&worker, MAIL_VERIFY_EMAIL, "ada@example.com", &(struct mail_variables){0}));
    turn_until_empty();
    stop_smtp(&p);
    cr_expect(refusals == 1, "%d", refusals);
}

Test(mail, is_bounded)
{
    char config[256];
    int taken = 0;

    /* A server that cannot be reached at once, so that everything waits. */
    struct peer *p = peer_start(NULL);

    snprintf(config, sizeof(config),
             "{\"from\": \"no@todo.example\", \"smtp\": {\"url\": \"smtp://127.0.0.1:%d\", "
             "\"starttls\": \"off\"}}",
             peer_port(p));
    peer_stop(&p);
    start(config);
    for (int i = 0; i < 300; i++)
        taken += mail_send(&worker, MAIL_VERIFY_EMAIL, "ada@example.com",
                           &(struct mail_variables){.token = "T"});
    cr_expect(taken == 256, "%d", taken);
}
