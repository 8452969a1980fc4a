/* SPDX-License-Identifier: MIT */
/*
 * Rate limits are read once, when the worker starts: each becomes a policy in nanoseconds, the
 * parts of its key, its place in shared memory, and the fixed part of its headers. Operations find
 * theirs by index, without a look-up by name:
 *
 *     rates->of:  | operation 0: up to RATES_MAX limits, NULL ends | operation 1: ... | ...
 *
 * The counts are in shared memory (lib/shm/limit.h), so that they hold for all workers together.
 * The layer that applies the limits is workers/layers/rate_limit.c.
 */
#include "workers/request/rates.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/conf/conf.h"
#include "lib/conf/units.h"
#include "lib/core/buf.h"
#include "lib/core/net/cidr.h"
#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/mark.h"
#include "workers/http/http.h"
#include "workers/request/reply.h"

static const struct {
    const char *name;
    enum rate_part part;
    bool needs_caller;
} part_names[] = {
    {"ip", RATE_IP, false},
    {"sub", RATE_SUB, true},
    {"api-key", RATE_API_KEY, true},
    {"operation", RATE_OPERATION, false},
};

static void add_part(struct worker *w, struct rate *rate, struct slice text)
{
    struct slice name = text;

    for (size_t i = 0; i < sizeof(part_names) / sizeof(*part_names); i++)
        if (slice_is(text, part_names[i].name)) {
            rate->parts[rate->part_count++].part = part_names[i].part;
            rate->needs_caller |= part_names[i].needs_caller;
            return;
        }
    slice_cut(&name, ':'); /* header:NAME */
    rate->parts[rate->part_count].part = RATE_HEADER;
    rate->parts[rate->part_count++].header = arena_strndup(&w->arena, name.data, name.len);
}

/* Limits that documents may name without any configuration; they are those of conf/auth.yaml. */
static const struct {
    const char *name, *text;
} own_rates[] = {
    {"login", "{\"rate\":\"20/min\",\"key\":\"ip\",\"cost\":1}"},
    {"account", "{\"rate\":\"600/min\",\"key\":\"sub\",\"cost\":1}"},
};

enum { OWN_RATES = sizeof(own_rates) / sizeof(*own_rates) };

static bool is_own(const char *name)
{
    for (size_t i = 0; i < OWN_RATES; i++)
        if (strcmp(own_rates[i].name, name) == 0)
            return true;
    return false;
}

static void read_rate(struct worker *w, const char *name, struct json_object *item,
                      struct rate *rate)
{
    struct slice rest = slice_of(jget_text(item, "key"));
    long long count = 1, period_ms = 1;
    uint64_t window_s;

    units_rate(jget_text(item, "rate"), &count, &period_ms);
    rate->name = name;
    rate->policy.interval_ns = (uint64_t)period_ms * NS_PER_MS / (uint64_t)count;
    rate->policy.burst = jget(item, "burst") ? (uint64_t)jget_int(item, "burst") : (uint64_t)count;
    rate->policy.cost = (uint64_t)jget_int(item, "cost");
    window_s = (rate->policy.interval_ns * rate->policy.burst + NS_PER_S - 1) / NS_PER_S;
    rate->policy_header =
        arena_printf(&w->arena, "\"%s\";q=%llu;w=%llu", name,
                     (unsigned long long)rate->policy.burst, (unsigned long long)window_s);
    while (rest.len)
        add_part(w, rate, slice_cut(&rest, '+'));
    rate->place = limit_enter(w->shm, name);
}

static struct rate *find_rate(struct rates *rates, const char *name)
{
    for (size_t i = 0; i < rates->count; i++)
        if (strcmp(rates->list[i].name, name) == 0)
            return &rates->list[i];
    return NULL;
}

static bool is_used(const struct api *api, const char *name)
{
    for (size_t i = 0; i < api->count; i++)
        for (size_t k = 0; k < api->operations[i].limit_count; k++)
            if (strcmp(api->operations[i].limits[k], name) == 0)
                return true;
    return false;
}

/* Adds those that are used and not configured. */
static void add_own(struct worker *w, struct rates *rates)
{
    for (size_t i = 0; i < OWN_RATES; i++) {
        struct json_object *item = NULL;
        struct jread_fault fault;

        if (!jread_text(own_rates[i].text, strlen(own_rates[i].text), 2, NULL, &item, &fault))
            abort();
        if (!find_rate(rates, own_rates[i].name) && is_used(w->api, own_rates[i].name))
            read_rate(w, own_rates[i].name, item, &rates->list[rates->count++]);
        json_object_put(item);
    }
}

void rates_open(struct worker *w)
{
    struct json_object *table = conf_get(w->config, "rate-limits");
    struct rates *rates = w->rates = arena_zalloc(&w->arena, sizeof(*rates));

    rates->list = arena_zalloc(&w->arena, ((size_t)json_object_object_length(table) + OWN_RATES) *
                                              sizeof(*rates->list));
    rates->of = arena_zalloc(&w->arena, (w->api->count + 1) * RATES_MAX * sizeof(*rates->of));
    json_object_object_foreach(table, name, item)
    {
        read_rate(w, name, item, &rates->list[rates->count++]);
    }
    add_own(w, rates);
    for (size_t i = 0; i < w->api->count; i++)
        for (size_t k = 0; k < w->api->operations[i].limit_count; k++)
            rates->of[i * RATES_MAX + k] = find_rate(rates, w->api->operations[i].limits[k]);
}

