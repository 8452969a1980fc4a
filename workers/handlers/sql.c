/* SPDX-License-Identifier: MIT */
/* Turns a request into a database job, and the job's result into the answer. A job outlives the
 * request's body, which is freed before it runs, so every value is copied or lies in raw_body. */
#include <stdio.h>

#include "lib/api/operation/envelope.h"
#include "lib/auth/store/identity.h"
#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/core/log.h"
#include "lib/db/engine/page_cursor.h"
#include "workers/handlers/answer_location.h"
#include "workers/handlers/blamed.h"
#include "workers/handlers/cursor.h"
#include "workers/request/form.h"
#include "workers/request/answer.h"
#include "workers/handlers/handlers.h"
#include "workers/handlers/idempotency_key.h"
#include "workers/handlers/prefer.h"
#include "workers/handlers/stream.h"
#include "workers/handlers/version.h"
#include "workers/identity/challenge.h"
#include "workers/http/http.h"
#include "workers/request/observe.h"
#include "workers/request/reply.h"

static struct slice in_arena(struct request *r, const char *text)
{
    return slice_of(arena_strdup(&r->arena, text));
}

static struct db_value text_value(struct slice text)
{
    return text.data ? (struct db_value){.type = DB_TEXT, .text = text}
                     : (struct db_value){.type = DB_NULL};
}

static struct db_value json_value(struct slice text)
{
    return text.data ? (struct db_value){.type = DB_JSON, .text = text}
                     : (struct db_value){.type = DB_NULL};
}

/* Returns the value as JSON text, in the request's arena. */
static struct db_value json_text(struct request *r, const struct jvalue *v)
{
    struct buf text = {0};

    if (jvalue_write(&text, v, &r->budget))
        budget_take(&r->budget, text.cap); /* if it fails, the request is refused later */
    arena_adopt(&r->arena, text.data, text.cap);
    return json_value(buf_slice(&text));
}

/* Returns a string of the body that is still valid when the job runs, after the body's value has
 * gone: it lies in the received bytes, or is copied. */
static struct db_value kept_text(struct request *r, struct slice text)
{
    uintptr_t start = (uintptr_t)r->raw_body.data, at = (uintptr_t)text.data;
    char *copy;

    if (at >= start && at < start + r->raw_body.len)
        return text_value(text);
    if (!budget_take(&r->budget, text.len))
        return text_value(SLICE_LIT(""));
    copy = arena_strndup(&r->arena, text.data, text.len);
    return text_value((struct slice){copy, text.len});
}

static struct db_value value_of(struct request *r, const struct jvalue *v)
{
    switch ((enum jtype)v->type) {
    case JNULL:
        break;
    case JBOOLEAN:
        return (struct db_value){.type = DB_BOOL, .integer = v->boolean};
    case JINTEGER:
        return (struct db_value){.type = DB_INTEGER, .integer = v->integer};
    case JDOUBLE:
        return (struct db_value){.type = DB_REAL, .real = v->real};
    case JSTRING:
        return text_value(jvalue_text(v));
    case JARRAY:
    case JOBJECT:
        return json_text(r, v);
    }
    return (struct db_value){.type = DB_NULL};
}

/* Returns a header by its SQL name: :_header_user_agent is user-agent. */
static struct slice server_header(struct request *r, const char *argument)
{
    char *name = arena_strdup(&r->arena, argument);

    for (char *at = name; *at; at++)
        *at = *at == '_' ? '-' : (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
    return http_header(r, name);
}

/* Returns the whole body: JSON text of the value, or the bytes. */
static struct db_value body_value(struct request *r)
{
    if (!r->media)
        return (struct db_value){.type = DB_NULL};
    if (r->media->kind == MEDIA_BYTES)
        return (struct db_value){.type = DB_BLOB, .text = r->raw_body};
    if (!r->is_rewritten)
        return r->media->kind == MEDIA_JSON ? json_value(r->raw_body) : text_value(r->raw_body);
    return value_of(r, &r->body);
}

/* Returns a claim of the caller; NULL, which equals nothing, if there is no caller. */
static struct db_value caller_value(struct request *r, const struct input *input)
{
    const struct identity *who = r->identity;
    struct jvalue claim;

