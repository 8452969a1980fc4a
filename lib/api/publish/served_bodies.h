/* SPDX-License-Identifier: MIT */
/* Removes from a published document what no request body can be. */
#ifndef LEAT_API_PUBLISH_SERVED_BODIES_H
#define LEAT_API_PUBLISH_SERVED_BODIES_H

#include <json-c/json.h>

/* Removes from each operation of `tree` the media types that its statements cannot read, and that
 * are therefore answered 415 ("unread" of the record, document.h). */
void served_bodies_keep(struct json_object *tree, struct json_object *record);

#endif
