/* SPDX-License-Identifier: MIT */
/*
 * The log files, which the master opens and every worker inherits. A reopened file takes the number
 * of the old descriptor, under which everyone knows it; if it cannot be opened, the old one stays
 * in use, and the caller is told.
 */
#include "server/generation/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/conf/logging.h"
#include "lib/core/log.h"
#include "server/generation/generation.h"

static bool is_fifo(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* Opens a file for appending. A FIFO is opened for reading too (fifo(7)): then it needs no other
 * reader to be opened, and what is written waits in it for the next reader. */
static int open_file(const char *path)
{
    const int flags = O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = open(path, O_WRONLY | flags, 0640);

    if (fd >= 0 ? !is_fifo(fd) : errno != ENXIO)
        return fd;
    if (fd >= 0)
        close(fd);
    return open(path, O_RDWR | flags, 0640);
}

static int open_log(const char *path, int standard, struct diags *diags)
{
    int fd = strcmp(path, "-") == 0 ? standard : open_file(path);

    if (fd < 0)
        diag_error(diags, NULL, "log: %s: %s", path, strerror(errno));
    return fd;
}

bool logs_open(struct fleet *f, struct json_object *config, struct diags *diags)
{
    f->log_fd = open_log(conf_string(config, "log.path"), STDERR_FILENO, diags);
    if (f->log_fd < 0)
        return false;
    f->access_fd = open_log(conf_string(config, "log.access-path"), f->log_fd, diags);
    if (f->access_fd < 0)
        return false;
    log_open(&(struct log_options){.program = "leat",
                                   .level = logging_level(config),
                                   .json = logging_is_json(config),
                                   .fd = {f->log_fd, f->access_fd}});
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

bool logs_reopen(struct fleet *f, struct diags *diags)
{
    int untold;

    if (!f->start_config) {
        diag_error(diags, NULL, "leat is not serving yet");
        return false;
    }
    if (f->log_fd != STDERR_FILENO)
        reopen(conf_string(f->start_config, "log.path"), f->log_fd, diags);
    if (f->access_fd != f->log_fd)
        reopen(conf_string(f->start_config, "log.access-path"), f->access_fd, diags);
    untold = fleet_tell(f, CHANNEL_REOPEN);
    if (untold)
        diag_error(diags, NULL,
                   "log: %d workers cannot take the new files yet and will get them later", untold);
    for (size_t i = 0; i < diags->count; i++)
        log_error("log.reopen", "%s", diags->items[i].message);
    log_info("log.reopened", "pid=%d", (int)getpid());
    return diags->count == 0;
}

void logs_unblock(const struct fleet *f)
{
    const int fds[] = {f->log_fd, f->access_fd};

    for (int i = 0; i < 2; i++)
        if (fds[i] != STDERR_FILENO)
            fcntl(fds[i], F_SETFL, O_APPEND | O_NONBLOCK);
}

void logs_set_level(struct fleet *f, const char *name)
{
    enum log_level level;

    if (!logging_level_parse(name, &level))
        return;
    log_set_level(level);
    snprintf(f->level, sizeof(f->level), "%s", name);
    if (f->current)
        generation_tell(f->current, CHANNEL_LEVEL);
}

void logs_count_dropped(struct fleet *f)
{
    static uint64_t reported;
    uint64_t dropped = log_dropped();

    shm_count(&f->segment->shm->slots[0], COUNT_LOG_DROPPED, dropped - reported);
    reported = dropped;
}
