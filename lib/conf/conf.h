/* SPDX-License-Identifier: MIT */
/*
 * leat.yaml, checked against the table conf.def and brought into one form: every default filled
 * in, durations in ms, sizes in bytes, paths relative to the file made absolute, `auto` resolved.
 * Secrets stay references ("env:NAME", "file:PATH").
 */
#ifndef LEAT_CONF_CONF_H
#define LEAT_CONF_CONF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

enum conf_type {
    CONF_MAP,
    CONF_LIST,
    CONF_TABLE, /* a map whose names the author chose */
    CONF_INT,
    CONF_COUNT, /* a number or auto */
    CONF_BOOL,
    CONF_DURATION,
    CONF_SIZE,
    CONF_STRING,
    CONF_PATH,
    CONF_SINK, /* a path or - */
    CONF_MODE,
    CONF_CHOICE,
    CONF_ADDRESS,
    CONF_CIDR,
    CONF_SECRET,
    CONF_PEM,      /* a reference like a secret's, or a path; kept as a reference */
    CONF_ROUTE,    /* "/path", or "off" */
    CONF_RATE,     /* "100/min"; kept as it is */
    CONF_RATE_KEY, /* what a rate limit counts by */
    CONF_ORIGIN,   /* lib/core/text/origin.h */
    CONF_HEADER,   /* the name of a header, in lower case */
    CONF_MAILBOX,  /* lib/core/text/mailbox.h */
};

struct conf_key {
    const char *path;
    enum conf_type type;
    const char *choices;  /* "a|b|c" of a CONF_CHOICE, else NULL */
    const char *fallback; /* the default as text; NULL: may be absent; "": required */
    long long min, max;
    const char *reload; /* "live", "workers" or "restart" */
    const char *help;
};

/* The rows of conf.def. */
extern const struct conf_key conf_keys[];
extern const size_t conf_key_count;
/* The row of `path`, NULL if there is none. */
const struct conf_key *conf_key(const char *path);

/* Reads and checks `path`. True: *out is the caller's; false: `diags` has all that is wrong.
 * Every value that stood in the file still carries its mark. */
bool conf_load(const char *path, struct json_object **out, struct diags *diags);

/* The value at "a.b", which must be a key of the table; NULL where it is absent. Borrowed. */
struct json_object *conf_get(struct json_object *conf, const char *path);
/* Calls fn for each value at `path`, where "a[].b" is the key b of every item of the list a, and
 * "a{}.b" that of every item of the table a. */
void conf_each(struct json_object *conf, const char *path,
               void (*fn)(void *arg, struct json_object *value), void *arg);
int64_t conf_int(struct json_object *conf, const char *path);
bool conf_bool(struct json_object *conf, const char *path);
/* NULL where it is absent. */
const char *conf_string(struct json_object *conf, const char *path);

/* "file:line:col" of each value that was set, by path. The caller's. */
struct json_object *conf_sources(struct json_object *conf);
/* A sample with every key, its default, and its help as comments. */
void conf_sample(FILE *out);

#endif
