/* SPDX-License-Identifier: MIT */
/*
 * The log files, which the master opens and every worker inherits. A reopened file takes the number
 * of the old descriptor, under which everyone knows it; if it cannot be opened, the old one stays
 * in use, and the caller is told.
 */
#include "server/master.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/conf/logging.h"
#include "lib/core/log.h"

/* Opens a log file. A FIFO without a reader is an error, and is not waited for. */
static int open_log(const char *path, int standard, struct diags *diags)
{
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = strcmp(path, "-") == 0 ? standard : open(path, flags, 0640);

    if (fd < 0)
        diag_error(diags, NULL, "log: %s: %s", path, strerror(errno));
    return fd;
}

bool master_open_logs(struct master *m, struct json_object *config, struct diags *diags)
{
    struct generation_context *w = &m->workers;

    w->log_fd = open_log(conf_string(config, "log.path"), STDERR_FILENO, diags);
    if (w->log_fd < 0)
        return false;
    w->access_fd = open_log(conf_string(config, "log.access-path"), w->log_fd, diags);
    if (w->access_fd < 0)
        return false;
    log_open(&(struct log_options){.program = "leat",
                                   .level = logging_level(config),
                                   .json = logging_is_json(config),
                                   .fd = {w->log_fd, w->access_fd}});
    return true;
}

static void reopen(const char *path, int fd, struct diags *diags)
{
    int fresh = open_log(path, -1, diags);

    if (fresh < 0)
        return;
    if (dup3(fresh, fd, O_CLOEXEC) < 0)
        diag_error(diags, NULL, "log: %s: %s", path, strerror(errno));
    close(fresh);
}

/* Returns the number of workers that cannot be told now. */
static int tell_workers(struct master *m)
{
    int untold = m->current ? generation_tell(m->current, CHANNEL_REOPEN) : 0;

    if (m->reload.next)
        untold += generation_tell(m->reload.next, CHANNEL_REOPEN);
    for (struct generation *g = m->retiring; g; g = g->next)
        untold += generation_tell(g, CHANNEL_REOPEN);
    return untold;
}

bool master_reopen(struct master *m, struct diags *diags)
{
    struct generation_context *w = &m->workers;
    int untold;

    if (!m->start_config) {
        diag_error(diags, NULL, "leat is not serving yet");
        return false;
    }
    if (w->log_fd != STDERR_FILENO)
        reopen(conf_string(m->start_config, "log.path"), w->log_fd, diags);
    if (w->access_fd != w->log_fd)
        reopen(conf_string(m->start_config, "log.access-path"), w->access_fd, diags);
    untold = tell_workers(m);
    if (untold)
        diag_error(diags, NULL,
                   "log: %d workers cannot take the new files yet and will get them later", untold);
    for (size_t i = 0; i < diags->count; i++)
        log_error("log.reopen", "%s", diags->items[i].message);
    log_info("log.reopened", "pid=%d", (int)getpid());
    return diags->count == 0;
}

void master_set_level(struct master *m, const char *name)
{
    enum log_level level;

    if (!logging_level_parse(name, &level))
        return;
    log_set_level(level);
    snprintf(m->workers.level, sizeof(m->workers.level), "%s", name);
    if (m->current)
        generation_tell(m->current, CHANNEL_LEVEL);
}

void master_count_dropped(struct master *m)
{
    static uint64_t reported;
    uint64_t dropped = log_dropped();

    shm_count(&m->workers.segment->shm->slots[0], COUNT_LOG_DROPPED, dropped - reported);
    reported = dropped;
}
