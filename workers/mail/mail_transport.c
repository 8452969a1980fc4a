/* SPDX-License-Identifier: MIT */
/*
 * The three ways in which mail can leave, one row of mail_transports each. The outcome of an
 * attempt is there when send() returns, or is reported later by mail_settle(). It says whether
 * trying again may help: a permanent refusal (5xx, an exit status other than EX_TEMPFAIL) must not
 * be repeated, a server that does not answer may be back soon.
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

static bool open_smtp(struct mail *m, const char *value, struct fault *fault)
{
    struct worker *w = m->worker;
    const char *tls = conf_string(w->config, "mail.smtp.starttls");

    (void)value, (void)fault;
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

/* Returns the outcome of SMTP. A permanent refusal is 5xx (RFC 5321, 4.2.1). */
static struct mail_outcome smtp_outcome(const struct outbound_request *o)
{
    struct mail_outcome out = {.is_sent = o->status == SMTP_SENT, .may_repeat = o->status < 500};

    if (o->status)
        fault_set(&out.fault, "answer %d: %s", o->status, o->error);
    else
        fault_set(&out.fault, "%s", o->error);
    return out;
}

static void on_smtp(struct outbound_request *o)
{
    struct mail_item *item = o->arg;
    struct mail *m = item->mail;
    struct mail_outcome out = smtp_outcome(o);

    buf_fini(&o->answer);
    mail_settle(m, item, &out);
    mail_pump(m);
}

static enum completion send_smtp(struct mail *m, struct mail_item *item, struct mail_outcome *out)
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
    if (outbound_submit(m->worker, &item->request) == LATER)
        return LATER;
    *out = smtp_outcome(&item->request);
    return DONE;
}

/* Converts the message to the line ends of local mail. */
static void drop_returns(struct buf *out, struct slice message)
{
    for (size_t i = 0; i < message.len; i++)
        if (message.data[i] != '\r')
            buf_putc(out, message.data[i]);
}

static bool open_command(struct mail *m, const char *value, struct fault *fault)
{
    if (mailer_open(&m->mailer, value))
        return true;
    return fault_set(fault, "mail.command: %s: %s", value, strerror(errno));
}

void mail_on_mailer(void *arg)
{
    struct mail *m = arg;
    struct mailer_outcome done;
    struct mail_outcome out;
    struct mail_item *item = m->first;

    if (!mailer_take(&m->mailer, &done))
        return;
    if (m->mailer.fd < 0)
        http_unwatch(mail_on_mailer);
    while (item && !item->is_running)
        item = item->next;
    out = (struct mail_outcome){.is_sent = !done.status, .may_repeat = done.status == TEMPORARY};
    fault_set(&out.fault, "%s", done.why);
    if (item)
        mail_settle(m, item, &out);
    mail_pump(m);
}

static enum completion send_command(struct mail *m, struct mail_item *item,
                                    struct mail_outcome *out)
{
    struct buf text = {0};
    bool ok;

    drop_returns(&text, buf_slice(&item->message));
    ok = mailer_send(&m->mailer, buf_slice(&text));
    buf_fini(&text);
    if (ok)
        return LATER;
    *out = (struct mail_outcome){.may_repeat = false};
    fault_set(&out->fault, "the process that runs mail.command has exited");
    return DONE;
}

/* Opens the file, which may be a FIFO, without blocking: without a reader it is an error, and when
 * it is full the message is tried again later. */
static bool open_file(struct mail *m, const char *value, struct fault *fault)
{
    m->file = open(value, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (m->file >= 0)
        return true;
    return fault_set(fault, "mail.file: %s: %s", value, strerror(errno));
}

/* Appends the message to the mbox: "From …" precedes it, and lines that begin so are quoted. */
static enum completion send_file(struct mail *m, struct mail_item *item, struct mail_outcome *out)
{
    struct buf text = {0}, mbox = {0};
    struct slice rest;
    ssize_t n;

    drop_returns(&text, buf_slice(&item->message));
    buf_printf(&mbox, "From %s %llu\n", m->from, (unsigned long long)clock_real_ms());
    for (rest = buf_slice(&text); rest.len;) {
        struct slice line = slice_cut(&rest, '\n');

        if (line.len >= 5 && memcmp(line.data, "From ", 5) == 0)
            buf_putc(&mbox, '>');
        buf_put(&mbox, line.data, line.len);
        buf_putc(&mbox, '\n');
    }
    buf_putc(&mbox, '\n');
    n = write(m->file, mbox.data, mbox.len);
    *out = (struct mail_outcome){.is_sent = n == (ssize_t)mbox.len, .may_repeat = true};
    fault_set(&out->fault, "%s", strerror(n < 0 ? errno : ENOSPC));
    buf_fini(&text);
    buf_fini(&mbox);
    return DONE;
}

const struct mail_transport mail_transports[MAIL_TRANSPORT_COUNT] = {
    {"mail.smtp.url", open_smtp, send_smtp, SMTP_AT_ONCE},
    {"mail.command", open_command, send_command, 1},
    {"mail.file", open_file, send_file, 1}};
