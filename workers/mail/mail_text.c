/* SPDX-License-Identifier: MIT */
/*
 * Templates have variables and nothing else: no conditions, no loops. One rule replaces them: a
 * line whose variables are all empty is left out, which is how one text serves with a link, with a
 * code, or with both. All errors in a template are found when the release is built, with line
 * numbers; a worker reads only what has passed, and its output replaces control characters in
 * values, so that no value can start a new line.
 */
#include "workers/mail/mail_text.h"

#include <errno.h>
#include <dirent.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/arena.h"
#include "lib/core/system/file.h"
#include "lib/core/json/jget.h"
#include "lib/core/text/utf8.h"

enum {
    FILE_MAX = 16 << 10,
    SUBJECT_MAX = 200,
    WHERE_MAX = 512,
    MESSAGE_MAX = 256,
    NAME_SHOWN = 64
};

#define SUBJECT "Subject:"

static const struct {
    const char *name;
    bool has_proof; /* {{link}} and {{token}} have a value */
    struct mail_text text;
} kinds[] = {
    [MAIL_VERIFY_EMAIL] = {"verify-email",
                           true,
                           {SLICE_LIT("Confirm your address for {{app}}"),
                            SLICE_LIT("{{email}} was given as an address at {{app}}.\n"
                                      "If that was you, please confirm it:\n\n"
                                      "Link: {{link}}\n"
                                      "Code: {{token}}\n\n"
                                      "If it was not you, ignore this message.\n")}},
    [MAIL_RESET_PASSWORD] =
        {"reset-password",
         true,
         {SLICE_LIT("Reset your password for {{app}}"),
          SLICE_LIT("Somebody asked for a new password for {{email}} at {{app}}.\n"
                    "If that was you, choose one:\n\n"
                    "Link: {{link}}\n"
                    "Code: {{token}}\n\n"
                    "If it was not you, ignore this message: your password stays as it is.\n")}},
    [MAIL_EMAIL_IN_USE] =
        {"email-in-use",
         false,
         {SLICE_LIT("You already have an account at {{app}}"),
          SLICE_LIT(
              "Somebody tried to register {{email}} at {{app}}, but it already has an account.\n"
              "If that was you, sign in, or ask for a new password.\n"
              "\n"
              "If it was not you, ignore this message.\n")}},
    [MAIL_PASSWORD_CHANGED] = {"password-changed",
                               false,
                               {SLICE_LIT("Your password for {{app}} was changed"),
                                SLICE_LIT("The password of {{email}} at {{app}} was changed.\n\n"
                                          "If it was not you, ask for a new password at once.\n")}},
    [MAIL_FACTOR_ENABLED] =
        {"second-factor-enabled",
         false,
         {SLICE_LIT("Signing in to {{app}} now needs a code"),
          SLICE_LIT("The account of {{email}} at {{app}} now has a second factor: signing in\n"
                    "needs a code from the authenticator or a recovery code.\n"
                    "\n"
                    "If it was not you, ask for help at once: somebody knows your password.\n")}},
    [MAIL_FACTOR_DISABLED] =
        {"second-factor-disabled",
         false,
         {SLICE_LIT("Signing in to {{app}} no longer needs a code"),
          SLICE_LIT("The second factor of {{email}} at {{app}} was removed: signing in needs\n"
                    "only the password.\n"
                    "\n"
                    "If it was not you, ask for a new password at once.\n")}},
};

static const struct {
    const char *name;
    size_t offset; /* in struct mail_variables */
    bool is_proof;
} variables[] = {{"link", offsetof(struct mail_variables, link), true},
                 {"token", offsetof(struct mail_variables, token), true},
                 {"email", offsetof(struct mail_variables, email), false},
                 {"app", offsetof(struct mail_variables, app), false}};

enum { VARIABLE_COUNT = sizeof(variables) / sizeof(*variables), NOT_FOUND = VARIABLE_COUNT };

const char *mail_kind_name(enum mail_kind kind)
{
    return kinds[kind].name;
}

/* Cuts *rest after its first {{name}}: returns the text before it, and sets *which and *name. */
static struct slice cut_variable(struct slice *rest, size_t *which, struct slice *name)
{
    const char *open = rest->len ? memmem(rest->data, rest->len, "{{", 2) : NULL;
    struct slice before = *rest;
    const char *close;

    *which = NOT_FOUND;
    *name = (struct slice){NULL, 0};
    before.len = open ? (size_t)(open - rest->data) : rest->len;
    *rest = (struct slice){before.data + before.len, rest->len - before.len};
    if (!open)
        return before;
    close = memmem(rest->data, rest->len, "}}", 2);
    *name = (struct slice){open + 2, close ? (size_t)(close - open) - 2 : 0};
    *rest = close ? (struct slice){close + 2, rest->len - (size_t)(close + 2 - open)}
                  : (struct slice){open + 2, rest->len - 2};
    for (*which = 0; *which < NOT_FOUND && !slice_is(*name, variables[*which].name); ++*which)
        ;
    return before;
}

static const char *value_of(const struct mail_variables *v, size_t which)
{
    const char *value = *(const char *const *)((const char *)v + variables[which].offset);

    return value ? value : "";
}

static void put_value(struct buf *out, const char *value)
{
    for (; *value; value++)
        buf_putc(out, (unsigned char)*value < ' ' || *value == 0x7f ? ' ' : *value);
}

