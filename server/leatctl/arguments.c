/* SPDX-License-Identifier: MIT */
#include "server/leatctl/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/json/jget.h"
#include "lib/core/memory.h"
#include "server/commands/verbs.h"

enum { SECRET_MAX = 4096 };

/* Returns the path as leat, which runs in another folder, understands it. The caller's. */
static struct json_object *absolute_path(const char *path)
{
    char *folder = path[0] && path[0] != '/' ? getcwd(NULL, 0) : NULL;
    char *whole = folder ? xasprintf("%s/%s", folder, path) : xstrdup(path);
    struct json_object *value = json_object_new_string(whole);

    free(folder);
    free(whole);
    return value;
}

static bool add_word(struct json_object *params, const struct verb_argument *a, const char *word)
{
    char *end, name[32];
    long long number = strtoll(word, &end, 10);

    snprintf(name, sizeof(name), "%.*s", (int)a->name.len, a->name.data);
    if (a->is_int && (*end || !*word))
        return false;
    json_object_object_add(params, name,
                           a->is_int    ? json_object_new_int64(number)
                           : a->is_path ? absolute_path(word)
                                        : json_object_new_string(word));
    return true;
}

/* Finds the argument that `word` names ("--name"), or else the n-th positional one. Returns false
 * if there is none. */
static bool find_argument(const char *arguments, const char *word, int n, struct verb_argument *out)
{
    struct slice rest = slice_of(arguments);
    bool is_dashed = strncmp(word, "--", 2) == 0;

    while (verb_next(&rest, out)) {
        if (is_dashed ? (out->is_switch || out->is_option) && slice_is(out->name, word + 2)
                      : !out->is_switch && !out->is_option && !out->is_secret && n-- == 0)
            return true;
    }
    return false;
}

static bool has_all(const char *arguments, struct json_object *params)
{
    struct slice rest = slice_of(arguments);
    struct verb_argument a;
    char name[32];

    while (verb_next(&rest, &a)) {
        snprintf(name, sizeof(name), "%.*s", (int)a.name.len, a.name.data);
        if (!a.is_optional && !a.is_secret && !jget(params, name))
            return false;
    }
    return true;
}

/* Reads a line of standard input; from a terminal without echo, and twice. Returns false if the two
 * differ. */
static bool read_secret(const char *name, char *out, size_t size)
{
    bool is_terminal = isatty(STDIN_FILENO);
    char prompt[48], *again;

    if (!is_terminal) {
        if (!fgets(out, (int)size, stdin))
            out[0] = '\0';
        out[strcspn(out, "\r\n")] = '\0';
        return true;
    }
    snprintf(prompt, sizeof(prompt), "%s: ", name);
    snprintf(out, size, "%s", getpass(prompt));
    again = getpass("again: ");
    if (strcmp(out, again) == 0)
        return true;
    fputs("leatctl: the passwords differ\n", stderr);
    return false;
}

bool arguments_add_secrets(const char *arguments, struct json_object *params)
{
    struct slice rest = slice_of(arguments);
    struct verb_argument a;
    char name[32], text[SECRET_MAX];

    while (verb_next(&rest, &a)) {
        if (!a.is_secret)
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)a.name.len, a.name.data);
        if (!read_secret(name, text, sizeof(text)))
            return false;
        jput_text(params, name, text);
        explicit_bzero(text, sizeof(text));
    }
    return true;
}

struct json_object *arguments_read(const char *arguments, char **words, int count)
{
    struct json_object *params = json_object_new_object();
    struct verb_argument a;
    int placed = 0;
    bool ok = true;

    for (int i = 0; ok && i < count; i++) {
        ok = find_argument(arguments, words[i], placed, &a);
        if (ok && a.is_switch)
            json_object_object_add(params, words[i] + 2, json_object_new_boolean(true));
        else if (ok && a.is_option)
            ok = ++i < count && add_word(params, &a, words[i]);
        else if (ok)
            ok = add_word(params, &a, words[i]) && ++placed;
    }
    if (ok && has_all(arguments, params))
        return params;
    json_object_put(params);
    return NULL;
}
