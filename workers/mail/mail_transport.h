/* SPDX-License-Identifier: MIT */
/* The queue of mail.c and the transports of mail_transport.c, which share this header. */
#ifndef LEAT_WORKERS_MAIL_MAIL_TRANSPORT_H
#define LEAT_WORKERS_MAIL_MAIL_TRANSPORT_H

#include "lib/core/fault.h"
#include "lib/core/text/mailbox.h"
#include "workers/mail/mail_text.h"
#include "workers/mail/mailer.h"
#include "workers/outbound/outbound.h"

struct mail_item {
    struct mail *mail;
    enum mail_kind kind;
    char to[MAILBOX_MAX + 1];
    struct buf message;
    unsigned attempts;
    uint64_t due_ns;
    bool is_running;
    struct outbound_request request; /* for smtp */
    struct outbound_envelope envelope;
    struct mail_item *next;
};

/* What became of an attempt. */
struct mail_outcome {
    bool is_sent;
    bool may_repeat;    /* another attempt may help */
    struct fault fault; /* unless it is sent */
};

/* A way in which mail leaves. `open` returns false with *fault on failure. `send` attempts to send
 * one message. DONE: *out has the outcome. LATER: mail_settle() is called with it. */
struct mail_transport {
    const char *key;
    bool (*open)(struct mail *m, const char *value, struct fault *fault);
    enum completion (*send)(struct mail *m, struct mail_item *item, struct mail_outcome *out);
    unsigned at_once;
};

struct mail {
    struct worker *worker;
    const struct mail_transport *transport;
    struct mail_text texts[MAIL_KIND_COUNT];
    struct slice name;
    char from[MAILBOX_MAX + 1], app[MAILBOX_MAX + 1];
    struct outbound_envelope envelope; /* the fields that all messages share */
    const char *url;
    struct slice ca;
    int file;
    struct mailer mailer;
    struct mail_item *first;
    unsigned count, running;
    size_t bytes;
};

enum { MAIL_TRANSPORT_COUNT = 3 };

extern const struct mail_transport mail_transports[MAIL_TRANSPORT_COUNT];
/* Called on the loop when the mailer has an outcome. */
void mail_on_mailer(void *arg);

/* Takes the outcome of an attempt. The item may be freed by this call. */
void mail_settle(struct mail *m, struct mail_item *item, const struct mail_outcome *out);
/* Starts messages that are due, as many as may be sent at once. */
void mail_pump(struct mail *m);

#endif
