/* SPDX-License-Identifier: MIT */
/*
 * A running built-in of accounts: a chain of queries to the store and of hashes, each of which may
 * take some turns of the loop. A step starts the next one, and returns.
 *
 * No function that takes a `next` calls it before it returns: account_run() does, once the step
 * that started it has returned, or the loop in a later turn.
 *
 *     account_begin(a, STORE_LOGIN);             selects the query,
 *     store_text(&a->call, "email", email);      sets its values,
 *     account_ask(a, on_user);                   runs it; on_user finds the result in a->row
 *
 * It belongs to the request, which exists until it is answered: a step that answers must do nothing
 * afterwards. All texts are the request's.
 */
#ifndef LEAT_WORKERS_ACCOUNTS_ACCOUNT_H
#define LEAT_WORKERS_ACCOUNTS_ACCOUNT_H

#include "workers/identity/auth.h"
#include "workers/request/flow.h"

struct account;
struct oauth;
typedef void (*account_fn)(struct account *a);

/* A row of the throttle, and the key in it, that a failure counts against. */
struct throttle_key {
    enum throttle_row row;
    const char *key;
};

enum { THROTTLE_KEYS = 3 };

struct account {
    struct request *r;
    struct auth *auth;
    const char *now;          /* time of the request, RFC 3339 */
    const char *audit_since;  /* audit records from before are deleted */
    const char *tokens_since; /* access tokens of sessions that ended before have expired */
    int64_t now_s;

    /* The last query and its result. */
    struct store_call call;
    enum err err;            /* OK, or the reason for no result; NOT_FOUND: no such row */
    struct json_object *row; /* an object or a list; the request's */

    /* The last hash. */
    struct work work;
    struct slice password;
    struct password_costs *costs; /* NULL: the password is hashed, else compared */
    const char *stored;           /* hash to compare with; NULL: a dummy, at the same cost */
    bool is_worked, is_right;
    char hash[PASSWORD_HASH];

    account_fn next;
    account_fn then;                 /* follows when a chain inside the chain has ended */
    account_fn admitted, next_known; /* continuations of throttle.c and known_places.c */

    /* The results that the built-in has found so far. */
    struct json_object *user;
    const char *email, *method;
    const char *request;                        /* kind of a request that always counts */
    const char *place;                          /* where the account is known from, or NULL */
    struct throttle_key counted[THROTTLE_KEYS]; /* what a failure counts against */
    size_t counted_count;
    int64_t life_s;                      /* remaining life of the client's refresh token */
    const char *session, *secret, *csrf; /* of the login: its id, and the secrets for the client */
    const char *keep;                    /* session that survives revoking the others */
    struct json_object *codes;           /* recovery codes; the request's */
    struct slice answer;                 /* that account_prepare() has accepted */
    int letter;                          /* enum mail_kind */
    bool is_cookie, is_second_try;
    struct oauth *oauth; /* of a login at a provider: workers/accounts/oauth.h */
};

/* Runs a built-in from its first step. FLOW_DONE: the request is answered. FLOW_WAIT: a later step
 * answers it. */
enum flow account_run(struct request *r, account_fn first);
/* Lets `next` follow when the step that runs now has returned. */
void account_continue(struct account *a, account_fn next);
/* Lets a callback of the loop run a step of `a`, which began to wait with account_wait(). */
void account_wait(struct account *a);
void account_resume(struct account *a, account_fn step);
struct arena *account_arena(struct account *a);

/* Starts a query. Sets now, audit_since, tokens_since, actor, client and request_id if it has
 * them. */
void account_begin(struct account *a, enum store_query query);
/* Runs the query; `next` follows with a->err OK, NOT_FOUND or CONFLICT. Other errors of the
 * database are answered, and nothing follows. */
void account_ask(struct account *a, account_fn next);
/* Queries the caller's account. */
void account_ask_caller(struct account *a, account_fn next);
/* Writes a log line; for events that the last query has recorded in _leat_audit itself. */
void account_log(const struct account *a, const char *event, const char *user_id);
/* Records an event in _leat_audit that no other query records; nothing waits for it. */
void account_audit(struct account *a, const char *event, const char *user_id, const char *detail);

/* Compares a password with a stored hash, or (`stored` NULL) with a dummy at the same cost; sets
 * a->is_right. If too many hashes are queued, or memory is short, the answer is 503. */
void account_verify(struct account *a, struct slice password, const char *stored, account_fn next);
/* Hashes a password into a->hash. */
void account_hash(struct account *a, struct slice password, account_fn next);

/* Returns a member of the body; NULL (data NULL) if it is absent. */
const char *account_text(struct account *a, const char *name);
struct slice account_slice(struct account *a, const char *name);
/* Returns a parameter of the operation as text; NULL if absent, "" if it contains U+0000, since no
 * stored value does. */
const char *account_parameter(struct account *a, const char *name);
/* Returns the body's e-mail address in lower case; NULL after it was refused (422). */
const char *account_email(struct account *a);
/* Returns whether a new password is good enough; if not, it was refused (422). */
bool account_takes_password(struct account *a, const char *name, const char *email);

/* Parses a JSON array of the store; returns an empty one if the text is none. The caller's. */
struct json_object *account_list(const char *text);
/* Tells all workers that something of the caller's account was revoked. */
void account_took_back(struct account *a);

/* Answers with an error. */
void account_fail(struct account *a, enum err err);
/* Fails with 503, because too many others wait for what it needs, for that reason. */
static inline void account_refuse_busy(struct account *a, enum reason reason)
{
    a->r->reason = reason;
    account_fail(a, ERR_BUSY);
}
/* Answers with an error and a `code` (static, may be NULL). */
void account_problem(struct account *a, enum err err, const char *code);
void account_refuse(struct account *a, const char *pointer, const char *keyword,
                    const char *message);
void account_done(struct account *a);
/* Accepts the body of the answer before anything is committed that it tells of. Takes `value`.
 * Returns false after it was refused (500). */
bool account_prepare(struct account *a, struct json_object *value);
/* Answers with the body that was accepted last. */
void account_answer(struct account *a);

#endif
