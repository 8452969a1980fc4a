/* SPDX-License-Identifier: MIT */
/*
 * Describes who may call an operation (OpenAPI 3.1, 4.8.27 and 4.8.30); layers/authorize.c judges it. The requirement is a list of
 * alternatives, of which one must be satisfied; an alternative names schemes, all of which must be
 * satisfied, each with all of its scopes.
 *
 *     security: [{bearer: [todos:write]}, {key: [], tls: []}]      two alternatives
 */
#ifndef LEAT_API_REQUEST_SECURITY_H
#define LEAT_API_REQUEST_SECURITY_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "lib/core/arena.h"
#include "lib/core/diag.h"
#include "lib/core/enum_text.h"

/* The place in a request where a credential arrives. */
#define SCHEME_KINDS(ROW)                                                                          \
    /* http bearer, oauth2, openIdConnect: Authorization: Bearer (RFC 6750) */                     \
    ROW(SCHEME_BEARER, "bearer")                                                                   \
    ROW(SCHEME_BASIC, "basic")   /* http basic: an API key's id and the key (RFC 7617) */          \
    ROW(SCHEME_HEADER, "header") /* apiKey: an API key in a header */                              \
    ROW(SCHEME_COOKIE, "cookie") /* apiKey: a session or an API key in a cookie */                 \
    ROW(SCHEME_TLS, "tls")       /* mutualTLS: the connection's client certificate */
enum scheme_kind { SCHEME_KINDS(ENUM_VALUE) };
enum { SCHEME_KIND_COUNT = SCHEME_KINDS(ENUM_ONE) };

struct scheme {
    const char *name;
    enum scheme_kind kind;
    const char *key; /* the header's name in lower case, or the cookie's; otherwise NULL */
};

/* Returns true if the scheme's credentials are rows of the database: API keys and sessions. */
static inline bool scheme_has_rows(const struct scheme *s)
{
    return s->kind == SCHEME_BASIC || s->kind == SCHEME_HEADER || s->kind == SCHEME_COOKIE;
}

struct requirement {
    size_t scheme; /* index into security.schemes */
    const char **scopes;
    size_t scope_count;
};

struct alternative {
    struct requirement *requirements;
    size_t count; /* 0 if the operation is public */
};

/* Limits: schemes and alternatives of an operation, and schemes of a document. */
enum { SECURITY_SCHEMES_MAX = 8, SECURITY_ALTERNATIVES_MAX = 64, SECURITY_COMPONENTS_MAX = 256 };

struct security {
    struct alternative *alternatives;
    size_t alternative_count; /* 0 if the operation is public */
    const struct scheme
        *schemes[SECURITY_SCHEMES_MAX]; /* those that the alternatives name, each once */
    size_t scheme_count;
};

/* --- for reading documents (lib/api/document/document.h) --- */

struct loader;

/* Returns the "schemes" of a document's record: [{"name", "kind", "key"}], where kind is bearer,
 * basic, header, cookie or tls. A scheme without kind has "why", the reason why it cannot be met;
 * one whose credential carries no scopes has that reason in "scopeless". The caller's. */
struct json_object *security_read_schemes(struct loader *l, struct json_object *components);
/* Checks an operation's effective `security` (may be NULL) against those: every scheme must be one
 * of them, and its credential must be able to carry the scopes that are asked for. */
void security_check(struct loader *l, struct json_object *security, struct json_object *schemes);
/* Returns true if each alternative of `security` asks for a scope; NULL is public, so false. */
bool security_needs_scopes(struct json_object *security, struct json_object *schemes);

/* --- for loading the release (operation.h) --- */

/* Returns all schemes of a document's record, and their number in *count. */
struct scheme *security_load_schemes(struct json_object *schemes, struct arena *arena,
                                     size_t *count);
void security_load(struct security *out, struct json_object *security, const struct scheme *schemes,
                   size_t scheme_count, struct arena *arena);

#endif
