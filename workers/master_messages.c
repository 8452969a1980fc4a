/* SPDX-License-Identifier: MIT */
#include "workers/master_messages.h"

#include <fcntl.h>
#include <unistd.h>

#include "lib/conf/logging.h"
#include "lib/core/channel.h"
#include "lib/core/log.h"
#include "workers/drain.h"
#include "workers/http/http.h"

static void on_accept(struct worker *w, struct channel_message *m)
{
    (void)m;
    if (w->state != WORKER_READY)
        return;
    http_accept();
    drain_set_state(w, WORKER_ACCEPTING);
}

static void on_retire(struct worker *w, struct channel_message *m)
{
    (void)m;
    drain_begin(w, false);
}

static void on_drain(struct worker *w, struct channel_message *m)
{
    (void)m;
    drain_begin(w, true);
}

/* Reserved for the descriptors of REOPEN, because clients may have used up all others. */
static int spare_fds[2] = {-1, -1};

static void hold_spare_fds(void)
{
    for (int i = 0; i < 2; i++)
        spare_fds[i] = fcntl(CHANNEL_FD, F_DUPFD_CLOEXEC, 0);
}

static void drop_spare_fds(void)
{
    for (int i = 0; i < 2; i++)
        if (spare_fds[i] >= 0)
            close(spare_fds[i]);
}

static void on_reopen(struct worker *w, struct channel_message *m)
{
    (void)w;
    if (m->fds[0] < 0 || m->fds[1] < 0) {
        log_error("log.reopen", "no free descriptor; keeping the old files");
        return;
    }
    dup2(m->fds[0], CHANNEL_FD_ACCESS_LOG);
    dup2(m->fds[1], CHANNEL_FD_LOG);
    close(m->fds[0]);
    close(m->fds[1]);
}

static void on_level(struct worker *w, struct channel_message *m)
{
    enum log_level level;

    (void)w;
    if (logging_level_parse(m->text, &level))
        log_set_level(level);
}

static const struct {
    enum channel_type type;
    void (*run)(struct worker *w, struct channel_message *m);
} commands[] = {{CHANNEL_ACCEPT, on_accept},
                {CHANNEL_RETIRE, on_retire},
                {CHANNEL_DRAIN, on_drain},
                {CHANNEL_REOPEN, on_reopen},
                {CHANNEL_LEVEL, on_level}};

static void on_channel(void *arg)
{
    struct worker *w = arg;
    struct channel_message m;
    enum channel_result result;

    drop_spare_fds();
    while ((result = channel_receive_fds(CHANNEL_FD, &m)) > 0)
        for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
            if (commands[i].type == m.type)
                commands[i].run(w, &m);
    hold_spare_fds();
    if (result == CHANNEL_EMPTY)
        return;
    http_unwatch(on_channel); /* an end of file would wake the loop for ever */
    if (w->state >= WORKER_NOTICED)
        return;
    log_warn("worker.orphaned", "the master has exited");
    drain_begin(w, false);
}

void master_messages_start(struct worker *w)
{
    hold_spare_fds();
    http_watch(CHANNEL_FD, on_channel, w);
}
