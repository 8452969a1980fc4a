/* SPDX-License-Identifier: MIT */
/* The state of reading one document into its record (document.h). Whatever is counted, or compared
 * with each other, has a limit, so that a hostile document costs no more than its size suggests.
 * Internal to lib/api. */
#ifndef LEAT_API_DOCUMENT_LOADER_H
#define LEAT_API_DOCUMENT_LOADER_H

#include "lib/api/document/extensions.h"
#include "lib/api/document/refs.h"
#include "lib/schema/schema.h"

/* An operation takes about 30 KiB of memory. */
enum { LOADER_PATH_MAX = 2000, LOADER_PARAMETERS_MAX = 1000, LOADER_OPERATIONS_MAX = 20000 };

struct loader {
    struct refs refs;
    struct diags *diags;
    struct arena arena;
    struct schema_set *schemas;
    struct json_object *operations;      /* the record's list */
    struct json_object *root;            /* of the document */
    struct json_object *schemes;         /* see security.h */
    struct json_object *problems;        /* x-problems, or NULL */
    const struct problem_format *format; /* that, loaded */
    const char *sunset;                  /* the document's default, or NULL */
    bool allows_undeclared;              /* the document's x-additional-parameters */
    size_t weight;                       /* what operations may still weigh, see weight.h */
    enum extension binding;              /* of the operation being read: SQL, BUILTIN or NONE */
    const char *id;                      /* of that operation */
    bool is_bound;                       /* an operation with a binding has been read */
    struct json_object *later;           /* schemas that serve nothing: {"schema", "base", "use"} */
    const char *mount_fault;             /* why the first server has no mount, or NULL */
};

/* Returns true if Leat answers the operation being read. */
static inline bool loader_is_bound(const struct loader *l)
{
    return l->binding != EXTENSION_NONE;
}

/* Reports what Leat cannot serve: an error that names the operation and its binding. Nothing is
 * reported for an operation without a binding, since a document may describe another server. */
void loader_refuse(struct loader *l, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reports tags that have one name, paths that differ only in the names of parameters, and an
 * operationId that a callback or webhook has as well. */
void loader_check_unique(struct loader *l);

/* Returns the path of the first server's URL without a final '/', in the arena. Variables take
 * their defaults. Sets l->mount_fault if there is no such path. */
const char *loader_read_mount(struct loader *l);

/* Returns the URLs of the servers of `owner`, or else of `outer`, with the defaults of variables.
 * NULL if neither has any. The caller's. */
struct json_object *loader_read_servers(struct loader *l, struct json_object *owner,
                                        struct json_object *outer);

/* Sets "schema" in the record `out`, and "base" if it is in another document than the root, and
 * proves it by compiling it once: that of a bound operation at once and strictly, others after all
 * of these, by loader_compile_later(). `json` may be NULL. Returns the compiled schema of a bound
 * operation, otherwise NULL. */
const struct schema *loader_add_schema(struct loader *l, struct json_object *json,
                                       enum schema_use use, struct json_object *out);

/* Makes loader_compile_later() compile the schema. Returns the borrowed entry {"schema", "base",
 * "use"} in l->later. */
struct json_object *loader_compile_after(struct loader *l, struct json_object *json,
                                         enum schema_use use);
/* Compiles the schemas that serve no bound operation. */
void loader_compile_later(struct loader *l);

/* Returns the "parameters" of an operation and its path item. The caller's. */
struct json_object *loader_read_parameters(struct loader *l, struct json_object *operation,
                                           struct json_object *item);
/* Returns the "body" of an operation, or NULL if it takes none. The caller's. `sql` is its x-sql as
 * read, or NULL. */
struct json_object *loader_read_body(struct loader *l, struct json_object *operation,
                                     struct json_object *sql);
/* Proves the schemas of a parameter, header, body or response that we do not use ourselves: clients
 * rely on them, so they must be valid. */
void loader_prove_schemas(struct loader *l, struct json_object *object);
/* Proves the schemas of a response's headers in the same way. */
void loader_prove_headers(struct loader *l, struct json_object *headers);
/* Sets "status" and "response" of the operation's record `out`. Where there are several 2xx
 * responses, the `status` of x-sql chooses. */
void loader_read_responses(struct loader *l, struct json_object *operation,
                           struct json_object *out);

#endif
