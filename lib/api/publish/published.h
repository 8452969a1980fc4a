/* SPDX-License-Identifier: MIT */
/* The published tree while what the server itself adds is added (problems.h, served_headers.h,
 * closed_bodies.h). The results are borrowed from the tree. Internal to lib/api. */
#ifndef LEAT_API_PUBLISH_PUBLISHED_H
#define LEAT_API_PUBLISH_PUBLISHED_H

#include "lib/api/publish/bundle.h"

/* Returns the object, or what it refers to within the tree. */
struct json_object *published_follow(struct json_object *tree, struct json_object *object);
/* Returns the path item or the operation that a record (document.h) describes, or NULL. */
struct json_object *published_item(struct json_object *tree, struct json_object *record);
struct json_object *published_operation(struct json_object *tree, struct json_object *record);
/* Returns the member of that name. If there is none, it is added as an empty object. */
struct json_object *published_child(struct json_object *map, const char *key);
/* Returns the codes of the responses, without extensions: a list that stays while these change. The
 * caller's. */
struct json_object *published_codes(struct json_object *responses);
/* Adds a component under a free name, `wish` if possible. Takes `component`. Returns the name, in
 * the arena of the bundle. */
const char *published_component(struct bundle *b, struct json_object *tree, const char *section,
                                const char *wish, struct json_object *component);
/* Makes a reference to a component. The caller's. */
struct json_object *published_ref(struct bundle *b, const char *section, const char *name);
/* Returns the member `key` of the owner. One that is a reference is replaced by a copy of its
 * target, so that its own members, and those of its map `part`, can be changed for this owner
 * alone. */
struct json_object *published_own(struct json_object *tree, struct json_object *owner,
                                  const char *key, const char *part);

/* A member of a response that the server adds: the name of the component that it becomes when
 * problems_share() finds it as it is in the end. No author writes it: unknown fields that do not
 * begin with x- are refused. */
#define PUBLISHED_WISH "component"
/* Mark the schema of problem details, and that of the document's own form, by which their responses
 * are known again. */
#define PUBLISHED_PROBLEM "Problem details (RFC 9457)."
#define PUBLISHED_ERROR "The form of all errors of this API."
/* Returns true if the response has an error in that form as its only content. */
bool published_is_problem(struct json_object *tree, struct json_object *response);

#endif
