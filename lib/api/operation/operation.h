/* SPDX-License-Identifier: MIT */
/*
 * The operations of all documents as a worker runs them, built from the release's records
 * (document.h). The same code runs in the check, with `diags`, and there proves every name: each
 * :name of the SQL is a parameter, a body property or one of the server's values, and result
 * columns and response properties match in both directions.
 */
#ifndef LEAT_API_OPERATION_OPERATION_H
#define LEAT_API_OPERATION_OPERATION_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/api/operation/envelope.h"
#include "lib/api/request/field.h"
#include "lib/api/request/media_type.h"
#include "lib/api/request/router.h"
#include "lib/api/request/security.h"
#include "lib/core/arena.h"
#include "lib/core/diag.h"
#include "lib/core/enum_text.h"
#include "lib/db/engine/plan.h"
#include "lib/schema/schema.h"

#define PARAMETER_PLACES(ROW)                                                                      \
    ROW(IN_PATH, "path") ROW(IN_QUERY, "query") ROW(IN_HEADER, "header") ROW(IN_COOKIE, "cookie")
enum parameter_in { PARAMETER_PLACES(ENUM_VALUE) };
enum { PARAMETER_PLACE_COUNT = PARAMETER_PLACES(ENUM_ONE) };

struct parameter {
    struct field field;
    enum parameter_in in;
    size_t capture; /* for IN_PATH: the index of the captured segment */
    bool is_required;
    bool has_default;
    struct jvalue fallback; /* the schema's default */
};

/* A media type that the body may have. */
struct body_media {
    const char *type; /* as in the document, also a range: "image/" and a star */
    enum media_kind kind;
    const struct schema *schema;
    const struct field **fields; /* the form's fields: properties of its schema */
    size_t field_count;
};
/* Values that only the server knows, and that no client can supply. */
enum server_value {
    SERVER_NOW,
    SERVER_UUID7,
    SERVER_REQUEST_ID,
    SERVER_IP,
    SERVER_TLS_SUBJECT,
    SERVER_BODY,
    SERVER_SUB,
    SERVER_SCOPE,
    SERVER_ROLES,
    SERVER_IF_MATCH,
    SERVER_CLAIM,
    SERVER_HEADER,
};

enum input_from { INPUT_PARAMETER, INPUT_PROPERTY, INPUT_SERVER, INPUT_HAS, INPUT_CURSOR };

/* The source of one of the plan's values. */
struct input {
    enum input_from from;
    const char *name;     /* as in the SQL, without ':' */
    size_t index;         /* of the parameter, or of the cursor's value */
    const char *argument; /* property, header or claim; NULL for INPUT_HAS of a parameter */
    enum server_value server;
};

/* The use that an operation makes of If-Match (RFC 9110, 13.1.1). */
enum if_match { IF_MATCH_IGNORED, IF_MATCH_OPTIONAL, IF_MATCH_REQUIRED };

/* The use that an operation makes of Idempotency-Key. */
enum idempotency { IDEMPOTENCY_IGNORED, IDEMPOTENCY_OPTIONAL, IDEMPOTENCY_REQUIRED };

enum binding { BINDING_NONE, BINDING_SQL, BINDING_BUILTIN };

/* The most values that one operation may bind. */
enum { INPUTS_MAX = 256 };

struct operation {
    size_t index; /* among all operations */
    const char *id;
    enum method method;
    const char *template; /* includes the mount: "/v1/todos/{id}" */
    const char *mount;
    const char *source;           /* "file:line:col" */
    struct parameter *parameters; /* query parameters first */
    size_t parameter_count, query_count;
    const struct field **query; /* the fields of the first query_count parameters */
    bool allows_undeclared;     /* query parameters that the document lacks are let through */
    bool allows_scan;           /* full table scans are accepted */
    struct body_media *bodies;
    size_t body_count;            /* 0 if it takes no body */
    bool is_body_required, fills; /* fills: a schema of the body has defaults */
    int status;
    const struct schema *response; /* of the success; NULL if there is no JSON body or no schema */
    bool strips;                   /* JSON text in the answer's columns may hold hidden members */
    const char *response_type;     /* its media type; NULL if there is no JSON body */
    enum binding binding;
    const char *builtin;
    const void *handler; /* set and known by workers/builtins.c; or NULL */
    bool is_monitor;     /* it watches the server: its requests are not turned away for load */
    bool needs_accounts; /* it asks the tables of accounts */
    struct plan *plan;
    bool has_location_path; /* a path of the API fits the plan's location */
    struct input *inputs;   /* the plan's values, in order */
    size_t input_count;
    size_t cursor_parameter; /* index of the page's parameter */
    enum envelope envelope;
    enum if_match if_match;
    bool has_digest; /* the ETag of a list is made of its body */
    enum idempotency idempotency;
    uint64_t answer_lifetime_ms; /* of an answer that is kept under a key */
    uint32_t concurrency;        /* x-concurrency, for each worker; 0: none */
    uint64_t timeout_ns; /* x-timeout, from the head on; 0 if timeouts.request alone counts */
    struct security security;
    const char **limits; /* names of rate limits */
    size_t limit_count;
    bool is_deprecated;
    const char *sunset; /* an HTTP date (RFC 8594), or NULL */
    bool is_sound;      /* no error was found in it */
};

struct api {
    struct arena arena;
    struct router router;
    struct operation *operations;
    size_t count;
    size_t plan_count;
    struct owned_table *owned; /* of all documents */
    size_t owned_count;
    struct error_forms *forms; /* x-problems: error_forms.h; or NULL */
    unsigned roles;            /* mask of 1 << enum plan_role for the roles in use */
    bool keeps_answers;        /* an operation has x-idempotency */
};

/* Builds the api from the release's "documents". `diags` may be NULL for a release that was
 * checked; after errors in it the result is good only for prove_operations.h. If `text` is not NULL
 * the documents' operations are places in it, which are read one by one, each freed before the
 * next. `documents` and `text` may be freed afterwards. */
struct api *api_load(struct json_object *documents, const char *text, struct diags *diags);
void api_free(struct api **api);

#endif
