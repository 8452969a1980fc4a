/* SPDX-License-Identifier: MIT */
#include "server/start.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/core/system/exit_status.h"
#include "server/master.h"

/* Raises the limit of descriptors to the hard one, as each client needs one; the soft limit is
 * meant for programs that call select(). */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool give_up(struct master *m, const char *what, const char *why)
{
    char text[PATH_MAX + 256];

    snprintf(text, sizeof(text), "%s%s%s\n", what, *what ? ": " : "", why);
    fputs(text, stderr);
    upgrade_give_up(&m->upgrade, text);
    m->exit_code = EXIT_SYSTEM;
    return false;
}

static bool open_loop(struct master *m)
{
    int rc = uv_loop_init(&m->loop);

    return rc == 0 || give_up(m, "creating the event loop", strerror(-rc));
}

static bool open_segment(struct master *m)
{
    struct fleet *f = &m->fleet;

    if (!f->segment)
        f->segment = segment_new();
    return f->segment || give_up(m, "creating the shared memory", strerror(errno));
}

static bool check_pid_file(struct master *m)
{
    struct diags diags = {0};
    bool ok;

    m->pidfile = (struct pidfile){.path = m->options.pid_file, .older = m->upgrade.older_pid};
    ok = pidfile_check(&m->pidfile, &diags) || give_up(m, "", diags.items->message);

    diags_fini(&diags);
    return ok;
}

bool start_open(struct master *m)
{
    raise_descriptors();
    m->control.fd = -1;
    if (!upgrade_inherit(&m->upgrade))
        listen_inherit(&m->listeners);
    return open_loop(m) && open_segment(m) && check_pid_file(m);
}
