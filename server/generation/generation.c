/* SPDX-License-Identifier: MIT */
/*
 * A generation decides nothing: the owner of the fleet (master.c) is told, and decides. It ends
 * with its last child, but is freed in a later turn of the loop, so whoever retires or kills it may
 * look at it until then; children are freed at once where they have no process, so a loop over them
 * takes the next pointer first. on_closed() fires once no child accepts any more, because a reload
 * waits for it.
 */
#include "server/generation/generation.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/conf/release.h"
#include "lib/core/json/jget.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "server/generation/child.h"

enum { KILL_SLACK_MS = 2000 };

struct generation *generation_new(struct fleet *f, int release_fd, struct fault *fault)
{
    struct json_object *release = release_read(release_fd, RELEASE_HEAD, fault);
    struct generation *g;

    if (!release)
        return NULL;
    g = xcalloc(1, sizeof(*g));
    g->fleet = f;
    g->segment = segment_keep(f->segment);
    g->release_fd = release_fd;
    g->secrets_fd = -1;
    g->config = json_object_get(jget(release, "config"));
    g->hash = xstrdup(jget_text(release, "hash"));
    g->changes = json_object_get(jget(release, "changes"));
    json_object_put(release);
    g->worker_count = (int)conf_int(g->config, "workers");
    g->listen_count = (int)jget_count(g->config, "listen");
    g->listen_fds = xcalloc((size_t)g->listen_count + 1, sizeof(int));
    uv_timer_init(f->loop, &g->deadline);
    g->deadline.data = g;
    return g;
}

struct generation *generation_again(const struct generation *old, struct segment *segment,
                                    struct fault *fault)
{
    int release_fd = fcntl(old->release_fd, F_DUPFD_CLOEXEC, 0);
    int secrets_fd = fcntl(old->secrets_fd, F_DUPFD_CLOEXEC, 0);
    struct generation *g = NULL;

    assert(old->state == GENERATION_SERVING);
    if (release_fd < 0 || secrets_fd < 0)
        fault_set(fault, "%s", strerror(errno));
    else
        g = generation_new(old->fleet, release_fd, fault);
    if (!g) {
        if (release_fd >= 0)
            close(release_fd);
        if (secrets_fd >= 0)
            close(secrets_fd);
        return NULL;
    }
    segment_release(&g->segment);
    g->segment = segment_keep(segment);
    g->secrets_fd = secrets_fd;
    g->worker_count = old->worker_count; /* keeps the number set by scale */
    return g;
}

bool generation_start(struct generation *g, struct diags *diags)
{
    assert(g->state == GENERATION_STARTING && !g->id && !g->children);
    g->id = ++g->fleet->ledger.last_generation;
    for (int i = 0; i < g->worker_count; i++)
        if (!child_spawn(g, i, diags))
            return false;
    return true;
}

void generation_serve(struct generation *g)
{
    assert(g->state == GENERATION_STARTING);
    g->state = GENERATION_SERVING;
    generation_tell(g, CHANNEL_ACCEPT);
}

int generation_count(const struct generation *g, enum child_state state)
{
    int count = 0;

    for (const struct child *c = g->children; c; c = c->next)
        count += c->state == state;
    return count;
}

static void on_freed(uv_handle_t *handle)
{
    struct generation *g = handle->data;

    assert(!g->children && !g->child_count);
    fleet_forget(g->fleet, g);
    segment_release(&g->segment);
    json_object_put(g->config);
    json_object_put(g->changes);
    close(g->release_fd);
    if (g->secrets_fd >= 0)
        close(g->secrets_fd);
    free(g->hash);
    free(g->listen_fds);
    free(g);
}

static void on_deadline(uv_timer_t *timer)
{
    struct generation *g = timer->data;

    log_warn("generation.killed", "generation=%u workers=%d: past drain.timeout", g->id,
             g->child_count);
    generation_kill(g);
}

/* Frees a retiring generation without children. */
static void free_if_empty(struct generation *g)
{
    if (g->state != GENERATION_RETIRING || g->children ||
        uv_is_closing((uv_handle_t *)&g->deadline))
        return;
    uv_close((uv_handle_t *)&g->deadline, on_freed);
}

static bool is_closed(const struct generation *g)
{
    for (const struct child *c = g->children; c; c = c->next)
        if (!c->is_closed)
            return false;
    return true;
}

/* Calls on_closed() when no worker of a retiring generation accepts any more. */
static void check_closed(struct generation *g)
{
    if (g->state == GENERATION_RETIRING && is_closed(g))
        g->fleet->events->on_closed(g->fleet->owner, g);
}

void generation_child_closed(struct generation *g, struct child *c)
{
    assert(c->generation == g && !c->is_closed);
    c->is_closed = true;
    c->state = CHILD_DRAINING;
    check_closed(g);
}

void generation_add(struct generation *g, struct child *c)
{
    assert(c->generation == g && !c->next);
    c->next = g->children;
    g->children = c;
    g->child_count++;
}

void generation_remove(struct generation *g, struct child *c)
{
    struct child **at = &g->children;

    assert(c->generation == g && g->child_count > 0);
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    g->child_count--;
    assert(!g->children == !g->child_count);
    for (struct child *other = g->children; other; other = other->next)
        if (other->replaces == c)
            other->replaces = NULL;
    check_closed(g);
    free_if_empty(g);
}

enum completion generation_retire(struct generation *g, enum channel_type how)
{
    int64_t notice = how == CHANNEL_DRAIN ? conf_int(g->config, "drain.notice") : 0;
    int64_t wait = notice + conf_int(g->config, "drain.timeout") + KILL_SLACK_MS;
    struct child *next;

    assert(g->state != GENERATION_RETIRING);
    assert(how == CHANNEL_RETIRE || how == CHANNEL_DRAIN);
    uv_timer_start(&g->deadline, on_deadline, (uint64_t)wait, 0);
    for (struct child *c = g->children; c; c = next) {
        next = c->next;
        child_retire(c, how);
    }
    g->state = GENERATION_RETIRING;
    free_if_empty(g);
    return is_closed(g) ? DONE : LATER;
}

void generation_kill(struct generation *g)
{
    for (struct child *c = g->children; c; c = c->next)
        child_kill(c, SIGKILL);
}

static struct child *find_index(struct generation *g, int index)
{
    struct child *c = g->children;

    while (c && (c->index != index || c->is_unwanted))
        c = c->next;
    return c;
}

void generation_scale(struct generation *g, int count)
{
    struct child *next;

    assert(count > 0 && count <= GENERATION_WORKERS_MAX);
    g->worker_count = count;
    for (int i = 0; i < count; i++)
        if (!find_index(g, i))
            child_spawn_later(g, i, 0);
    for (struct child *c = g->children; c; c = next) {
        next = c->next;
        if (c->index >= count && !c->is_unwanted)
            child_retire(c, CHANNEL_RETIRE);
    }
}

int generation_recycle(struct generation *g, int pid)
{
    int count = 0;

    g->replace_after_ns = 0; /* a manual request need not wait for an earlier failure */
    for (struct child *c = g->children; c; c = c->next)
        if (c->state == CHILD_READY && !c->is_unwanted && (!pid || c->process.pid == pid)) {
            c->wants_recycling = true;
            count++;
        }
    return count;
}

int generation_tell(struct generation *g, enum channel_type type)
{
    int untold = 0;

    for (struct child *c = g->children; c; c = c->next) {
        child_tell(c, type);
        untold += (c->untold & 1u << type) != 0;
    }
    return untold;
}