/* An IPv6 client counts as its /64 network. */
const char *rate_address(struct request *r)
{
    char network[ADDRESS_TEXT];

    if (!strchr(r->client, ':') || !address_network(r->client, network))
        return r->client;
    return arena_strdup(&r->arena, network);
}

const char *rate_site(struct request *r)
{
    char site[ADDRESS_TEXT];

    return address_site(r->client, site) ? arena_strdup(&r->arena, site) : r->client;
}

/* Appends one part of the key. Every limited request passes here, hence no printf. */
static void put_part(struct request *r, enum rate_part part, const char *header, struct buf *out)
{
    struct slice value = {NULL, 0};
    const char *name = "";

    assert(part != RATE_HEADER || header);
    if (part == RATE_OPERATION)
        value = slice_of(r->op->id), name = "operation";
    else if (part == RATE_SUB)
        value = r->subject, name = "sub";
    else if (part == RATE_API_KEY)
        value = r->api_key, name = "api-key";
    else if (part == RATE_HEADER)
        value = http_header_list(r, header), name = header;
    if (!value.data)
        value = slice_of(rate_address(r)), name = "ip";
    buf_puts(out, name);
    buf_putc(out, ':');
    buf_put(out, value.data, value.len);
}

/* Moves the text to the request's arena. */
static struct slice keep_key(struct request *r, struct buf *text)
{
    struct slice kept = {arena_strndup(&r->arena, text->data, text->len), text->len};

    buf_fini(text);
    return kept;
}

struct slice rate_text(struct request *r, const struct rate *rate)
{
    struct buf out = {0};

    for (size_t i = 0; i < rate->part_count; i++) {
        if (i)
            buf_putc(&out, ' ');
        put_part(r, rate->parts[i].part, rate->parts[i].header, &out);
    }
    return keep_key(r, &out);
}

static int by_remaining(const void *a, const void *b)
{
    const struct taken *x = a, *y = b;

    return (x->remaining > y->remaining) - (x->remaining < y->remaining);
}

/* Appends the limit's item to both lists (RFC 9651). */
static void add_items(const struct rate *rate, uint64_t remaining, struct buf *policies,
                      struct buf *states)
{
    assert(remaining <= rate->policy.burst);
    uint64_t used = rate->policy.burst - remaining;
    uint64_t reset_s = (used * rate->policy.interval_ns + NS_PER_S - 1) / NS_PER_S;
    const char *comma = states->len ? ", " : "";

    buf_puts(policies, comma);
    buf_puts(policies, rate->policy_header);
    buf_puts(states, comma);
    buf_putc(states, '"');
    buf_puts(states, rate->name);
    buf_puts(states, "\";r=");
    buf_put_int(states, (int64_t)remaining);
    buf_puts(states, ";t=");
    buf_put_int(states, (int64_t)reset_s);
}

void rates_reply(struct request *r)
{
    struct buf policies = {0}, states = {0};

    if (r->refusing)
        add_items(r->refusing, 0, &policies, &states);
    if (r->taken_count > 1)
        qsort(r->taken, r->taken_count, sizeof(*r->taken), by_remaining);
    for (size_t i = 0; i < r->taken_count; i++)
        add_items(r->taken[i].rate, r->taken[i].remaining, &policies, &states);
    if (!states.len)
        return;
    reply_header(r, "ratelimit-policy", keep_key(r, &policies));
    reply_header(r, "ratelimit", keep_key(r, &states));
}

void rates_count(const struct request *r)
{
    for (size_t i = 0; i < r->taken_count; i++)
        limit_allow(r->worker->shm, r->taken[i].rate->place);
}

static void check_burst(const char *name, struct json_object *item, struct diags *diags)
{
    long long count = 1, period_ms = 1, interval_ns, burst;

    units_rate(jget_text(item, "rate"), &count, &period_ms);
    interval_ns = period_ms * (long long)NS_PER_MS / count;
    burst = jget(item, "burst") ? jget_int(item, "burst") : count;
    if (burst > UNITS_RATE_MAX_MS * (long long)NS_PER_MS / interval_ns)
        diag_error(diags, mark_where(jget(item, "burst")),
                   "rate-limits.%s: burst: must replenish within 3650 days", name);
    if (jget_int(item, "cost") > burst)
        diag_error(diags, mark_where(jget(item, "cost")),
                   "rate-limits.%s: cost: must be at most the burst", name);
}

void rates_check(const struct api *api, struct json_object *config, struct diags *diags)
{
    struct json_object *table = conf_get(config, "rate-limits");

    json_object_object_foreach(table, name, item)
    {
        check_burst(name, item, diags);
    }

    for (size_t i = 0; i < api->count; i++) {
        const struct operation *op = &api->operations[i];

        for (size_t k = 0; k < op->limit_count; k++)
            if (!jget(table, op->limits[k]) && !is_own(op->limits[k]))
                (op->binding == BINDING_NONE ? diag_warn : diag_error)(
                    diags, op->source,
                    "%s: x-rate-limit: %s is not configured; add rate-limits: {%s: {rate: 60/min}} "
                    "to the configuration",
                    op->id, op->limits[k], op->limits[k]);
        if (op->limit_count >= RATES_MAX)
            diag_error(diags, op->source, "%s: x-rate-limit: at most %d", op->id, RATES_MAX - 1);
    }
}
