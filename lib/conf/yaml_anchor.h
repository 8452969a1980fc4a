/* SPDX-License-Identifier: MIT */
/*
 * The anchors of a YAML file, and what their aliases add to it. A file of 600 bytes can expand to
 * any number of values ("billion laughs"), so that expansion is bounded by what was written: with a
 * weight of one for each value and for each 64 bytes of text, a file may double, and may grow by
 * YAML_EXPANSION_FREE in any case. Internal to lib/conf.
 */
#ifndef LEAT_CONF_YAML_ANCHOR_H
#define LEAT_CONF_YAML_ANCHOR_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

enum { YAML_EXPANSION_FREE = 1 << 16 };

struct yaml_anchors {
    struct json_object *values;  /* by name */
    struct json_object *weights; /* the same names */
    size_t written, expanded;    /* weight so far */
};

static inline size_t yaml_weight(size_t text_size)
{
    return 1 + text_size / 64;
}

/* Names a value that weighs so much; it takes the place of an earlier one of that name. */
void yaml_anchor_keep(struct yaml_anchors *anchors, const char *name, struct json_object *value,
                      size_t weight);

enum yaml_expansion { YAML_EXPANDED, YAML_NO_ANCHOR, YAML_TOO_LARGE };

/* *out becomes a copy of the value with the same marks, the caller's: whoever changes one does not
 * change the other. */
enum yaml_expansion yaml_anchor_expand(struct yaml_anchors *anchors, const char *name,
                                       struct json_object **out);
void yaml_anchors_free(struct yaml_anchors *anchors);

#endif