void mail_text_put(struct buf *out, struct slice text, const struct mail_variables *v)
{
    while (text.len) {
        bool has_end = memchr(text.data, '\n', text.len);
        struct slice line = slice_cut(&text, '\n');
        size_t start = out->len, named = 0, empty = 0;

        while (line.len) {
            struct slice name;
            size_t which;
            struct slice before = cut_variable(&line, &which, &name);

            buf_put(out, before.data, before.len);
            if (which == NOT_FOUND)
                continue;
            named++;
            empty += !*value_of(v, which);
            put_value(out, value_of(v, which));
        }
        if (named && named == empty)
            out->len = start;
        else if (has_end)
            buf_putc(out, '\n');
    }
}

/* The state of reading one file. */
struct mail_reader {
    const char *path;
    enum mail_kind kind;
    struct diags *diags;
    bool has_proof; /* uses {{link}} or {{token}} */
};

__attribute__((format(printf, 3, 4))) static void fail(struct mail_reader *r, size_t line,
                                                       const char *format, ...)
{
    char where[WHERE_MAX], message[MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    snprintf(where, sizeof(where), "%s:%zu", r->path, line);
    diag_error(r->diags, where, "%s", message);
}

static void check_line(struct mail_reader *r, struct slice line, size_t number)
{
    while (line.len) {
        struct slice name;
        size_t which;

        cut_variable(&line, &which, &name);
        if (!name.data)
            return;
        if (which == NOT_FOUND)
            fail(r, number, "{{%.*s}} is not a variable; use link, token, email or app",
                 (int)(name.len < NAME_SHOWN ? name.len : NAME_SHOWN), name.data);
        else if (variables[which].is_proof && !kinds[r->kind].has_proof)
            fail(r, number, "{{%s}} has no value in this message", variables[which].name);
        else
            r->has_proof |= variables[which].is_proof;
    }
}

/* Takes "Subject: …" and the empty line after it off the front. */
static struct slice take_subject(struct mail_reader *r, struct slice *text)
{
    struct slice line = slice_cut(text, '\n');
    size_t len = strlen(SUBJECT);

    if (line.len < len || memcmp(line.data, SUBJECT, len) != 0) {
        fail(r, 1, "the first line is not \"Subject: …\"");
        return (struct slice){"", 0};
    }
    line = slice_trim((struct slice){line.data + len, line.len - len});
    if (!line.len || line.len > SUBJECT_MAX)
        fail(r, 1, "the subject is empty or too long");
    if (text->len && *text->data == '\n')
        slice_cut(text, '\n');
    return line;
}

static struct json_object *read_text(struct mail_reader *r, struct slice text)
{
    struct json_object *out = json_object_new_object();
    struct slice subject, all = text;
    size_t number = 0;

    if (!utf8_is_valid(text.data, text.len) || memchr(text.data, '\0', text.len)) {
        fail(r, 1, "not valid UTF-8");
        return out;
    }
    subject = take_subject(r, &text);
    while (all.len)
        check_line(r, slice_cut(&all, '\n'), ++number);
    if (kinds[r->kind].has_proof && !r->has_proof)
        fail(r, 1, "names neither {{link}} nor {{token}}");
    json_object_object_add(out, "subject",
                           json_object_new_string_len(subject.data, (int)subject.len));
    json_object_object_add(out, "body", json_object_new_string_len(text.data, (int)text.len));
    return out;
}

/* Normalizes the line ends of other systems. */
static void drop_returns(struct buf *text)
{
    size_t to = 0;

    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] != '\r')
            text->data[to++] = text->data[i];
    text->len = to;
}

static bool is_kind(const char *file)
{
    for (int kind = 0; kind < MAIL_KIND_COUNT; kind++) {
        size_t len = strlen(kinds[kind].name);

        if (strncmp(file, kinds[kind].name, len) == 0 && strcmp(file + len, ".txt") == 0)
            return true;
    }
    return false;
}

/* Warns about files that no message uses, which are probably misspelt. */
static void check_folder(const char *folder, struct diags *diags)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    if (!dir) {
        diag_error(diags, folder, "cannot be read: %s", strerror(errno));
        return;
    }
    while ((entry = readdir(dir))) {
        const char *dot = strrchr(entry->d_name, '.');

        if (dot && strcmp(dot, ".txt") == 0 && !is_kind(entry->d_name))
            diag_warn(diags, folder, "%s is not the name of a message", entry->d_name);
    }
    closedir(dir);
}

struct json_object *mail_text_load(const char *folder, struct diags *diags)
{
    struct json_object *out = json_object_new_object();
    struct arena arena = {0};

    check_folder(folder, diags);
    for (int kind = 0; kind < MAIL_KIND_COUNT; kind++) {
        struct mail_reader r = {arena_printf(&arena, "%s/%s.txt", folder, kinds[kind].name),
                                (enum mail_kind)kind, diags, false};
        struct buf text = {0};
        struct fault fault;

        errno = 0;
        if (file_read_regular(r.path, FILE_MAX, &text, &fault)) {
            drop_returns(&text);
            json_object_object_add(out, kinds[kind].name, read_text(&r, buf_slice(&text)));
        } else if (errno != ENOENT) {
            diag_error(diags, r.path, "%s", fault.text);
        }
        buf_fini(&text);
    }
    arena_fini(&arena);
    return out;
}

void mail_text_read(struct json_object *loaded, struct mail_text out[static MAIL_KIND_COUNT])
{
    for (int kind = 0; kind < MAIL_KIND_COUNT; kind++) {
        struct json_object *text = jget(loaded, kinds[kind].name);

        out[kind] = kinds[kind].text;
        if (text)
            out[kind] = (struct mail_text){slice_of(jget_text(text, "subject")),
                                           slice_of(jget_text(text, "body"))};
    }
}
