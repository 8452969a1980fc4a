/* SPDX-License-Identifier: MIT */
/*
 * The anchors of a YAML file, and what their aliases add to it. A file of 600 bytes can expand to
 * any number of values ("billion laughs"), so expansion is bounded: counting one for each value and
 * one for each 64 bytes of text, aliases may add as much as was written, and YAML_EXPANSION_FREE
 * besides. Internal to lib/conf.
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
    size_t written, expanded;    /* total weight so far */
};

static inline size_t yaml_weight(size_t text_size)
{
    return 1 + text_size / 64;
}

/* Records a value and its weight under a name, replacing an earlier anchor of that name. */
void yaml_anchor_keep(struct yaml_anchors *anchors, const char *name, struct json_object *value,
                      size_t weight);

enum yaml_expansion { YAML_EXPANDED, YAML_NO_ANCHOR, YAML_TOO_LARGE };

/* Sets *out to a copy of the value with the same marks, owned by the caller. Containers are copied
 * and scalars shared, so changing the members of one leaves the other as it was. */
enum yaml_expansion yaml_anchor_expand(struct yaml_anchors *anchors, const char *name,
                                       struct json_object **out);
void yaml_anchors_free(struct yaml_anchors *anchors);

#endif
