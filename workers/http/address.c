/* SPDX-License-Identifier: MIT */
/* Counts, for each client address, its connections and the memory held for them. An IPv6 client
 * counts as its /64 network. An address without a connection is forgotten. */
#include "workers/http/connection.h"

#include "lib/core/hash.h"
#include "lib/core/memory.h"

enum { HEADS = 4096 };

static struct address *heads[HEADS];

static struct address *add_address(const char *text, unsigned head)
{
    struct address *a = xcalloc(1, sizeof(*a) + strlen(text) + 1);

    a->next = heads[head];
    a->head = head;
    h2o_linklist_init_anchor(&a->waiting);
    memcpy(a->text, text, strlen(text) + 1);
    heads[head] = a;
    return a;
}

struct address *address_take(const char *text, uint32_t limit)
{
    char network[ADDRESS_TEXT];
    struct address *a;
    unsigned head;

    if (strchr(text, ':') && address_network(text, network))
        text = network;
    head = (unsigned)(hash_bytes(0, slice_of(text)) % HEADS);
    a = heads[head];
    while (a && strcmp(a->text, text) != 0)
        a = a->next;
    if (!a)
        a = add_address(text, head);
    if (a->count >= limit)
        return NULL;
    a->count++;
    return a;
}

void address_release(struct address *address)
{
    struct address **at = &heads[address->head];

    if (--address->count)
        return;
    while (*at != address)
        at = &(*at)->next;
    *at = address->next;
    free(address);
}
