/* SPDX-License-Identifier: MIT */
/*
 * The queue of messages. A message waits until it is due, is sent, and then succeeds, becomes due
 * again a while later, or is given up. The queue is in memory: a worker that drains waits for it,
 * and one that dies loses it.
 */
#include "workers/mail/mail.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "lib/core/text/mailbox.h"
#include "workers/http/http.h"
#include "workers/mail/mail_message.h"
#include "workers/mail/mail_text.h"
#include "workers/mail/mail_transport.h"

enum { ITEMS_MAX = 256, BYTES_MAX = 4 << 20 /* limits of the whole queue */ };

/* Delays after attempts that may be repeated. */
static const unsigned pauses_s[] = {5, 30};

enum { ATTEMPTS_MAX = sizeof(pauses_s) / sizeof(*pauses_s) + 1 };

static void drop_item(struct mail *m, struct mail_item *item)
{
    struct mail_item **at = &m->first;

    assert(m->count && m->bytes >= item->message.len);
    while (*at != item)
        at = &(*at)->next;
    *at = item->next;
    m->count--;
    m->bytes -= item->message.len;
    outbound_cancel(&item->request);
    buf_fini(&item->request.answer);
    buf_fini(&item->message);
    free(item);
}

void mail_settle(struct mail *m, struct mail_item *item, const struct mail_outcome *out)
{
    const char *kind = mail_kind_name(item->kind);
    bool is_last = !out->may_repeat || item->attempts >= ATTEMPTS_MAX;

    assert(item->is_running && m->running);
    assert(item->attempts);
    item->is_running = false;
    m->running--;
    if (out->is_sent) {
        log_info("mail.sent", "kind=%s to=%s attempts=%u", kind, item->to, item->attempts);
        drop_item(m, item);
    } else if (is_last) {
        log_error("mail.failed", "kind=%s to=%s attempts=%u error=\"%s\"", kind, item->to,
                  item->attempts, out->fault.text);
        drop_item(m, item);
    } else {
        unsigned pause_s = m->worker->state == WORKER_CLOSING ? 0 : pauses_s[item->attempts - 1];

        log_warn("mail.delayed", "kind=%s to=%s attempts=%u error=\"%s\"", kind, item->to,
                 item->attempts, out->fault.text);
        item->due_ns = clock_ns() + pause_s * NS_PER_S;
    }
}

static struct mail_item *next_due(struct mail *m)
{
    uint64_t now = clock_ns();
    struct mail_item *item = m->first;

    while (item && (item->is_running || item->due_ns > now))
        item = item->next;
    return item;
}

void mail_pump(struct mail *m)
{
    struct mail_outcome out;
    struct mail_item *item;

    while (m->running < m->transport->at_once && (item = next_due(m))) {
        item->is_running = true;
        item->attempts++;
        m->running++;
        if (m->transport->send(m, item, &out) == DONE)
            mail_settle(m, item, &out);
    }
}

static void read_from(struct mail *m)
{
    struct slice address = {0}, app, host;

    mailbox_split(conf_string(m->worker->config, "mail.from"), &m->name, &address);
    memcpy(m->from, address.data, address.len);
    host = address;
    slice_cut(&host, '@');
    app = m->name.len ? m->name : host;
    memcpy(m->app, app.data, app.len < sizeof(m->app) ? app.len : sizeof(m->app) - 1);
}

bool mail_open(struct worker *w, struct fault *fault)
{
    struct mail *m;

    for (size_t i = 0; i < MAIL_TRANSPORT_COUNT; i++) {
        const char *value = conf_string(w->config, mail_transports[i].key);

        if (!value)
            continue;
        m = w->mail = xcalloc(1, sizeof(*m));
        m->worker = w;
        m->transport = &mail_transports[i];
        m->file = m->mailer.fd = -1;
        read_from(m);
        return m->transport->open(m, value, fault);
    }
    return true;
}

void mail_start(struct worker *w)
{
    if (!w->mail)
        return;
    mail_text_read(jget(w->release, "templates"), w->mail->texts);
    if (w->mail->mailer.fd >= 0)
        http_watch(w->mail->mailer.fd, mail_on_mailer, w->mail);
}

void mail_tick(struct worker *w)
{
    if (w->mail)
        mail_pump(w->mail);
}

bool mail_is_on(const struct worker *w)
{
    return w->mail;
}

bool mail_waits(const struct worker *w)
{
    return w->mail && w->mail->count;
}

static bool put_message(struct mail *m, struct mail_item *item, const struct mail_variables *v)
{
    struct mail_variables all = *v;
    struct buf subject = {0}, body = {0};
    struct mail_message message;
    bool ok;

    all.email = v->email ? v->email : item->to;
    all.app = v->app ? v->app : m->app;
    mail_text_put(&subject, m->texts[item->kind].subject, &all);
    mail_text_put(&body, m->texts[item->kind].body, &all);
    message = (struct mail_message){.from_name = m->name,
                                    .from = slice_of(m->from),
                                    .to = slice_of(item->to),
                                    .subject = buf_slice(&subject),
                                    .body = buf_slice(&body),
                                    .real_ms = clock_real_ms()};
    ok = mail_message_put(&item->message, &message) && item->message.len <= MAILER_MESSAGE_MAX;
    buf_fini(&subject);
    buf_fini(&body);
    return ok;
}

static void append_item(struct mail *m, struct mail_item *item)
{
    struct mail_item **at = &m->first;

    while (*at)
        at = &(*at)->next;
    *at = item;
    m->count++;
    m->bytes += item->message.len;
}

bool mail_send(struct worker *w, enum mail_kind kind, const char *to,
               const struct mail_variables *v)
{
    struct mail *m = w->mail;
    struct mail_item *item;

    if (!m || !mailbox_is_address(slice_of(to)))
        return false;
    item = xcalloc(1, sizeof(*item));
    item->mail = m;
    item->kind = kind;
    memcpy(item->to, to, strlen(to) + 1);
    if (!put_message(m, item, v) || m->count >= ITEMS_MAX ||
        m->bytes + item->message.len > BYTES_MAX) {
        log_error("mail.dropped", "kind=%s to=%s queue=%u", mail_kind_name(kind), to, m->count);
        buf_fini(&item->message);
        free(item);
        return false;
    }
    append_item(m, item);
    mail_pump(m);
    return true;
}

void mail_close(struct worker *w)
{
    struct mail *m = w->mail;

    if (!m)
        return;
    http_unwatch(mail_on_mailer); /* the process waits for its last descriptor to close */
    mailer_close(&m->mailer, m->running > 0);
    while (m->first) {
        log_error("mail.dropped", "kind=%s to=%s attempts=%u", mail_kind_name(m->first->kind),
                  m->first->to, m->first->attempts);
        drop_item(m, m->first);
    }
    if (m->file >= 0)
        close(m->file);
    free(m);
    w->mail = NULL;
}