    if (!who)
        return (struct db_value){.type = DB_NULL};
    switch (input->server) {
    case SERVER_SUB:
        return text_value(slice_of(who->subject));
    case SERVER_SCOPE:
        return text_value(slice_of(who->scope));
    case SERVER_ROLES:
        return text_value(slice_of(who->roles));
    default:
        claim = jvalue_of(&r->arena, jget(who->claims, input->argument));
        return value_of(r, &claim);
    }
}

static struct db_value server_value(struct request *r, const struct input *input)
{
    char text[UUID_TEXT];

    switch (input->server) {
    case SERVER_NOW:
        clock_rfc3339(clock_real_ms(), text);
        return text_value(in_arena(r, text));
    case SERVER_UUID7:
        uuid_v7(text);
        return text_value(in_arena(r, text));
    case SERVER_REQUEST_ID:
        return text_value(slice_of(r->id));
    case SERVER_IP:
        return text_value(slice_of(r->client));
    case SERVER_TLS_SUBJECT:
        return text_value(slice_of(r->tls_subject));
    case SERVER_BODY:
        return body_value(r);
    case SERVER_HEADER:
        return text_value(server_header(r, input->argument));
    case SERVER_IF_MATCH:
        return text_value(version_asked(r));
    case SERVER_SUB:
    case SERVER_SCOPE:
    case SERVER_ROLES:
    case SERVER_CLAIM:
        return caller_value(r, input);
    }
    return (struct db_value){.type = DB_NULL};
}

/* Returns a property of the body, or the bytes of the form's file of that name. */
static struct db_value property_value(struct request *r, const char *name)
{
    const struct jvalue *v = jvalue_get(&r->body, slice_of(name));
    struct slice file = form_find_file(r, name);

