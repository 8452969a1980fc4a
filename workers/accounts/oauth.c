/* SPDX-License-Identifier: MIT */
/*
 * One login at a provider makes several requests. They share a deadline that is set when the login
 * begins, so that a provider that answers each one slowly cannot hold a request for long, and a
 * share of all outbound transfers, so that a provider that hangs cannot starve mail and the other
 * providers. `asking` counts what is under way; it falls either in on_asked() or, if the client
 * leaves first, in release_oauth(), never in both, because a finished request has no transfer.
 */
#include "workers/accounts/oauth.h"

#include <assert.h>
#include <string.h>

#include "lib/core/clock.h"
#include "lib/core/fault.h"
#include "lib/core/log.h"
#include "lib/core/text/cookie.h"
#include "workers/accounts/throttle.h"
#include "workers/http/http.h"
#include "workers/outbound/http_json.h"
#include "workers/request/reply.h"

/* A browser may have LOGINS_MAX logins under way, in tabs of their own; more would fill the header
 * of its requests. */
enum { LOGIN_MS = 4500, ANSWER_MAX = 256 << 10, LOGINS_MAX = 8 };

/* Runs when the request ends. The provider state is touched only while a transfer runs; otherwise
 * it may be gone. */
static void release_oauth(void *arg)
{
    struct oauth *o = arg;

    if (o->request.transfer)
        outbound_cancel(&o->request);
    if (o->is_reserved)
        o->at->asking--;
    buf_fini(&o->request.answer);
    json_object_put(o->tokens);
    explicit_bzero(&o->attempt, sizeof(o->attempt));
}

struct oauth *oauth_new(struct account *a)
{
    struct oauth *o = arena_zalloc(account_arena(a), sizeof(*o));

    o->a = a;
    a->oauth = o;
    o->deadline_ns = clock_ns() + LOGIN_MS * NS_PER_MS;
    arena_defer(account_arena(a), release_oauth, o);
    return o;
}

const struct provider *oauth_provider(const struct oauth *o)
{
    return &o->at->provider;
}

/* --- requests --- */

static void take_response(struct account *a)
{
    a->oauth->next(a->oauth);
}

static void on_asked(struct outbound_request *request)
{
    struct oauth *o = request->arg;

    account_resume(o->a, take_response);
}

bool oauth_reserve(struct oauth *o)
{
    if (o->is_reserved)
        return true;
    if (o->at->asking >= o->a->auth->providers.share) {
        log_warn("oauth.busy", "provider=%s id=%s", oauth_provider(o)->name, o->a->r->id);
        account_refuse_busy(o->a, REASON_PROVIDER_BUSY);
        return false;
    }
    o->at->asking++;
    return o->is_reserved = true;
}

static void submit(struct oauth *o, const char *step, oauth_fn next)
{
    uint64_t now = clock_ns();

    o->step = step;
    o->next = next;
    if (now >= o->deadline_ns) {
        oauth_fail(o, "the request took too long");
        return;
    }
    if (!oauth_reserve(o))
        return;
    o->request.configured = oauth_provider(o)->is_oidc ? oauth_provider(o)->issuer : o->request.url;
    o->request.timeout_ms = (o->deadline_ns - now) / NS_PER_MS + 1;
    o->request.limit_bytes = ANSWER_MAX;
    o->request.done = on_asked;
    o->request.arg = o;
    if (http_json_submit(o->a->r->worker, &o->request) == DONE) {
        account_continue(o->a, take_response);
        return;
    }
    account_wait(o->a);
}

void oauth_get(struct oauth *o, const char *step, const char *url, const char *token, oauth_fn next)
{
    struct outbound_header header = {"Authorization", NULL};

    if (token)
        header.value = arena_printf(account_arena(o->a), "Bearer %s", token);
    buf_fini(&o->request.answer);
    o->request = (struct outbound_request){.url = url, .headers = &header, .header_count = !!token};
    submit(o, step, next);
}

void oauth_post(struct oauth *o, const char *step, const char *url, const char *authorization,
                struct slice form, oauth_fn next)
{
    struct outbound_header headers[] = {{"Content-Type", "application/x-www-form-urlencoded"},
                                        {"Authorization", authorization}};

