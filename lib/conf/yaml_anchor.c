/* SPDX-License-Identifier: MIT */
#include "lib/conf/yaml_anchor.h"

#include "lib/core/json/mark.h"

void yaml_anchor_keep(struct yaml_anchors *anchors, const char *name, struct json_object *value,
                      size_t weight)
{
    if (!anchors->values) {
        anchors->values = json_object_new_object();
        anchors->weights = json_object_new_object();
    }
    json_object_object_add(anchors->values, name, json_object_get(value));
    json_object_object_add(anchors->weights, name, json_object_new_int64((int64_t)weight));
}

static struct json_object *copy_value(struct json_object *value)
{
    struct json_object *out;

    if (json_object_is_type(value, json_type_object)) {
        out = json_object_new_object();
        json_object_object_foreach(value, key, member)
        {
            json_object_object_add(out, key, copy_value(member));
        }
    } else if (json_object_is_type(value, json_type_array)) {
        out = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(value); i++)
            json_object_array_add(out, copy_value(json_object_array_get_idx(value, i)));
    } else {
        return json_object_get(value);
    }
    mark_set(out, mark_of(value));
    return out;
}

enum yaml_expansion yaml_anchor_expand(struct yaml_anchors *anchors, const char *name,
                                       struct json_object **out)
{
    struct json_object *weight = json_object_object_get(anchors->weights, name);

    if (!weight)
        return YAML_NO_ANCHOR;
    anchors->expanded += (size_t)json_object_get_int64(weight);
    if (anchors->expanded > anchors->written + YAML_EXPANSION_FREE)
        return YAML_TOO_LARGE;
    *out = copy_value(json_object_object_get(anchors->values, name));
    return YAML_EXPANDED;
}

void yaml_anchors_free(struct yaml_anchors *anchors)
{
    json_object_put(anchors->values);
    json_object_put(anchors->weights);
}
