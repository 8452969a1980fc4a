/* SPDX-License-Identifier: MIT */
/*
 * The operations of all documents as a worker runs them, built from the release's records
 * (document.h). The same code runs in the check, with `diags`, where every name is proved: each
 * :name of the SQL is a parameter or a body property or the server's own, each result column is a
 * property of the response schema, and the other way round.
 */
#ifndef LEAT_API_OPERATION_OPERATION_H
#define LEAT_API_OPERATION_OPERATION_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/api/request/field.h"
#include "lib/api/request/media_type.h"
#include "lib/api/request/router.h"
#include "lib/api/request/security.h"
#include "lib/core/arena.h"
#include "lib/core/diag.h"
#include "lib/db/engine/plan.h"
#include "lib/schema/schema.h"

enum parameter_in { IN_PATH, IN_QUERY, IN_HEADER, IN_COOKIE };

struct parameter {
    struct field field;
    enum parameter_in in;
    size_t capture; /* IN_PATH: which captured segment */
    bool is_required;
    bool has_default;
    struct jvalue fallback; /* the schema's default */
};

/* A media type that the operation's body may have. */
struct body_media {
    const char *type; /* as the document has it, also a range: "image/" and a star */
    enum media_kind kind;
    const struct schema *schema;
    const struct field **fields; /* of a form: the properties of the schema */
    size_t field_count;
};

/* What the server itself knows; no client can supply it. */
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

/* Where one of the plan's values comes from. */
struct input {
    enum input_from from;
    const char *name;     /* as the SQL has it, without ':' */
    size_t index;         /* of the parameter, or of the cursor's value */
    const char *argument; /* property, header or claim; NULL with HAS of a parameter */
    enum server_value server;
};

/* How the rows become the body. */
enum envelope {
    ENVELOPE_NONE,
    ENVELOPE_BARE,  /* the object, or the array */
    ENVELOPE_PAGE,  /* {"items": […], "next": cursor or null} */
    ENVELOPE_ITEMS, /* {"items": […]} */
    ENVELOPE_COUNT, /* {"count": n} */
};

/* What an operation wants of If-Match (RFC 9110, 13.1.1). */
enum if_match { IF_MATCH_IGNORED, IF_MATCH_OPTIONAL, IF_MATCH_REQUIRED };

enum binding { BINDING_NONE, BINDING_SQL, BINDING_BUILTIN };

/* Values that one operation may bind. */
enum { INPUTS_MAX = 256 };

struct operation {
    size_t index; /* among all operations */
    const char *id;
    enum method method;
    const char *template; /* with the mount: "/v1/todos/{id}" */
    const char *mount;
    const char *source;           /* "file:line:col" */
    struct parameter *parameters; /* those in the query first */
    size_t parameter_count, query_count;
    const struct field **query; /* the fields of the first query_count */
    bool is_open;               /* query parameters that nobody declared pass */
    bool allows_scan;           /* whole tables may be read */
    struct body_media *bodies;
    size_t body_count; /* 0: takes none */
    bool is_body_required;
    bool fills; /* some schema of the body has a default */
    int status;
    const struct schema *response; /* of the success; NULL: no JSON body, or no schema */
    bool strips;               /* the answer's columns of JSON text may hold what must not leave */
    const char *response_type; /* its media type; NULL: no JSON body */
    enum binding binding;
    const char *builtin;
    const void
        *handler;    /* the built-in of that name, set and known by workers/builtins.c; or NULL */
    bool is_monitor; /* it watches the server: its requests are not turned away for load */
    bool needs_accounts; /* it asks the tables of accounts */
    struct plan *plan;
    struct input *inputs; /* the plan's values, in order */
    size_t input_count;
    size_t cursor_parameter; /* of the page */
    enum envelope envelope;
    enum if_match if_match;
    struct security security;
    const char **limits; /* names of rate limits */
    size_t limit_count;
    bool is_deprecated;
    const char *sunset; /* an HTTP date (RFC 8594), or NULL */
    bool is_sound;      /* nothing was found wrong with it */
};

struct api {
    struct arena arena;
    struct router router;
    struct operation *operations;
    size_t count;
    size_t plan_count;
    struct owned_table *owned; /* of all documents */
    size_t owned_count;
    unsigned roles; /* mask of 1 << enum plan_role: those that some plan has */
};

/* Builds from the release's "documents". After errors in `diags` (which may be NULL for a release
 * that was checked) it is good for prove.h only. With `text`, their operations are but places in
 * it: read one by one, each gone before the next comes. `documents` and `text` may go afterwards.
 */
struct api *api_load(struct json_object *documents, const char *text, struct diags *diags);
void api_free(struct api **api);

#endif