    buf_fini(&o->request.answer);
    o->request = (struct outbound_request){.method = OUTBOUND_POST,
                                           .url = url,
                                           .headers = headers,
                                           .header_count = authorization ? 2 : 1,
                                           .body = form};
    submit(o, step, next);
}

/* --- discovery --- */

/* Uses old metadata if new metadata cannot be had. */
static void on_discovered(struct oauth *o)
{
    struct provider_state *s = o->at;
    struct fault fault;

    if (http_json_check(&o->request, &fault) &&
        provider_discover(&s->provider, buf_slice(&o->request.answer), &fault))
        s->discovered_ns = clock_ns();
    else if (s->discovered_ns)
        log_warn("oauth.discovery", "provider=%s reason=\"%s\"", s->provider.name, fault.text);
    if (s->discovered_ns)
        o->then(o);
    else
        oauth_fail(o, fault.text);
}

static void take_known(struct account *a)
{
    a->oauth->then(a->oauth);
}

void oauth_discover(struct oauth *o, oauth_fn next)
{
    struct buf url = {0};

    o->then = next;
    if (!providers_wants_discovery(o->at)) {
        account_continue(o->a, take_known);
        return;
    }
    provider_put_discovery(oauth_provider(o), &url);
    oauth_get(o, "discovery", arena_strdup(account_arena(o->a), buf_text(&url)), NULL,
              on_discovered);
    buf_fini(&url);
}

/* --- answers --- */

static void set_cookie(struct oauth *o, const char *name, const char *value, int age_s)
{
    reply_header(o->a->r, "set-cookie",
                 slice_of(arena_printf(account_arena(o->a),
                                       "%s=%s; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=%d",
                                       name, value, age_s)));
}

void oauth_set_cookie(struct oauth *o, const char *value)
{
    char name[OAUTH_STATE_COOKIE_NAME];

    if (oauth_state_cookie(slice_of(o->attempt.state), name))
        set_cookie(o, name, value ? value : "", value ? OAUTH_STATE_S : 0);
}

/* Takes the name of the next cookie of a login off the list; empty if there is none. */
static struct slice next_login(struct slice *list)
{
    struct slice name, value;

    while (cookie_next(list, &name, &value))
        if (oauth_state_is_cookie(name))
            return name;
    return (struct slice){NULL, 0};
}

void oauth_make_room(struct oauth *o)
{
    struct slice list = http_header_list(o->a->r, "cookie"), oldest = list;
    size_t count = 0;

    while (next_login(&list).len)
        count++;
    /* Browsers send older cookies first (RFC 6265, 5.4). A client may send any number of them, but
     * a response has room for few headers. */
    for (size_t i = 0; i < LOGINS_MAX && count >= LOGINS_MAX; i++, count--) {
        struct slice name = next_login(&oldest);

        set_cookie(o, arena_strndup(account_arena(o->a), name.data, name.len), "", 0);
    }
}

/* Sends the browser back to the application's page, which learns what went wrong from ?error=. */
static void send_back(struct oauth *o, const char *code)
{
    const char *to = oauth_provider(o)->return_to;
    size_t len = strcspn(to, "#");
    const char *sign = memchr(to, '?', len) ? "&" : "?";

    reply_header(o->a->r, "location",
                 slice_of(arena_printf(account_arena(o->a), "%.*s%serror=%s%s", (int)len, to, sign,
                                       code, to + len)));
    reply_empty(o->a->r, 302);
}

void oauth_refuse(struct oauth *o, enum err err, const char *code)
{
    assert(code);
    if (o->is_counted && !throttle_fail(o->a))
        return; /* answered */
    if (o->is_counted && oauth_provider(o)->return_to)
        send_back(o, code);
    else
        account_problem(o->a, err, code);
}

void oauth_fail(struct oauth *o, const char *why)
{
    log_warn("oauth.failed", "provider=%s step=%s reason=\"%s\" id=%s", oauth_provider(o)->name,
             o->step, why, o->a->r->id);
    oauth_refuse(o, ERR_PROVIDER, "oauth.provider");
}
