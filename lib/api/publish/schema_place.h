/* SPDX-License-Identifier: MIT */
/* The schemas of a published document that describe one place in a value: an object, one of its
 * members, the items of an array. Internal to lib/api/publish. */
#ifndef LEAT_API_PUBLISH_SCHEMA_PLACE_H
#define LEAT_API_PUBLISH_SCHEMA_PLACE_H

#include <stdbool.h>

#include <json-c/json.h>

/* The schemas that apply to the place without condition, and for each whether it is written where
 * the place's own schemas are, not behind a $ref. */
struct schema_place {
    struct json_object *schemas;
    struct json_object *are_own;
};

/* Finds the schemas of the place that these (an array), or this one, describe. */
void schema_place_init(struct json_object *tree, struct json_object *schemas,
                       struct schema_place *p);
void schema_place_init_one(struct json_object *tree, struct json_object *schema,
                           struct schema_place *p);
void schema_place_fini(struct schema_place *p);

/* Returns true if the schemas name members and none says what others may be. */
bool schema_place_is_closable(struct json_object *tree, const struct schema_place *p);
/* Returns true if `properties` of one of the schemas has the name. */
bool schema_place_names(const struct schema_place *p, const char *name);
/* Returns true if one of the schemas describes members or items. */
bool schema_place_describes_inside(const struct schema_place *p);

/* A place inside is a member, `key` of the map `map` ("properties" or "patternProperties"), or the
 * keyword `key` ("items") if `map` is NULL. */

/* Returns its schemas. Sets *is_own if there is one, which is the place's own. The caller's. */
struct json_object *schema_place_list_inside(const struct schema_place *p, const char *map,
                                             const char *key, bool *is_own);
/* Returns true if something else may describe it too, so that it cannot be closed by these. */
bool schema_place_is_open_ended(struct json_object *tree, const struct schema_place *p,
                                const char *map, const char *key);

#endif
