/* SPDX-License-Identifier: MIT */
/* Removes from a published document the bodies that are never read or sent. */
#ifndef LEAT_API_PUBLISH_SERVED_BODIES_H
#define LEAT_API_PUBLISH_SERVED_BODIES_H

#include <stdbool.h>

#include <json-c/json.h>

/* Returns true if a response of that code, or class of codes, may have a body (RFC 9110, 15.2,
 * 15.3.5, 15.3.6, 15.4.5). */
bool served_bodies_has(const char *code);
/* Removes from each operation of `tree` the media types that its statements cannot read, and that
 * are therefore answered 415 ("unread" of the record, document.h), and the content of the responses
 * of bound operations that have no body: of HEAD these are all. */
void served_bodies_keep(struct json_object *tree, struct json_object *record);

#endif
