/* SPDX-License-Identifier: MIT */
/* Reads one column of page.by: "id", or "-id" if it is descending. */
#ifndef LEAT_API_DOCUMENT_PAGE_ORDER_H
#define LEAT_API_DOCUMENT_PAGE_ORDER_H

#include <stdbool.h>

#include <json-c/json.h>

/* Returns the column's name, or NULL if `item` is null. Borrowed from `item`. */
static inline const char *page_order_column(struct json_object *item)
{
    const char *text = json_object_get_string(item);

    return text && *text == '-' ? text + 1 : text;
}

static inline bool page_order_is_descending(struct json_object *item)
{
    const char *text = json_object_get_string(item);

    return text && *text == '-';
}

#endif
