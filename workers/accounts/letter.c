/* SPDX-License-Identifier: MIT */
#include "workers/accounts/letter.h"

#include "lib/auth/opaque.h"
#include "lib/conf/conf.h"
#include "lib/core/jget.h"

enum { VERIFY_S = 24 * 3600, RESET_S = 3600 };

static const struct {
    const char *kind, *link;
    int64_t life_s;
} kinds[] = {
    [MAIL_VERIFY_EMAIL] = {"verify-email", "identity.verify-link", VERIFY_S},
    [MAIL_RESET_PASSWORD] = {"reset-password", "identity.reset-link", RESET_S},
};

const char *letter_kind(enum mail_kind kind)
{
    return kinds[kind].kind;
}

/* The configured link with the token in its place; NULL where none is configured. */
static const char *link_of(struct account *a, const char *token)
{
    const char *link = conf_string(a->r->worker->config, kinds[a->letter].link);
    const char *at = link ? strstr(link, "{token}") : NULL;

    return at ? arena_printf(account_arena(a), "%.*s%s%s", (int)(at - link), link, token,
                             at + strlen("{token}"))
              : link;
}

static void on_made(struct account *a)
{
    struct mail_variables v = {.token = a->secret, .link = link_of(a, a->secret)};

    if (a->err == OK)
        mail_send(a->r->worker, (enum mail_kind)a->letter, a->email, &v);
    a->then(a);
}

static void on_noted(struct account *a)
{
    a->then(a);
}

void letter_send(struct account *a, enum mail_kind kind, account_fn next)
{
    char *token = arena_alloc(account_arena(a), OPAQUE_TEXT);
    char *hash = arena_alloc(account_arena(a), OPAQUE_HASH);

    a->then = next;
    a->letter = kind;
    if (!a->user) {
        account_log(a, "mail.unknown", NULL);
        account_begin(a, STORE_AUDIT);
        store_text(&a->call, "event", "mail.unknown");
        store_text(&a->call, "detail", kinds[kind].kind);
        account_ask(a, on_noted);
        return;
    }
    opaque_make(token);
    opaque_hash(slice_of(token), hash);
    a->secret = token;
    account_begin(a, STORE_MAKE_EMAIL_TOKEN);
    store_text(&a->call, "token_hash", hash);
    store_text(&a->call, "user_id", jget_text(a->user, "id"));
    store_text(&a->call, "kind", kinds[kind].kind);
    store_text(&a->call, "email", a->email);
    store_text(&a->call, "expires_at", auth_time(account_arena(a), a->now_s + kinds[kind].life_s));
    account_ask(a, on_made);
}

void letter_notice(struct account *a, enum mail_kind kind, const char *email)
{
    mail_send(a->r->worker, kind, email, &(struct mail_variables){0});
}
