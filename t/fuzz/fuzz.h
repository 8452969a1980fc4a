/* SPDX-License-Identifier: MIT */
/*
 * Shared by the fuzz targets. A target runs one input and returns 0; besides crashes, leaks and
 * what sanitizers find, a failed assertion is a finding. Nothing outside the input may be read:
 * file_read() is linked to the files here (-Wl,--wrap=file_read).
 */
#ifndef LEAT_T_FUZZ_FUZZ_H
#define LEAT_T_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "lib/core/json/jvalue.h"
#include "lib/core/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Sets the files that exist until the next call; borrowed. The first is `name`; each line "===
 * NAME" in `text` begins another. */
void files_set(const char *name, struct slice text);

/* Cuts the first line off *rest. */
struct slice fuzz_line(struct slice *rest);
/* Parses JSON text into a value, the caller's; NULL if it is invalid (or null). */
struct json_object *fuzz_json(struct slice text);
bool fuzz_equal(struct json_object *a, struct json_object *b);
/* Returns the budget of a request with a body of a mebibyte. */
struct budget fuzz_budget(void);
/* Asserts that the jvalue, written as JSON, reads back as the same value. */
void fuzz_rewrite_value(const struct jvalue *value);
/* Asserts that `value`, written as JSON, reads back as the same value, which is returned; the
 * caller's. */
struct json_object *fuzz_rewrite(struct json_object *value);
/* Asserts the same for YAML. */
void fuzz_rewrite_yaml(struct json_object *value);

#endif