    if (file.data)
        return (struct db_value){.type = DB_BLOB, .text = file};
    if (!v)
        return (struct db_value){.type = DB_ABSENT};
    return v->type == JSTRING ? kept_text(r, jvalue_text(v)) : value_of(r, v);
}

/* Returns whether the client itself sent the input. */
static bool is_sent(const struct request *r, const struct input *input)
{
    if (!input->argument)
        return r->parameters[input->index].is_there;
    if (r->sent)
        return r->sent[input - r->op->inputs];
    return jvalue_get(&r->body, slice_of(input->argument));
}

/* Returns the value of a parameter. A default of null counts as absent. */
static struct db_value parameter_value(struct request *r, const struct field_value *parameter)
{
    if (!parameter->is_there && parameter->value.type == JNULL)
        return (struct db_value){.type = DB_ABSENT};
    return value_of(r, &parameter->value);
}

static struct db_value input_value(struct request *r, const struct input *input)
{
    switch (input->from) {
    case INPUT_PARAMETER:
        return parameter_value(r, &r->parameters[input->index]);
    case INPUT_PROPERTY:
        return property_value(r, input->argument);
    case INPUT_HAS:
        return (struct db_value){.type = DB_BOOL, .integer = is_sent(r, input)};
    case INPUT_SERVER:
        return server_value(r, input);
    case INPUT_CURSOR:
        break; /* set by read_cursor() */
    }
    return (struct db_value){.type = DB_NULL};
}

/* Without keys, a cursor stands for an end of the list. */
static enum page_cursor kind_of(const struct jvalue *keys, bool is_backward)
{
    if (!keys->size)
        return PAGE_LAST;
    return is_backward ? PAGE_BEFORE : PAGE_AFTER;
}

/* Replaces the cursor's values by those that the client returned. */
static bool read_cursor(struct request *r)
{
    const struct plan_page *page = &r->op->plan->page;
    const struct jvalue *sent;
    struct db_value *cursor = &r->values[page->cursor];
    struct jvalue keys;
    bool is_backward;

    if (!page->by)
        return true;
    sent = &r->parameters[r->op->cursor_parameter].value;
    if (sent->type == JNULL)
        return true;
    if (sent->type != JSTRING || !cursor_open(r, jvalue_text(sent), &keys, &is_backward) ||
        (keys.size && keys.size != page->by_count))
        return false;
    if (!keys.size && !is_backward)
        return true; /* the first page */
    cursor[0] = (struct db_value){.type = DB_INTEGER, .integer = kind_of(&keys, is_backward)};
    for (size_t i = 0; i < keys.size; i++)
        cursor[1 + i] = value_of(r, &keys.items[i]);
    return true;
}

/* Completes the body of the answer around the rows, and returns whether it may be sent. Only reads
 * the request, since the writer's thread calls it too. */
static bool complete_body(const struct request *r, struct db_job *job)
{
    struct arena arena = {0};
    struct envelope_parts parts = cursor_parts(r, job, &arena);
    bool ok;

    envelope_wrap(r->op->envelope, &r->op->plan->page, &job->body, &parts);
    ok = answer_accept(r, &job->body);
    arena_fini(&arena);
    return ok;
}

static bool on_accept(struct db_job *job)
{
    const struct request *r = job->data;

    if (r->op->envelope != ENVELOPE_NONE && !complete_body(r, job))
        return false;
    if (job->kept)
        idempotency_key_keep(r, job);
    return true;
}

static void answer_rows(struct request *r)
{
    struct db_job *job = &r->job;
    struct slice location;

    if (version_answer(r))
        return;
    location = location_of(r, &r->arena);
    if (location.data)
        reply_header(r, "location", location);
    prefer_answer(r);
    if (r->op->envelope == ENVELOPE_NONE) {
        reply_empty(r, r->op->status);
        return;
    }
    if (!job->accept && !complete_body(r, job))
        answer_refused(r);
    else if (!r->op->has_digest || !version_answer_digest(r, buf_slice(&job->body)))
        answer_json(r, buf_slice(&job->body));
}

/* Answers with the job's error, in the document's words if it has any. */
static void answer_failure(struct request *r)
{
    struct db_job *job = &r->job;
    struct plan_else answer;

    if (job->answer && job->answer->status == 401)
        challenge_add(r, ERR_UNAUTHENTICATED, NULL);
    if (!job->raised || !job->answer || job->answer->message) {
        reply_problem(r, job->err, job->answer, job->keyword);
        return;
    }
    answer = *job->answer;
    answer.message = job->raised;
    reply_problem(r, job->err, &answer, job->keyword);
}

static void on_done(struct db_job *job)
{
    struct request *r = job->data;

    if (job->is_long) {
        stream_begin(r);
        return;
    }
    if (job->err == OK) {
        (job->kept ? idempotency_key_answer : answer_rows)(r);
        return;
    }
    if (job->foreign) {
        shm_count(r->worker->slot, COUNT_FOREIGN_ROWS, 1);
        log_warn("security.row", "operation=%s table=%s sub=\"%.*s\" id=%s", r->op->id,
                 job->foreign, (int)r->subject.len, r->subject.data ? r->subject.data : "", r->id);
    }
    if (blamed_answer(r))
        return;
    if (job->err == ERR_BAD_RESPONSE) { /* which is logged already */
        answer_refused(r);
        return;
    }
    if (err_status(job->err) >= 500)
        observe_failure(r, job);
    if (job->err == ERR_BUSY)
        r->reason = observe_reason(job);
    answer_failure(r);
}

/* Returns how long the request may take: as the operation says, and never longer than all may. */
static uint64_t time_allowed(const struct request *r)
{
    uint64_t all_ns = r->worker->timeouts.request_ns, own_ns = r->op->timeout_ns;

    return own_ns && own_ns < all_ns ? own_ns : all_ns;
}

enum flow handler_sql(struct request *r)
{
    const struct operation *op = r->op;
    enum err err;

    r->values = arena_alloc(&r->arena, (op->input_count + 1) * sizeof(*r->values));
    for (size_t i = 0; i < op->input_count; i++)
        r->values[i] = input_value(r, &op->inputs[i]);
    if (!read_cursor(r))
        return flow_fail(r, ERR_BAD_CURSOR);
    if (r->budget.end != BUDGET_ENOUGH)
        return flow_fail(r, request_overspent(r));
    err = idempotency_key_digest(r);
    if (err != OK)
        return flow_fail(r, err);
    request_drop_body(r);
    r->job.plan = op->plan;
    r->job.values = r->values;
    r->job.subject = r->identity ? slice_of(r->identity->subject) : (struct slice){NULL, 0};
    r->job.count_max = prefer_count(r);
    stream_limit(r);
    r->job.deadline_ns = r->started_ns + time_allowed(r);
    if (r->job.kept || (op->plan->is_write && op->envelope != ENVELOPE_NONE && answer_is_judged(r)))
        r->job.accept = on_accept;
    r->job.done = on_done;
    r->job.data = r;
    r->job.operation = observe_operation(r);
    if (db_submit(r->worker->db, &r->job) == LATER)
        return FLOW_WAIT;
    on_done(&r->job);
    return FLOW_DONE;
}
