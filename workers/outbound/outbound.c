/* SPDX-License-Identifier: MIT */
/*
 * One thread runs all transfers. libcurl wakes it, so it does not wait in the queue of what was
 * submitted.
 *
 *     loop                                      thread
 *     outbound_submit() ──submitted, wake-up──▶ curl_multi, all transfers at once
 *     deliver_transfer()         ◀──finished──────────── the results
 *
 * A transfer has its own copies, so that its request may be cancelled at any time; it counts until
 * the thread has let go of it.
 */
#include "workers/outbound/outbound.h"

#include <assert.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>

#include "lib/conf/conf.h"
#include "lib/core/queue/blocking_queue.h"
#include "lib/core/queue/completion_queue.h"
#include "lib/core/memory.h"
#include "lib/core/text/percent.h"
#include "lib/core/thread.h"
#include "workers/http/http.h"
#include "workers/outbound/transfer.h"

enum { CONNECTIONS_KEPT = 8, TURN_MS = 1000 };

enum { ALLOW_MAX = 64 };

struct outbound {
    pthread_t thread;
    CURLM *multi;
    struct cidr allow[ALLOW_MAX]; /* networks that may be reached although they are not public */
    size_t allow_count;
    struct blocking_queue submitted;
    struct completion_queue finished;
    struct transfer *running; /* used by the thread only */
};

static void finish_transfer(struct outbound *ob, struct transfer *t)
{
    struct transfer **at = &ob->running;

    while (*at && *at != t)
        at = &(*at)->next;
    if (*at) {
        curl_multi_remove_handle(ob->multi, t->easy);
        *at = t->next;
    }
    completion_queue_push(&ob->finished, &t->link);
}

/* Starts the transfers that were submitted. Returns false once the thread must end. */
static bool take_submitted(struct outbound *ob)
{
    bool is_closing =
        blocking_queue_is_closed(&ob->submitted); /* nothing is submitted after that */
    struct transfer *t;

    while ((t = (struct transfer *)blocking_queue_pop(&ob->submitted))) {
        t->next = ob->running;
        ob->running = t;
        curl_multi_add_handle(ob->multi, t->easy);
    }
    return !is_closing;
}

static void drop_cancelled(struct outbound *ob, bool is_closing)
{
    for (struct transfer *t = ob->running, *next; t; t = next) {
        next = t->next;
        if (is_closing || atomic_load(&t->is_cancelled))
            finish_transfer(ob, t);
    }
}

static void take_finished(struct outbound *ob)
{
    struct CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(ob->multi, &left))) {
        CURLcode code = message->data.result;
        struct transfer *t = NULL;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
        transfer_end(t, code);
        finish_transfer(ob, t);
    }
}

static void *run_transfers(void *arg)
{
    struct outbound *ob = arg;
    int running;

    while (take_submitted(ob)) {
        drop_cancelled(ob, false);
        curl_multi_perform(ob->multi, &running);
        take_finished(ob);
        curl_multi_poll(ob->multi, NULL, 0, TURN_MS, NULL);
    }
    drop_cancelled(ob, true);
    return NULL;
}

static void deliver_transfer(struct fifo_link *l)
{
    struct transfer *t = (struct transfer *)l;
    struct outbound_request *o = t->request;

    if (o) {
        o->transfer = NULL;
        o->status = t->status;
        o->answer = t->answer;
        t->answer = (struct buf){0};
        memcpy(o->content_type, t->content_type, sizeof(o->content_type));
        memcpy(o->error, t->error, sizeof(o->error));
    }
    transfer_free(&t);
    if (o)
        o->done(o);
}

static void on_finished(void *arg)
{
    struct outbound *ob = arg;

    completion_queue_deliver(&ob->finished);
}

/* Frees a transfer that finished too late to be delivered. */
static void drop(struct fifo_link *l)
{
    struct transfer *t = (struct transfer *)l;

    if (t->request)
        t->request->transfer = NULL;
    transfer_free(&t);
}

static void close_queues(struct outbound *ob)
{
    blocking_queue_fini(&ob->submitted);
    completion_queue_fini(&ob->finished, drop);
}

static void read_allowed(struct outbound *ob, struct json_object *config)
{
    struct json_object *list = conf_get(config, "outbound.allow");
    size_t n = list ? json_object_array_length(list) : 0;

    assert(n <= ALLOW_MAX);
    for (size_t i = 0; i < n; i++)
        cidr_parse(json_object_get_string(json_object_array_get_idx(list, i)),
                   &ob->allow[ob->allow_count++]);
}

static struct outbound *open_outbound(struct json_object *config)
{
    struct outbound *ob = xcalloc(1, sizeof(*ob));

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(ob->multi = curl_multi_init()))
        abort();
    read_allowed(ob, config);
    curl_multi_setopt(ob->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    blocking_queue_init(&ob->submitted, 0);
    completion_queue_init(&ob->finished, deliver_transfer);
    if (thread_start(&ob->thread, run_transfers, ob)) {
        http_watch(completion_queue_fd(&ob->finished), on_finished, ob);
        return ob;
    }
    curl_multi_cleanup(ob->multi);
    close_queues(ob);
    free(ob);
    return NULL;
}

static const char *fault_of(struct worker *w, const struct outbound_request *o)
{
    const char *why = destination_fault(o);

    if (!why && !w->outbound && !(w->outbound = open_outbound(w->config)))
        why = "no thread could be started";
    if (!why && completion_queue_pending(&w->outbound->finished) >= OUTBOUND_MAX)
        why = "too many outbound requests are in progress";
    return why;
}

enum completion outbound_submit(struct worker *w, struct outbound_request *o)
{
    const char *why = fault_of(w, o);
    struct outbound *ob = w->outbound;
    struct transfer *t;

    assert(!o->transfer);
    o->status = 0;
    o->answer = (struct buf){0};
    o->content_type[0] = o->error[0] = '\0';
    if (!why && !(o->transfer = t = transfer_new(o)))
        why = "a header contains a line break";
    if (why) {
        snprintf(o->error, sizeof(o->error), "%s", why);
        return DONE;
    }
    t->owner = ob;
    t->allow = ob->allow;
    t->allow_count = ob->allow_count;
    completion_queue_expect(&ob->finished);
    blocking_queue_push(&ob->submitted, &t->link);
    curl_multi_wakeup(ob->multi);
    return LATER;
}

void outbound_cancel(struct outbound_request *o)
{
    struct transfer *t = o->transfer;

    if (!t)
        return;
    o->transfer = NULL;
    t->request = NULL;
    atomic_store(&t->is_cancelled, true);
    curl_multi_wakeup(t->owner->multi);
}

void outbound_put_form(struct buf *out, const char *name, struct slice value)
{
    if (out->len)
        buf_putc(out, '&');
    percent_encode(out, slice_of(name));
    buf_putc(out, '=');
    percent_encode(out, value);
}

void outbound_close(struct worker *w)
{
    struct outbound *ob = w->outbound;

    if (!ob)
        return;
    w->outbound = NULL;
    http_unwatch(on_finished);
    blocking_queue_close(&ob->submitted);
    curl_multi_wakeup(ob->multi);
    pthread_join(ob->thread, NULL);
    close_queues(ob);
    curl_multi_cleanup(ob->multi);
    curl_global_cleanup();
    free(ob);
}
