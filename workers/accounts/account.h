/* SPDX-License-Identifier: MIT */
/*
 * One built-in of accounts at work: a chain of questions to the store and of hashes, each of which
 * may take some turns of the loop. A step says what comes next, and returns.
 *
 *     account_begin(a, STORE_LOGIN);             what is asked,
 *     store_text(&a->call, "email", email);      with which values,
 *     account_ask(a, on_user);                   and what is done with a->row then
 *
 * It belongs to the request, which is there until it is answered: whoever answers does nothing
 * after. All texts are the request's.
 */
#ifndef LEAT_WORKERS_ACCOUNTS_ACCOUNT_H
#define LEAT_WORKERS_ACCOUNTS_ACCOUNT_H

#include "workers/identity/auth.h"
#include "workers/request/flow.h"

struct account;
struct oauth;
typedef void (*account_fn)(struct account *a);

/* One of the things that a failure counts for. */
struct throttle_key {
    enum throttle_row row;
    const char *key;
};

enum { THROTTLE_KEYS = 3 };

struct account {
    struct request *r;
    struct auth *auth;
    const char *now;          /* of the request, RFC 3339 */
    const char *audit_since;  /* what happened before is forgotten */
    const char *tokens_since; /* access tokens of sessions that ended before are over */
    int64_t now_s;

    /* The last question and its answer. */
    struct store_call call;
    enum err err;            /* OK, or why there is none; NOT_FOUND where there is no such row */
    struct json_object *row; /* an object or a list; the request's */

    /* The last hash. */
    struct work work;
    struct slice password;
    struct password_costs *costs; /* NULL: it is hashed, otherwise compared */
    const char *stored;           /* with that, or with nobody's (NULL) */
    bool is_worked, is_right;
    char hash[PASSWORD_HASH];

    account_fn next;
    account_fn then;                 /* of a chain within the chain */
    account_fn admitted, next_known; /* of throttle.c and known.c */

    /* What the built-in has found out. */
    struct json_object *user;
    const char *email, *method;
    const char *request;                        /* what is asked for, of what counts each time */
    const char *place;                          /* what the account is known from, or NULL */
    struct throttle_key counted[THROTTLE_KEYS]; /* what a failure counts for */
    size_t counted_count;
    int64_t life_s;                      /* of the refresh token that the client gets */
    const char *session, *secret, *csrf; /* of the login: its id, and what the client gets */
    const char *keep;                    /* the session that is not revoked with the others */
    struct json_object *codes;           /* of recovery; the request's */
    int letter;                          /* enum mail_kind */
    bool is_cookie, is_second_try;
    struct oauth *oauth; /* of a login at a provider: workers/accounts/oauth.h */
};

/* The account of a request, whose built-in it begins. */
struct account *account_new(struct request *r);
struct arena *account_arena(struct account *a);

/* Begins a question: now, audit_since, tokens_since, actor, client and request_id are set where it
 * has them. */
void account_begin(struct account *a, enum store_query query);
/* Asks it. What the database could not do is answered here: `next` is called with OK, NOT_FOUND or
 * CONFLICT only. */
void account_ask(struct account *a, account_fn next);
/* Asks who calls. */
void account_ask_caller(struct account *a, account_fn next);
/* A line in the log, as each question that leaves a row in _leat_audit has one of its own. */
void account_log(const struct account *a, const char *event, const char *user_id);
/* Notes an event that no other question notes; nothing waits for it. */
void account_audit(struct account *a, const char *event, const char *user_id, const char *detail);

/* Compares a password with a stored hash, or (`stored` NULL) with none, which is the same work:
 * a->is_right. Where too many wait, or memory is short, the answer is 503. */
void account_verify(struct account *a, struct slice password, const char *stored, account_fn next);
/* Makes a->hash of it. */
void account_hash(struct account *a, struct slice password, account_fn next);

/* Members of the body; NULL (data NULL) where they are absent. */
const char *account_text(struct account *a, const char *name);
struct slice account_slice(struct account *a, const char *name);
/* A parameter of the operation as text; NULL where it is absent, "" where it holds U+0000: nothing
 * that is looked up by one does. */
const char *account_parameter(struct account *a, const char *name);
/* The body's e-mail address in lower case; NULL after it was refused (422). */
const char *account_email(struct account *a);
/* Whether a new password is good enough; if not, it was refused (422). */
bool account_takes_password(struct account *a, const char *name, const char *email);

/* A JSON array of the store, read; empty where it is none. The caller's. */
struct json_object *account_list(const char *text);
/* Tells all workers that something of the caller's account was taken back. */
void account_took_back(struct account *a);

/* Answers. */
void account_fail(struct account *a, enum err err);
/* The same with a `code` (static, may be NULL). */
void account_problem(struct account *a, enum err err, const char *code);
void account_refuse(struct account *a, const char *pointer, const char *keyword,
                    const char *message);
void account_done(struct account *a);

#endif
