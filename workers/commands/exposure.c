/* SPDX-License-Identifier: MIT */
/*
 * Three kinds of files matter. Whoever reads a secret has it, and whoever writes a key decides whom
 * the server believes. Whoever writes the configuration, a document or a migration decides what
 * runs here, even as the master's user, which is often root. The database contains password hashes
 * and second factors, and mail.file contains links that set new passwords.
 *
 * Only the permissions of others are checked, since we cannot know which groups are trusted.
 */
#include "workers/commands/exposure.h"

#include <dirent.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/core/json/mark.h"

enum exposure_kind { PRIVATE, TRUSTED, DATABASE };

static const struct {
    const char *key;
    enum exposure_kind kind;
} rows[] = {
    {"secret", PRIVATE},
    {"mail.smtp.password", PRIVATE},
    {"identity.keys[].key", PRIVATE},
    {"identity.key-file", PRIVATE},
    {"identity.providers{}.client-secret", PRIVATE},
    {"listen[].tls.certificates[].key", PRIVATE},
    {"listen[].tls.certificates[].certificate", TRUSTED},
    {"listen[].tls.client-ca", TRUSTED},
    {"mail.smtp.ca", TRUSTED},
    {"mail.command", TRUSTED},
    {"mail.templates", TRUSTED},
    {"identity.issuers{}.jwks", TRUSTED},
    {"api[].document", TRUSTED},
    {"database.migrations", TRUSTED},
    {"mail.file", DATABASE},
};

struct look {
    const char *key;
    enum exposure_kind kind;
    struct diags *diags;
};

/* Returns whether anybody may replace the file, by write access to its folder. */
static bool is_replaceable(const char *path)
{
    char copy[PATH_MAX];
    struct stat st;

    snprintf(copy, sizeof(copy), "%s", path);
    return stat(dirname(copy), &st) == 0 && (st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX);
}

static void report_exposure(const struct look *l, const char *where, const char *path,
                            const char *what, const char *remedy, bool is_error)
{
    (is_error ? diag_error : diag_warn)(l->diags, where, "%s%s%s: %s: chmod %s %s", l->key,
                                        *l->key ? ": " : "", path, what, remedy, path);
}

static void look_at(const struct look *l, const char *where, const char *path)
{
    char copy[PATH_MAX];
    const char *folder;
    struct stat st;

    if (stat(path, &st) < 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
        return;
    if (l->kind != TRUSTED && (st.st_mode & S_IROTH))
        report_exposure(l, where, path, "readable by everybody", "o-rwx", false);
    if ((st.st_mode & S_IWOTH) && !(S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX)))
        report_exposure(l, where, path, "writable by everybody", "o-w", l->kind == PRIVATE);
    if (!is_replaceable(path))
        return;
    snprintf(copy, sizeof(copy), "%s", path);
    folder = dirname(copy);
    diag_warn(l->diags, NULL, "%s: everybody can replace files in it: chmod o-w %s", folder,
              folder);
}

/* Checks the files of a folder, as migrations and templates are read from. */
static void look_into(const struct look *l, const char *where, const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    char file[PATH_MAX];

    while (folder && (entry = readdir(folder)))
        if (entry->d_name[0] != '.' &&
            snprintf(file, sizeof(file), "%s/%s", path, entry->d_name) < (int)sizeof(file))
            look_at(l, where, file);
    if (folder)
        closedir(folder);
}

static void on_value(void *arg, struct json_object *value)
{
    const char *text = json_object_get_string(value), *where = mark_where(value);
    const struct look *l = arg;
    const char *path = text && strncmp(text, "file:", 5) == 0 ? text + 5 : text;

    if (!text || strncmp(text, "env:", 4) == 0)
        return;
    look_at(l, where, path);
    if (l->kind == TRUSTED)
        look_into(l, where, path);
}

/* Checks the database and the files beside it, which no configuration key names. */
static void look_beside(struct json_object *config, struct diags *diags)
{
    static const struct {
        const char *suffix;
        enum exposure_kind kind;
    } files[] = {{"", DATABASE}, {"-wal", DATABASE}, {"-shm", DATABASE}, {".keys", PRIVATE}};
    struct database_source database = database_source_of(config);
    const char *where = database.value ? mark_where(database.value) : NULL;
    char path[PATH_MAX];

    for (size_t i = 0; database.path && i < sizeof(files) / sizeof(*files); i++)
        if (snprintf(path, sizeof(path), "%s%s", database.path, files[i].suffix) <
            (int)sizeof(path))
            look_at(&(struct look){database.key, files[i].kind, diags}, where, path);
}

void exposure_check(const char *path, struct json_object *config, struct diags *diags)
{
    look_at(&(struct look){"", TRUSTED, diags}, NULL, path);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct look l = {rows[i].key, rows[i].kind, diags};

        conf_each(config, rows[i].key, on_value, &l);
    }
    look_beside(config, diags);
}
