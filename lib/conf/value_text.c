/* SPDX-License-Identifier: MIT */
#include "lib/conf/value_text.h"

#include <stdio.h>
#include <string.h>

#include "lib/conf/units.h"

static const struct {
    enum { BARE, QUOTED } sample;
    const char *range;
    const char *allowed;
} texts[] = {
#define TYPE(symbol, json, convert, sample, range, allowed)                                        \
    [CONF_##symbol] = {(sample), (range), (allowed)},
#include "lib/conf/conf_types.def"
#undef TYPE
};

static void put_number(struct buf *out, const struct conf_key *key, long long number)
{
    char text[UNITS_TEXT];

    if (key->type == CONF_DURATION)
        units_duration_text(text, number);
    else if (key->type == CONF_SIZE || key->type == CONF_MEMORY)
        units_size_text(text, number);
    else
        snprintf(text, sizeof(text), "%lld", number);
    buf_puts(out, text);
}

/* Appends "a|b|c" as "a, b or c". */
static void put_choices(struct buf *out, const char *choices)
{
    for (const char *last = strrchr(choices, '|'); *choices; choices++)
        if (*choices != '|')
            buf_putc(out, *choices);
        else
            buf_puts(out, choices == last ? " or " : ", ");
}

/* Appends the text with the key's numbers and choices in place of MIN, MAX and CHOICES. */
static void describe(struct buf *out, const struct conf_key *key, const char *text)
{
    while (*text) {
        if (strncmp(text, "MIN", 3) == 0)
            put_number(out, key, key->min), text += 3;
        else if (strncmp(text, "MAX", 3) == 0)
            put_number(out, key, key->max), text += 3;
        else if (strncmp(text, "CHOICES", 7) == 0)
            put_choices(out, key->choices), text += 7;
        else
            buf_putc(out, *text++);
    }
}

void value_put_allowed(struct buf *out, const struct conf_key *key)
{
    describe(out, key, key->type == CONF_STRING && !key->max ? "text" : texts[key->type].allowed);
}

void value_put_range(struct buf *out, const struct conf_key *key)
{
    if (texts[key->type].range)
        describe(out, key, texts[key->type].range);
}

void value_put_default(struct buf *out, const struct conf_key *key)
{
    buf_printf(out, texts[key->type].sample == QUOTED ? "\"%s\"" : "%s", key->fallback);
}
