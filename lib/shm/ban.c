/* SPDX-License-Identifier: MIT */
#include "lib/shm/ban.h"

#include <assert.h>

#include "lib/shm/limit.h"
#include "lib/shm/shm.h"

static struct shm_ban *set_of(struct shm *shm, uint64_t key)
{
    return &shm->bans[key % (SHM_BANS / SHM_BAN_WAYS) * SHM_BAN_WAYS];
}

static uint64_t key_of(struct shm *shm, struct slice text)
{
    assert(text.data);
    return limit_key(shm, "ban", text);
}

static struct shm_ban *look_up(struct shm *shm, struct slice text)
{
    uint64_t key = key_of(shm, text);
    struct shm_ban *set = set_of(shm, key);

    for (int i = 0; i < SHM_BAN_WAYS; i++)
        if (set[i].key == key)
            return &set[i];
    return NULL;
}

/* Returns the entry of `text`, or one that is free or expired, or NULL. Only the master adds
 * bans. */
static struct shm_ban *place(struct shm *shm, struct slice text, uint64_t now_ns)
{
    struct shm_ban *own = look_up(shm, text), *set = set_of(shm, key_of(shm, text));

    for (int i = 0; !own && i < SHM_BAN_WAYS; i++)
        if (set[i].until_ns <= now_ns)
            own = &set[i];
    return own;
}

bool ban_add(struct shm *shm, struct slice text, uint64_t until_ns, uint64_t now_ns)
{
    struct shm_ban *ban = text.len < SHM_TEXT ? place(shm, text, now_ns) : NULL;

    if (!ban)
        return false;
    if (ban->key != key_of(shm, text))
        ban->key = 0; /* nobody finds the entry while it changes */
    memcpy(ban->text, text.data, text.len);
    ban->text[text.len] = '\0';
    ban->until_ns = until_ns;
    ban->key = key_of(shm, text);
    if (shm->bans_until_ns < until_ns)
        shm->bans_until_ns = until_ns;
    return true;
}

bool ban_lift(struct shm *shm, struct slice text)
{
    struct shm_ban *ban = look_up(shm, text);

    if (ban)
        ban->until_ns = 0;
    return ban;
}

uint64_t ban_find(struct shm *shm, struct slice text, uint64_t now_ns)
{
    const struct shm_ban *ban = look_up(shm, text);
    uint64_t until_ns = ban ? ban->until_ns : 0;

    return until_ns > now_ns ? until_ns - now_ns : 0;
}

bool ban_read(struct shm *shm, int i, uint64_t now_ns, char text[static SHM_TEXT],
              uint64_t *until_ns)
{
    assert(i >= 0 && i < SHM_BANS);
    *until_ns = shm->bans[i].until_ns;
    shm_read_text(text, shm->bans[i].text, SHM_TEXT);
    return *until_ns > now_ns;
}
