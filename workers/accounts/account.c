/* SPDX-License-Identifier: MIT */
/*
 * Implements the steps of the built-ins for accounts: query the store, hash a password, answer.
 * run_steps() calls one after the other, so that a result that is there at once is handled like one
 * that comes later: never inside the step that asked for it. A chain stays alive across turns of
 * the loop through a->next alone; the request, and with it the account, exists until it is
 * answered, so no step checks for a client that has gone. All results of the database pass
 * take_answer(), where all but OK, NOT_FOUND and CONFLICT, which steps handle, end the chain with
 * an error: 500, or 409 if rows refer to the account. Audit notes have their own memory, as they
 * may outlive the request.
 */
#include "workers/accounts/account.h"

#include <assert.h>
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>

#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/log_repeat.h"
#include "lib/core/memory.h"
#include "lib/schema/format.h"
#include "workers/request/observe.h"
#include "workers/request/reply.h"

enum { EMAIL_MAX = 254, AUDIT_S = 30, LEEWAY_MAX_S = 300 /* identity.leeway at most */ };

static void release_account(void *arg)
{
    struct account *a = arg;

    store_fini(&a->call);
    explicit_bzero(a->hash, sizeof(a->hash));
}

static void put_value(void *value)
{
    json_object_put(value);
}

static struct account *account_new(struct request *r)
{
    struct account *a = arena_zalloc(&r->arena, sizeof(*a));
    char text[CLOCK_TEXT];
    uint64_t now_ms;

    a->r = r;
    a->auth = r->worker->auth;
    now_ms = clock_real_ms(); /* read once, so that seconds and text agree */
    a->now_s = (int64_t)(now_ms / 1000);
    clock_rfc3339(now_ms, text);
    a->now = arena_strdup(&r->arena, text);
    a->audit_since = auth_time(&r->arena, a->now_s - a->auth->times.audit_s);
    a->tokens_since = auth_time(&r->arena, a->now_s - a->auth->times.access_s - LEEWAY_MAX_S);
    arena_defer(&r->arena, release_account, a);
    return a;
}

struct arena *account_arena(struct account *a)
{
    return &a->r->arena;
}

/* --- steps --- */

/* On the stack of run_steps(), because a step that answers frees the account. */
struct steps {
    const struct account *a;
    account_fn ready; /* the step that follows the one that runs */
    bool is_waiting;  /* a callback of the loop will run the next one */
};

static struct steps *running; /* the loop has one thread */

static bool run_steps(struct account *a, account_fn step)
{
    struct steps *outer = running, mine = {.a = a, .ready = step};

    running = &mine;
    while (mine.ready) {
        step = mine.ready;
        mine.ready = NULL;
        step(a);
    }
    running = outer;
    return mine.is_waiting;
}

enum flow account_run(struct request *r, account_fn first)
{
    return run_steps(account_new(r), first) ? FLOW_WAIT : FLOW_DONE;
}

void account_continue(struct account *a, account_fn next)
{
    assert(running && running->a == a);
    assert(!running->ready && !running->is_waiting);
    running->ready = next;
}

void account_wait(struct account *a)
{
    assert(running && running->a == a);
    assert(!running->ready && !running->is_waiting);
    running->is_waiting = true;
}

void account_resume(struct account *a, account_fn step)
{
    run_steps(a, step);
}

/* --- the store --- */

static const char *actor(const struct account *a)
{
    return a->r->identity ? a->r->identity->subject : "anonymous";
}

void account_begin(struct account *a, enum store_query query)
{
    store_fini(&a->call);
    store_begin(&a->call, &a->auth->store, query);
    store_text_if_used(&a->call, "now", a->now);
    store_text_if_used(&a->call, "audit_since", a->audit_since);
    store_text_if_used(&a->call, "tokens_since", a->tokens_since);
    store_text_if_used(&a->call, "actor", actor(a));
    store_text_if_used(&a->call, "client", a->r->client);
    store_text_if_used(&a->call, "request_id", a->r->id);
}

void account_log(const struct account *a, const char *event, const char *user_id)
{
    log_info("auth.event", "event=%s sub=%s client=%s id=%s", event, user_id ? user_id : "-",
             a->r->client, a->r->id);
}

/* Returns the account that the last query was about. */
static const char *subject_of(const struct account *a)
{
    const char *said = store_get_text(&a->call, "user_id");

    return said ? said : jget_text(a->row, "user_id");
}

static void take_answer(struct account *a)
{
    assert(a->next);
    a->err = a->call.job.err;
    a->row = store_result(&a->call);
    if (a->row)
        arena_defer(&a->r->arena, put_value, a->row);
    if (a->err == OK && store_event(&a->call))
        account_log(a, store_event(&a->call), subject_of(a));
    if (a->err == OK || a->err == ERR_NOT_FOUND || a->err == ERR_CONFLICT) {
        a->next(a);
        return;
    }
    observe_failure(a->r, &a->call.job);
    account_fail(a, a->err == ERR_REFERENCED || err_status(a->err) >= 500 ? a->err : ERR_INTERNAL);
}

static void on_answered(struct db_job *job)
{
    account_resume(job->data, take_answer);
}

void account_ask(struct account *a, account_fn next)
{
    struct request *r = a->r;

    assert(next);
    a->next = next;
    if (store_submit(&a->call, r->worker->db, clock_ns() + r->worker->timeouts.request_ns,
                     on_answered, a) == DONE)
        account_continue(a, take_answer);
    else
        account_wait(a);
}

