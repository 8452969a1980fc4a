/* SPDX-License-Identifier: MIT */
#include "lib/core/text/mailbox.h"

#include "lib/core/text/utf8.h"

enum { LOCAL_MAX = 64 };

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static bool is_of(struct slice text, const char *allowed)
{
    for (size_t i = 0; i < text.len; i++)
        if (!text.data[i] || !strchr(allowed, text.data[i]))
            return false;
    return text.len > 0;
}

/* Returns true if `text` is runs of `allowed` characters separated by single dots. */
static bool is_dotted(struct slice text, const char *allowed)
{
    if (!text.len || text.data[text.len - 1] == '.')
        return false;
    while (text.len)
        if (!is_of(slice_cut(&text, '.'), allowed))
            return false;
    return true;
}

bool mailbox_is_address(struct slice text)
{
    struct slice host = text, local = slice_cut(&host, '@');

    return text.len <= MAILBOX_MAX && local.len <= LOCAL_MAX &&
           is_dotted(local, ALNUM "!#$%&'*+-/=?^_`{|}~") && is_dotted(host, ALNUM "-") &&
           host.data[0] != '-' && host.data[host.len - 1] != '-';
}

static bool is_name(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
            return false;
    return utf8_is_valid(text.data, text.len);
}

bool mailbox_split(const char *text, struct slice *name, struct slice *address)
{
    struct slice rest = slice_trim(slice_of(text));
    const char *open = rest.len && rest.data[rest.len - 1] == '>' ? strrchr(text, '<') : NULL;

    *name = (struct slice){"", 0};
    *address = rest;
    if (open) {
        size_t before = (size_t)(open - rest.data);

        *name = slice_trim((struct slice){rest.data, before});
        *address = (struct slice){open + 1, rest.len - before - 2};
    }
    if (name->len >= 2 && name->data[0] == '"' && name->data[name->len - 1] == '"')
        *name = (struct slice){name->data + 1, name->len - 2};
    return mailbox_is_address(*address) && is_name(*name);
}
