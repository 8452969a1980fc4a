/* SPDX-License-Identifier: MIT */
/* How many connections each client address has. Addresses that have none are forgotten. */
#include "workers/http/internal.h"

enum { HEADS = 4096 };

struct address {
    struct address *next;
    uint32_t count;
    unsigned head;
    char text[];
};

static struct address *heads[HEADS];

static unsigned hash(const char *text)
{
    uint32_t h = 2166136261u;

    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 16777619u;
    return (h ^ h >> 16) % HEADS;
}

struct address *address_take(const char *text, uint32_t limit)
{
    unsigned head = hash(text);
    struct address *a = heads[head];

    while (a && strcmp(a->text, text) != 0)
        a = a->next;
    if (!a) {
        a = malloc(sizeof(*a) + strlen(text) + 1);
        if (!a)
            abort();
        *a = (struct address){.next = heads[head], .head = head};
        memcpy(a->text, text, strlen(text) + 1);
        heads[head] = a;
    }
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
