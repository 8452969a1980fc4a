/* SPDX-License-Identifier: MIT */
/* The account, or other subject, that a verified credential belongs to. Shared by the requests that
 * present it and by the cache. Used by one thread. */
#ifndef LEAT_AUTH_STORE_IDENTITY_H
#define LEAT_AUTH_STORE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "lib/core/slice.h"

enum identity_kind { IDENTITY_TOKEN, IDENTITY_SESSION, IDENTITY_API_KEY, IDENTITY_CERTIFICATE };

struct identity {
    unsigned references;
    enum identity_kind kind;
    bool is_account; /* the subject is an account on this server */
    char *subject;
    char *id;        /* of the session or API key on this server that can be revoked, or NULL */
    char *scope;     /* "todos:read todos:write" */
    char *roles;     /* JSON array */
    char *csrf_hash; /* for a session, else NULL */
    struct json_object *claims; /* for a token, else NULL */
    int64_t expires_s;          /* seconds since 1970; 0 for a certificate, which is not cached */
    /* Set if the database was asked, because the credential can be revoked: the account's epoch
     * (lib/shm/epoch.h), and the second of the answer. */
    bool is_asked;
    uint32_t place;
    uint64_t epoch;
    int64_t asked_s;
};

/* Makes an identity, all zero but for kind and one reference, which is the caller's. */
struct identity *identity_new(enum identity_kind kind);
struct identity *identity_ref(struct identity *who);
/* Drops a reference and nulls the caller's pointer. */
void identity_unref(struct identity **who);

/* Returns true if the identity has `scope` (RFC 6749, 3.3). */
bool identity_has_scope(const struct identity *who, const char *scope);
/* Returns the scopes of accounts and of these roles (a JSON array), each once, as configured under
 * identity.scopes and identity.roles. For free(). */
char *identity_scopes(struct json_object *config, const char *roles);

#endif
