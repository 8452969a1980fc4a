/* SPDX-License-Identifier: MIT */
/* `leat config --defaults`: prints the table as a file that can be used as it is. */
#include "lib/conf/conf.h"

#include <string.h>

enum { PATH_TEXT = 128 };

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

static void print_range(FILE *out, const struct conf_key *key)
{
    switch (key->type) {
    case CONF_CHOICE:
        fprintf(out, " One of %s.", key->choices);
        break;
    case CONF_INT:
    case CONF_COUNT:
        fprintf(out, " From %lld to %lld.", key->min, key->max);
        break;
    case CONF_DURATION:
        fprintf(out, " From %lldms to %lldms.", key->min, key->max);
        break;
    case CONF_SIZE:
        fprintf(out, " From %lld to %lld bytes.", key->min, key->max);
        break;
    default:
        break;
    }
}

static void print_value(FILE *out, const struct conf_key *key)
{
    if (key->type != CONF_MAP)
        fprintf(out, key->type == CONF_MODE || key->type == CONF_SINK ? " \"%s\"" : " %s",
                key->fallback);
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

/* Prints a key. Keys inside lists, tables and absent maps are commented out: the default shows what
 * an item looks like. */
static void print_key(FILE *out, const struct conf_key *key)
{
    bool in_list = strpbrk(key->path, "[{") || is_in_absent_map(key);
    int indent = in_list ? 0 : 2 * depth_of(key->path);
    bool absent = !in_list && key->type != CONF_MAP && !key->fallback;

    if (!key->help)
        return;
    if (key->type == CONF_MAP || (!strchr(key->path, '.') && !in_list))
        fputc('\n', out);
    if (in_list)
        fprintf(out, "#   %s: %s", key->path, key->help);
    else
        fprintf(out, "%*s# %s%s%s", indent, "", absent ? last_name(key->path) : "",
                absent ? ": " : "", key->help);
    print_range(out, key);
    if (in_list && key->fallback && *key->fallback)
        fprintf(out, " Default: %s.", key->fallback);
    fputc('\n', out);
    if (in_list || absent)
        return;
    fprintf(out, "%*s%s:", indent, "", last_name(key->path));
    print_value(out, key);
    fputc('\n', out);
}

void conf_sample(FILE *out)
{
    fputs("# The configuration of leat: every key, with its default; see leat.yaml(5).\n"
          "# Relative paths are relative to this file. Keys without a default are left out.\n",
          out);
    for (size_t i = 0; i < conf_key_count; i++)
        print_key(out, &conf_keys[i]);
}
