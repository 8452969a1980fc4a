/* SPDX-License-Identifier: MIT */
/* `leat config --defaults`: prints the table as a file that can be used as it is. */
#include "lib/conf/conf.h"

#include <string.h>

#include "lib/conf/value_text.h"

enum { PATH_TEXT = 128, LINE_HEAD = 32, WIDTH = 100 };

static const char *last_name(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot ? dot + 1 : path;
}

static int depth_of(const char *path)
{
    int depth = 0;

    for (; *path; path++)
        depth += *path == '.';
    return depth;
}

/* Returns true for a map that is absent by default, and for a key in one. */
static bool is_in_absent_map(const struct conf_key *key)
{
    char path[PATH_TEXT];
    const struct conf_key *map = key;

    for (snprintf(path, sizeof(path), "%s", key->path); map; map = conf_key(path)) {
        char *dot = strrchr(path, '.');

        if (map->type == CONF_MAP && !map->fallback)
            return true;
        *(dot ? dot : path) = '\0';
    }
    return false;
}

/* Prints `text` as comment lines of at most WIDTH columns: `first` begins the first line, `next`
 * all others. */
static void print_comment(FILE *out, const char *first, const char *next, const char *text)
{
    for (const char *begin = first; *text; begin = next) {
        size_t room = WIDTH - strlen(begin), len = strlen(text);

        if (len > room)
            for (len = room; len > 1 && text[len] != ' ';)
                len--;
        fprintf(out, "%s%.*s\n", begin, (int)len, text);
        text += len;
        text += strspn(text, " ");
    }
}

/* Prints the help of a key with its range. A key that the sample does not set is named, too. */
static void print_help(FILE *out, const struct conf_key *key, bool in_list, bool absent)
{
    struct buf text = {0};
    bool is_named = in_list || absent;
    char first[LINE_HEAD], next[LINE_HEAD + 2];

    if (is_named)
        buf_printf(&text, "%s: ", in_list ? key->path : last_name(key->path));
    buf_puts(&text, key->help);
    value_put_range(&text, key);
    if (in_list && key->fallback && *key->fallback)
        buf_printf(&text, " Default: %s.", key->fallback);
    snprintf(first, sizeof(first), "%*s#%s", in_list ? 0 : 2 * depth_of(key->path), "",
             in_list ? "   " : " ");
    snprintf(next, sizeof(next), "%s%s", first, is_named ? "  " : "");
    print_comment(out, first, next, buf_text(&text));
    buf_fini(&text);
}

static void print_value(FILE *out, const struct conf_key *key)
{
    struct buf text = {0};

    buf_printf(&text, "%*s%s:", 2 * depth_of(key->path), "", last_name(key->path));
    if (key->type != CONF_MAP) {
        buf_putc(&text, ' ');
        value_put_default(&text, key);
    }
    fprintf(out, "%s\n", buf_text(&text));
    buf_fini(&text);
}

/* Prints a key. Keys inside lists, tables and absent maps are commented out: the default shows what
 * an item looks like. */
static void print_key(FILE *out, const struct conf_key *key)
{
    bool in_list = strpbrk(key->path, "[{") || is_in_absent_map(key);
    bool absent = !in_list && key->type != CONF_MAP && !key->fallback;

    if (!key->help)
        return;
    if (key->type == CONF_MAP || (!strchr(key->path, '.') && !in_list))
        fputc('\n', out);
    print_help(out, key, in_list, absent);
    if (!in_list && !absent)
        print_value(out, key);
}

void conf_sample(FILE *out)
{
    fputs("# Configuration of leat: every key with its default. See leat.yaml(5).\n"
          "# Relative paths are relative to this file. Keys without a default are not set.\n",
          out);
    for (size_t i = 0; i < conf_key_count; i++)
        print_key(out, &conf_keys[i]);
}
