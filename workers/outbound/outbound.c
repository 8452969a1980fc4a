/* SPDX-License-Identifier: MIT */
/*
 * One thread runs all transfers; the two lists between it and the loop are guarded by one lock.
 *
 *     loop                                      thread
 *     outbound_submit() ──submitted, wake-up──▶ curl_multi, all transfers at once
 *     on_finished()     ◀──finished, eventfd─── the results
 *
 * A transfer has its own copies, so that its request may be cancelled at any time; it counts until
 * the thread has let go of it.
 */
#include "workers/outbound/outbound.h"

#include <assert.h>
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/core/memory.h"
#include "lib/core/text/percent.h"
#include "workers/http/http.h"
#include "workers/outbound/transfer.h"

enum { CONNECTIONS_KEPT = 8, TURN_MS = 1000 };

enum { ALLOW_MAX = 64 };

struct outbound {
    pthread_t thread;
    CURLM *multi;
    int done_fd;
    struct cidr allow[ALLOW_MAX]; /* networks that may be reached although they are not public */
    size_t allow_count;
    unsigned count; /* used by the loop only */
    pthread_mutex_t lock;
    struct transfer *submitted, *finished; /* both newest first */
    bool is_closing;
    struct transfer *running; /* used by the thread only */
};

static void finish(struct outbound *ob, struct transfer *t)
{
    struct transfer **at = &ob->running;

    while (*at && *at != t)
        at = &(*at)->next;
    if (*at) {
        curl_multi_remove_handle(ob->multi, t->easy);
        *at = t->next;
    }
    pthread_mutex_lock(&ob->lock);
    t->next = ob->finished;
    ob->finished = t;
    pthread_mutex_unlock(&ob->lock);
    eventfd_write(ob->done_fd, 1);
}

/* Starts the transfers that were submitted. Returns false once the thread must end. */
static bool take_submitted(struct outbound *ob)
{
    struct transfer *t, *next;
    bool is_closing;

    pthread_mutex_lock(&ob->lock);
    t = ob->submitted;
    ob->submitted = NULL;
    is_closing = ob->is_closing;
    pthread_mutex_unlock(&ob->lock);
    for (; t; t = next) {
        next = t->next;
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
            finish(ob, t);
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
        finish(ob, t);
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

static void deliver(struct outbound *ob, struct transfer *t)
{
    struct outbound_request *o = t->request;

    assert(ob->count);
    ob->count--;
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
    struct transfer *t, *next;
    eventfd_t ignored;

    eventfd_read(ob->done_fd, &ignored);
    pthread_mutex_lock(&ob->lock);
    t = ob->finished;
    ob->finished = NULL;
    pthread_mutex_unlock(&ob->lock);
    for (; t; t = next) {
        next = t->next;
        deliver(ob, t);
    }
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
    sigset_t all, old;
    int err;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(ob->multi = curl_multi_init()))
        abort();
    read_allowed(ob, config);
    curl_multi_setopt(ob->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    ob->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&ob->lock, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old); /* the main thread handles signals */
    err = ob->done_fd >= 0 ? pthread_create(&ob->thread, NULL, run_transfers, ob) : -1;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!err) {
        http_watch(ob->done_fd, on_finished, ob);
        return ob;
    }
    curl_multi_cleanup(ob->multi);
    close(ob->done_fd);
    free(ob);
    return NULL;
}

static const char *fault_of(struct worker *w, const struct outbound_request *o)
{
    const char *why = destination_fault(o);

    if (!why && !w->outbound && !(w->outbound = open_outbound(w->config)))
        why = "no thread could be started";
    if (!why && w->outbound->count >= OUTBOUND_MAX)
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
    ob->count++;
    pthread_mutex_lock(&ob->lock);
    t->next = ob->submitted;
    ob->submitted = t;
    pthread_mutex_unlock(&ob->lock);
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
    pthread_mutex_lock(&ob->lock);
    ob->is_closing = true;
    pthread_mutex_unlock(&ob->lock);
    curl_multi_wakeup(ob->multi);
    pthread_join(ob->thread, NULL);
    for (struct transfer *t = ob->finished, *next; t; t = next) {
        next = t->next;
        if (t->request)
            t->request->transfer = NULL;
        transfer_free(&t);
    }
    curl_multi_cleanup(ob->multi);
    curl_global_cleanup();
    close(ob->done_fd);
    pthread_mutex_destroy(&ob->lock);
    free(ob);
}
