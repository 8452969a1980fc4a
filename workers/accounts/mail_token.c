/* SPDX-License-Identifier: MIT */
#include "workers/accounts/mail_token.h"

#include "lib/auth/secret/bearer_secret.h"
#include "lib/conf/conf.h"
#include "lib/core/json/jget.h"

enum { VERIFY_S = 24 * 3600, RESET_S = 3600 };

static const struct {
    const char *kind, *link;
    int64_t life_s;
} kinds[] = {
    [MAIL_VERIFY_EMAIL] = {"verify-email", "identity.verify-link", VERIFY_S},
    [MAIL_RESET_PASSWORD] = {"reset-password", "identity.reset-link", RESET_S},
};

const char *mail_token_kind(enum mail_kind kind)
{
    return kinds[kind].kind;
}

/* Returns the configured link with the token filled in; NULL if none is configured. */
static const char *link_of(struct account *a, const char *token)
{
    const char *link = conf_string(a->r->worker->config, kinds[a->letter].link);
    const char *at = link ? strstr(link, "{token}") : NULL;

    return at ? arena_printf(account_arena(a), "%.*s%s%s", (int)(at - link), link, token,
                             at + strlen("{token}"))
              : link;
}

/* A message that is sent after the request has been answered, so that the time to prepare it cannot
 * be measured. */
struct letter {
    struct worker *worker;
    enum mail_kind kind;
    const char *to;
    struct mail_variables variables;
};

static void post(void *arg)
{
    struct letter *l = arg;

    mail_send(l->worker, l->kind, l->to, &l->variables);
}

static void post_after(struct account *a, enum mail_kind kind, const char *to,
                       struct mail_variables variables)
{
    struct letter *l = arena_zalloc(account_arena(a), sizeof(*l));

    *l = (struct letter){a->r->worker, kind, to, variables};
    arena_defer(account_arena(a), post, l);
}

static void on_made(struct account *a)
{
    struct mail_variables v = {.token = a->secret, .link = link_of(a, a->secret)};

    if (a->err == OK && a->user)
        post_after(a, (enum mail_kind)a->letter, a->email, v);
    a->then(a);
}

void mail_token_send(struct account *a, enum mail_kind kind, account_fn next)
{
    char *token = arena_alloc(account_arena(a), BEARER_SECRET_TEXT);
    char *hash = arena_alloc(account_arena(a), BEARER_SECRET_HASH);
    const char *event = a->user ? "mail.requested" : "mail.unknown";
    const char *user_id = jget_text(a->user, "id");

    a->then = next;
    a->letter = kind;
    a->secret = token;
    bearer_secret_make(token);
    bearer_secret_hash(slice_of(token), hash);
    account_log(a, event, user_id);
    account_begin(a, STORE_MAKE_EMAIL_TOKEN);
    store_text(&a->call, "token_hash", hash);
    store_text(&a->call, "user_id", user_id);
    store_text(&a->call, "kind", kinds[kind].kind);
    store_text(&a->call, "event", event);
    store_text(&a->call, "email", a->email);
    store_text(&a->call, "expires_at", auth_time(account_arena(a), a->now_s + kinds[kind].life_s));
    account_ask(a, on_made);
}

void mail_token_notice(struct account *a, enum mail_kind kind, const char *email)
{
    post_after(a, kind, arena_strdup(account_arena(a), email), (struct mail_variables){0});
}
