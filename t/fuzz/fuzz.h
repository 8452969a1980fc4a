/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. A target runs one input and returns 0; besides crashes, leaks and
 * what the sanitizers find, a failed assertion is a finding. Nothing outside of the input may be
 * read: file_read() and file_read_regular() are linked to the files here (-Wl,--wrap).
 */
#ifndef LEAT_T_FUZZ_FUZZ_H
#define LEAT_T_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "lib/core/json/jvalue.h"
#include "lib/core/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says which files there are, until the next call; borrowed. The first is `name`; each line
 * "=== NAME" in `text` begins another. */
void files_set(const char *name, struct slice text);

/* Cuts the first line from *rest, which may be the last. */
struct slice fuzz_line(struct slice *rest);
/* Returns a copy that ends where its memory ends, so that reading past it is found; free() it. */
char *fuzz_copy(struct slice text);
/* Returns true if `part` is a piece of `whole`. */
bool fuzz_lies_in(struct slice part, struct slice whole);
/* JSON text as a value, the caller's; NULL where it is none (or null). */
struct json_object *fuzz_json(struct slice text);
bool fuzz_equal(struct json_object *a, struct json_object *b);
/* What a request with a body of a mebibyte may cost. */
struct budget fuzz_budget(void);
/* Asserts that the jvalue, written as JSON, is read as the same. */
void fuzz_rewrite_value(const struct jvalue *value);
/* Asserts that `value`, written as JSON, is read as the same; that is the caller's. */
struct json_object *fuzz_rewrite(struct json_object *value);
/* Asserts the same for YAML. */
void fuzz_rewrite_yaml(struct json_object *value);

#endif