void account_ask_caller(struct account *a, account_fn next)
{
    account_begin(a, STORE_USER);
    store_text(&a->call, "id", a->r->identity->subject);
    account_ask(a, next);
}

/* --- audit notes, which nothing waits for --- */

struct note {
    struct store_call call;
    struct arena arena;
};

static void on_noted(struct db_job *job)
{
    static struct log_repeat failed = {.event = "audit.failed"};
    struct note *n = job->data;

    if (job->err != OK)
        log_repeated(&failed, "cause=\"%s\"", job->cause);
    store_fini(&n->call);
    arena_fini(&n->arena);
    free(n);
}

static void note_event(struct note *n, const char *name, const char *text)
{
    store_text(&n->call, name, text ? arena_strdup(&n->arena, text) : NULL);
}

void account_audit(struct account *a, const char *event, const char *user_id, const char *detail)
{
    struct note *n = xcalloc(1, sizeof(*n));

    account_log(a, event, user_id);
    store_begin(&n->call, &a->auth->store, STORE_AUDIT);
    note_event(n, "now", a->now);
    note_event(n, "audit_since", a->audit_since);
    note_event(n, "event", event);
    note_event(n, "user_id", user_id);
    note_event(n, "actor", actor(a));
    note_event(n, "client", a->r->client);
    note_event(n, "request_id", a->r->id);
    note_event(n, "detail", detail);
    if (store_submit(&n->call, a->r->worker->db, clock_ns() + AUDIT_S * NS_PER_S, on_noted, n) ==
        DONE)
        on_noted(&n->call.job);
}

/* --- hashes --- */

/* Runs on a thread: it uses only the account's own fields. */
static void run_work(struct work *w)
{
    struct account *a = (struct account *)(void *)((char *)w - offsetof(struct account, work));

    a->is_worked = a->costs ? password_verify_evenly(a->costs, a->stored, a->password, &a->is_right)
                            : password_hash(&a->auth->cost, a->password, a->hash);
}

static void take_hash(struct account *a)
{
    if (a->work.err == OK && a->is_worked)
        a->next(a);
    else
        account_refuse_busy(a, REASON_PASSWORDS);
}

static void on_worked(struct work *w)
{
    struct account *a = (struct account *)(void *)((char *)w - offsetof(struct account, work));

    account_resume(a, take_hash);
}

static void submit(struct account *a, account_fn next)
{
    a->next = next;
    a->work = (struct work){.run = run_work, .done = on_worked};
    if (work_submit(a->auth->hasher, &a->work) == DONE)
        account_continue(a, take_hash);
    else
        account_wait(a);
}

void account_verify(struct account *a, struct slice password, const char *stored, account_fn next)
{
    if (stored) /* its cost may be newer than this worker */
        password_costs_add_hash(&a->auth->costs, stored);
    a->password = password;
    a->stored = stored;
    a->costs = arena_alloc(account_arena(a), sizeof(*a->costs));
    *a->costs = a->auth->costs;
    submit(a, next);
}

void account_hash(struct account *a, struct slice password, account_fn next)
{
    a->password = password;
    a->costs = NULL;
    submit(a, next);
}

/* --- the body and parameters --- */

const char *account_text(struct account *a, const char *name)
{
    struct slice text = account_slice(a, name);

    return text.data ? arena_strndup(&a->r->arena, text.data, text.len) : NULL;
}

struct slice account_slice(struct account *a, const char *name)
{
    const struct jvalue *value = jvalue_get(&a->r->body, slice_of(name));

    return value && value->type == JSTRING ? jvalue_text(value) : (struct slice){NULL, 0};
}

/* Returns a parameter as text; a value that is no string as its JSON. */
static const char *parameter_text(struct request *r, const struct jvalue *value)
{
    struct buf text = {0};
    const char *copy;

    if (value->type == JNULL)
        return NULL;
    if (value->type == JSTRING) /* a text that C would truncate matches nothing */
        return value->size && memchr(value->text, '\0', value->size)
                   ? ""
                   : arena_strndup(&r->arena, value->text, value->size);
    jvalue_write(&text, value, &r->budget);
    copy = arena_strndup(&r->arena, text.data, text.len);
    buf_fini(&text);
    return copy;
}

const char *account_parameter(struct account *a, const char *name)
{
    for (size_t i = 0; i < a->r->op->parameter_count; i++)
        if (strcmp(a->r->op->parameters[i].field.name, name) == 0)
            return parameter_text(a->r, &a->r->parameters[i].value);
    return NULL;
}

/* Returns the address in lower case. Addresses that differ only in case are the same, because no
 * mail provider distinguishes them. */
const char *account_email(struct account *a)
{
    struct slice sent = account_slice(a, "email");
    char *lower = arena_strndup(&a->r->arena, sent.data ? sent.data : "", sent.len);

    for (char *at = lower; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    if (sent.len && sent.len <= EMAIL_MAX && strlen(lower) == sent.len &&
        format_find("email")->is_text(lower, sent.len))
        return lower;
    account_refuse(a, "/email", "format", "must be an e-mail address");
    return NULL;
}

bool account_takes_password(struct account *a, const char *name, const char *email)
{
    enum password_fault fault = password_check(account_slice(a, name), email);

    if (fault == PASSWORD_OK)
        return true;
    account_refuse(a, arena_printf(&a->r->arena, "/%s", name), "password",
                   password_fault_text(fault));
    return false;
}

struct json_object *account_list(const char *text)
{
    struct json_object *out = NULL;
    struct jread_fault fault;

    if (text)
        jread_text(text, strlen(text), 2, NULL, &out, &fault);
    return out ? out : json_object_new_array();
}
