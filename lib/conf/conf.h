/* SPDX-License-Identifier: MIT */
/*
 * leat.yaml, checked against the table conf.def and normalized: defaults filled in, durations in
 * ms, sizes in bytes, paths relative to the file made absolute, `auto` resolved. Secrets stay
 * references ("env:NAME", "file:PATH").
 */
#ifndef LEAT_CONF_CONF_H
#define LEAT_CONF_CONF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

enum conf_type {
#define TYPE(symbol, json, convert, sample, range, allowed) CONF_##symbol,
#include "lib/conf/conf_types.def"
#undef TYPE
};

struct conf_key {
    const char *path;
    enum conf_type type;
    const char *choices;  /* "a|b|c" for a CONF_CHOICE, else NULL */
    const char *fallback; /* the default as text; NULL if it may be absent, "" if required */
    long long min, max;
    const char *reload; /* "live", "workers" or "restart" */
    const char *help;
};

/* The rows of conf.def. */
extern const struct conf_key conf_keys[];
extern const size_t conf_key_count;
/* Returns the row of `path`, or NULL if there is none. */
const struct conf_key *conf_key(const char *path);

/* Reads and checks the file. On success *out is the caller's, and every value that came from the
 * file still carries its mark (lib/core/json/mark.h). Returns false with all errors in `diags`
 * otherwise. */
bool conf_load(const char *path, struct json_object **out, struct diags *diags);

/* Returns the value at "a.b", which must be a key of the table (another one is a bug, and aborts)
 * or, where `conf` is a part, the end of one; NULL if it is absent. Borrowed. */
struct json_object *conf_get(struct json_object *conf, const char *path);
/* Calls fn for each value at `path`, where "a[].b" is the key b of every item of the list a, and
 * "a{}.b" that of every item of the table a. */
void conf_each(struct json_object *conf, const char *path,
               void (*fn)(void *arg, struct json_object *value), void *arg);
int64_t conf_int(struct json_object *conf, const char *path);
bool conf_bool(struct json_object *conf, const char *path);
/* Returns the text at `path`, or NULL if it is absent. Borrowed. */
const char *conf_string(struct json_object *conf, const char *path);

/* Maps the path of each value that was set to its "file:line:col". The caller's. */
struct json_object *conf_sources(struct json_object *conf);
/* Prints a sample file with every key, its default, and its help as comments. */
void conf_sample(FILE *out);

#endif
