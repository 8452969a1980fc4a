/* SPDX-License-Identifier: MIT */
/* limits, limits reset, ban, unban, bans: show and change the limits in shared memory. */
#include <stdio.h>
#include <string.h>

#include "lib/conf/units.h"
#include "lib/core/net/cidr.h"
#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/shm/ban.h"
#include "lib/shm/limit.h"
#include "server/commands/call.h"
#include "server/commands/commands.h"
#include "server/commands/report.h"

enum { BAN_DAYS_MAX = 3650, KEY_TEXT = ADDRESS_TEXT + 3 };
#define BAN_MAX_MS (BAN_DAYS_MAX * 86400000LL)

void command_limits(const struct call *c)
{
    const char *policy = jget_text(c->params, "policy");
    struct buf b = {0};

    if (!c->commands->fleet->current) {
        command_refuse(c, "no release is in force yet");
        return;
    }
    if (!policy) {
        report_limits(c->commands->fleet, &b);
    } else if (!report_limit_keys(c->commands->fleet, policy, &b)) {
        buf_fini(&b);
        command_refuse(c, "no such rate limit; see leatctl limits");
        return;
    }
    command_answer(c, &b);
}

void command_bans(const struct call *c)
{
    struct buf b = {0};

    report_bans(c->commands->fleet, &b);
    command_answer(c, &b);
}

/* Writes the key as workers do, who count an IPv6 address as its network: "ip:2001:db8::9" becomes
 * "ip:2001:db8::/64". Returns false if no address follows "ip:". */
static bool normalize(const char **key, char out[static KEY_TEXT])
{
    char network[ADDRESS_TEXT];

    if (strncmp(*key, "ip:", 3) != 0 || strchr(*key, ' '))
        return true;
    if (!address_network(*key + 3, network))
        return false;
    snprintf(out, KEY_TEXT, "ip:%s", network);
    *key = out;
    return true;
}

void command_limits_reset(const struct call *c)
{
    struct shm *shm = c->commands->fleet->segment->shm;
    const char *key = jget_text(c->params, "key"), *policy = jget_text(c->params, "policy");
    int count = 0;
    char text[64], own[KEY_TEXT];

    normalize(&key, own); /* an invalid address has no limits anyway */
    for (int i = 0; i < SHM_POLICIES; i++) {
        char name[SHM_POLICY_NAME];

        if (limit_read_policy(shm, i, name) && (!policy || strcmp(name, policy) == 0))
            count += limit_forget(shm, i, limit_key(shm, name, slice_of(key)));
    }
    if (!count) {
        command_refuse(c, "no rate limit has this key in use; see leatctl limits --policy");
        return;
    }
    snprintf(text, sizeof(text), "reset in %d limits\n", count);
    control_outcome(c->client, c->id, true, text);
}

/* Returns whether the key is of a kind that can be banned; workers/layers/rate_limit.c looks for
 * these. */
static bool is_banned_kind(const char *key)
{
    return strncmp(key, "ip:", 3) == 0 || strncmp(key, "sub:", 4) == 0 ||
           strncmp(key, "api-key:", 8) == 0;
}

void command_ban(const struct call *c)
{
    const char *key = jget_text(c->params, "key");
    uint64_t now_ns = clock_ns();
    char own[KEY_TEXT];
    long long ms;

    if (!is_banned_kind(key) || !normalize(&key, own))
        command_refuse(c, "key must be ip:ADDRESS, sub:SUBJECT or api-key:ID");
    else if (!units_duration_ms(jget_text(c->params, "duration"), &ms) || ms <= 0 ||
             ms > BAN_MAX_MS)
        command_refuse(c, "duration must be a time such as 30s, 10m, 2h or 7d, of at most 3650d");
    else if (!ban_add(c->commands->fleet->segment->shm, slice_of(key),
                      now_ns + (uint64_t)ms * NS_PER_MS, now_ns))
        command_refuse(c, "the key is too long or there are too many bans");
    else
        control_outcome(c->client, c->id, true, "banned\n");
}

void command_unban(const struct call *c)
{
    const char *key = jget_text(c->params, "key");
    char own[KEY_TEXT];

    if (normalize(&key, own) && ban_lift(c->commands->fleet->segment->shm, slice_of(key)))
        control_outcome(c->client, c->id, true, "ban lifted\n");
    else
        command_refuse(c, "the key is not banned; see leatctl bans");
}
