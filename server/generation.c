/* SPDX-License-Identifier: MIT */
#include "server/generation.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/conf/release.h"
#include "lib/core/jget.h"
#include "lib/core/log.h"
#include "lib/core/memfd.h"
#include "server/child.h"
#include "server/master.h"

enum { KILL_SLACK_MS = 2000 };

struct generation *generation_new(struct master *m, int release_fd, const char **why)
{
    struct json_object *release = release_read(release_fd, why);
    struct generation *g;
    size_t count;

    if (!release)
        return NULL;
    g = calloc(1, sizeof(*g));
    if (!g)
        abort();
    g->master = m;
    g->release_fd = release_fd;
    g->secrets_fd = -1;
    g->config = json_object_get(jget(release, "config"));
    g->hash = strdup(jget_text(release, "hash"));
    json_object_put(release);
    malloc_trim(0); /* the documents in it may have been large */
    g->worker_count = (int)conf_int(g->config, "workers");
    g->listen_count = (int)jget_count(g->config, "listen");
    count = (size_t)g->worker_count;
    g->children = calloc(count, sizeof(struct child *));
    g->quick_deaths = calloc(count, sizeof(int));
    g->listen_fds = calloc((size_t)g->listen_count + 1, sizeof(int));
    if (!g->children || !g->quick_deaths || !g->listen_fds)
        abort();
    uv_timer_init(&m->loop, &g->deadline);
    g->deadline.data = g;
    return g;
}

bool generation_start(struct generation *g, char **why)
{
    for (int i = 0; i < g->worker_count; i++)
        if (!child_spawn(g, i, why))
            return false;
    return true;
}

bool generation_is_ready(const struct generation *g)
{
    for (int i = 0; i < g->worker_count; i++)
        if (!g->children[i] || g->children[i]->state != CHILD_READY)
            return false;
    return true;
}

static void on_freed(uv_handle_t *handle)
{
    struct generation *g = handle->data;

    json_object_put(g->config);
    close(g->release_fd);
    if (g->secrets_fd >= 0)
        close(g->secrets_fd);
    free(g->hash);
    free(g->children);
    free(g->quick_deaths);
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

/* A generation without children is freed at once. */
static void free_if_empty(struct generation *g)
{
    if (g->state != GENERATION_RETIRING || g->child_count > 0 ||
        uv_is_closing((uv_handle_t *)&g->deadline))
        return;
    uv_close((uv_handle_t *)&g->deadline, on_freed);
    master_generation_gone(g->master, g);
}

void generation_retire(struct generation *g)
{
    uint64_t wait = (uint64_t)(conf_int(g->config, "drain.notice") +
                               conf_int(g->config, "drain.timeout") + KILL_SLACK_MS);

    g->state = GENERATION_RETIRING;
    g->next = g->master->retiring;
    g->master->retiring = g;
    uv_timer_start(&g->deadline, on_deadline, wait, 0);
    g->child_count++; /* holds it while children go one by one */
    for (int i = 0; i < g->worker_count; i++)
        if (g->children[i])
            child_drain(g->children[i]);
    generation_child_gone(g);
}

void generation_kill(struct generation *g)
{
    g->child_count++;
    for (int i = 0; i < g->worker_count; i++)
        if (g->children[i])
            child_kill(g->children[i], SIGKILL);
    generation_child_gone(g);
}

void generation_child_gone(struct generation *g)
{
    g->child_count--;
    free_if_empty(g);
}
