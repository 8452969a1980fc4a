/* SPDX-License-Identifier: MIT */
/*
 * The three ways in which mail can leave, one row of mail_transports each. A transport's send() reports
 * each attempt through mail_settle(), either at once or later, and says whether trying again may
 * help: a permanent refusal (5xx, an exit status other than EX_TEMPFAIL) must not be repeated, a
 * server that does not answer may be back soon.
 */
#include "workers/mail/mail_transport.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/conf/secret.h"
#include "lib/core/clock.h"
#include "lib/core/memory.h"
#include "workers/http/http.h"

enum {
    SMTP_AT_ONCE = 4,
    SMTP_MS = 30000,
    SMTP_SENT = 250,
    TEMPORARY = 75 /* sysexits.h: EX_TEMPFAIL */
};

static bool open_smtp(struct mail *m, const char *value, char **why)
{
    struct worker *w = m->worker;
    const char *tls = conf_string(w->config, "mail.smtp.starttls");

    (void)value, (void)why;
    m->url = conf_string(w->config, "mail.smtp.url");
    m->ca = secret_find(w->secrets, conf_string(w->config, "mail.smtp.ca"));
    m->envelope.from = m->from;
    m->envelope.username = slice_of(conf_string(w->config, "mail.smtp.username"));
    m->envelope.password = secret_find(w->secrets, conf_string(w->config, "mail.smtp.password"));
    m->envelope.starttls = strcmp(tls, "off") == 0        ? OUTBOUND_TLS_OFF
                           : strcmp(tls, "optional") == 0 ? OUTBOUND_TLS_OPTIONAL
                                                          : OUTBOUND_TLS_REQUIRED;
    return true;
}

/* Takes the outcome of SMTP. A permanent refusal is 5xx (RFC 5321, 4.2.1). */
static void on_smtp(struct outbound_request *o)
{
    struct mail_item *item = o->arg;
    struct mail *m = item->mail;
    char why[OUTBOUND_ERROR_MAX + 16];

    buf_fini(&o->answer);
    if (o->status)
        snprintf(why, sizeof(why), "answer %d: %s", o->status, o->error);
    else
        snprintf(why, sizeof(why), "%s", o->error);
    mail_settle(m, item, o->status == SMTP_SENT ? NULL : why, o->status < 500);
    mail_pump(m);
}

static void send_smtp(struct mail *m, struct mail_item *item)
{
    item->envelope = m->envelope;
    item->envelope.to = item->to;
    item->request = (struct outbound_request){.method = OUTBOUND_MAIL,
                                              .url = m->url,
                                              .body = buf_slice(&item->message),
                                              .envelope = &item->envelope,
                                              .timeout_ms = SMTP_MS,
                                              .ca = m->ca,
                                              .done = on_smtp,
                                              .arg = item};
    if (!outbound_submit(m->worker, &item->request))
        mail_settle(m, item, item->request.error, true);
}

/* Converts the message to the line ends of local mail. */
static void drop_returns(struct buf *out, struct slice message)
{
    for (size_t i = 0; i < message.len; i++)
        if (message.data[i] != '\r')
            buf_putc(out, message.data[i]);
}

static bool open_command(struct mail *m, const char *value, char **why)
{
    if (mailer_open(&m->mailer, value))
        return true;
    *why = xasprintf("mail.command: %s: %s", value, strerror(errno));
    return false;
}

void mail_on_mailer(void *arg)
{
    struct mail *m = arg;
    struct mailer_outcome out;
    struct mail_item *item = m->first;

    if (!mailer_take(&m->mailer, &out))
        return;
    if (m->mailer.fd < 0)
        http_unwatch(mail_on_mailer);
    while (item && !item->is_running)
        item = item->next;
    if (item)
        mail_settle(m, item, out.status ? out.why : NULL, out.status == TEMPORARY);
    mail_pump(m);
}

static void send_command(struct mail *m, struct mail_item *item)
{
    struct buf text = {0};
    bool ok;

    drop_returns(&text, buf_slice(&item->message));
    ok = mailer_send(&m->mailer, buf_slice(&text));
    buf_fini(&text);
    if (!ok)
        mail_settle(m, item, "the process that runs mail.command has exited", false);
}

/* Opens the file, which may be a FIFO, without blocking: without a reader it is an error, and when
 * it is full the message is tried again later. */
static bool open_file(struct mail *m, const char *value, char **why)
{
    m->file = open(value, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (m->file >= 0)
        return true;
    *why = xasprintf("mail.file: %s: %s", value, strerror(errno));
    return false;
}

/* Appends the message to the mbox: "From …" precedes it, and lines that begin so are quoted. */
static void send_file(struct mail *m, struct mail_item *item)
{
    struct buf text = {0}, out = {0};
    struct slice rest;
    ssize_t n;

    drop_returns(&text, buf_slice(&item->message));
    buf_printf(&out, "From %s %llu\n", m->from, (unsigned long long)clock_real_ms());
    for (rest = buf_slice(&text); rest.len;) {
        struct slice line = slice_cut(&rest, '\n');

        if (line.len >= 5 && memcmp(line.data, "From ", 5) == 0)
            buf_putc(&out, '>');
        buf_put(&out, line.data, line.len);
        buf_putc(&out, '\n');
    }
    buf_putc(&out, '\n');
    n = write(m->file, out.data, out.len);
    mail_settle(m, item, n == (ssize_t)out.len ? NULL : strerror(n < 0 ? errno : ENOSPC), true);
    buf_fini(&text);
    buf_fini(&out);
}

const struct mail_transport mail_transports[MAIL_TRANSPORT_COUNT] = {
    {"mail.smtp.url", open_smtp, send_smtp, SMTP_AT_ONCE},
    {"mail.command", open_command, send_command, 1},
    {"mail.file", open_file, send_file, 1}};
