/* SPDX-License-Identifier: MIT */
#include "lib/db/pair.h"

#include "lib/db/owned.h"

bool pair_open(struct pair *p, const struct db_options *o, enum conn_mode mode, char **why)
{
    bool has_bare = o->has_unrestricted && o->owned_count;

    *p = (struct pair){0};
    if (conn_open(&p->first, o->path, mode, o->synchronous, why) &&
        owned_protect(&p->first, o->owned, o->owned_count, why) &&
        (!has_bare || conn_open(&p->bare, o->path, mode, o->synchronous, why)))
        return true;
    pair_close(p);
    return false;
}

void pair_close(struct pair *p)
{
    conn_close(&p->first);
    conn_close(&p->bare);
}

struct conn *pair_of(struct pair *p, const struct plan *plan)
{
    return plan->is_unrestricted && p->bare.db ? &p->bare : &p->first;
}

static void end(struct conn *c)
{
    if (c->db && !sqlite3_get_autocommit(c->db))
        conn_run(c->commit);
}

void pair_end(struct pair *p)
{
    end(&p->first);
    end(&p->bare);
}

void pair_cut(struct pair *p)
{
    p->first.is_cut = true;
    p->bare.is_cut = true;
}
