/* SPDX-License-Identifier: MIT */
/*
 * A log whose path is the database, its -wal or a document would destroy it line by line. Texts of
 * paths are not compared, because one file has many: data//app.db, a symbolic or a hard link. Two
 * paths are the same file if they have the same resolved name, or, once the file exists, the same
 * inode. Below /dev only the texts count: standard output and standard error may lead to one file.
 */
#include "lib/conf/file_clash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/conf/database_source.h"
#include "lib/core/arena.h"
#include "lib/core/json/mark.h"

struct named_file {
    const char *key, *path;
    struct json_object *value; /* NULL for the pid file, which no key names */
    const char *resolved;      /* NULL if its folder does not exist */
    struct stat facts;         /* st_nlink 0: there is no such file */
};

enum { FILES_MAX = 512 }; /* more than conf.def has room for */

struct file_list {
    struct named_file *items;
    size_t count;
    struct arena arena;
};

static const char *keep(struct file_list *l, char *text)
{
    const char *kept = text ? arena_strdup(&l->arena, text) : NULL;

    free(text);
    return kept;
}

/* Returns the path without links and dots, or NULL. Only the folder needs to exist. */
static const char *resolve(struct file_list *l, const char *path)
{
    const char *whole = keep(l, realpath(path, NULL)), *name = strrchr(path, '/'), *folder;

    if (whole)
        return whole;
    folder = keep(l, realpath(arena_strndup(&l->arena, path, (size_t)(name - path) + 1), NULL));
    return folder ? arena_printf(&l->arena, "%s%s", folder, name) : NULL;
}

static void add(struct file_list *l, const char *key, struct json_object *value, const char *path)
{
    struct named_file *f = &l->items[l->count];

    if (!path || *path != '/' || l->count == FILES_MAX)
        return;
    *f = (struct named_file){.key = key, .path = path, .value = value};
    f->resolved = resolve(l, path);
    if (stat(path, &f->facts) != 0)
        f->facts.st_nlink = 0;
    l->count++;
}

/* Adds the configuration itself and its documents, which are only read. */
static void add_documents(struct file_list *l, struct json_object *config)
{
    struct json_object *api = conf_get(config, "api");
    const struct mark *mark = mark_of(config);

    add(l, "the configuration", config, mark ? keep(l, realpath(mark->file, NULL)) : NULL);
    for (size_t i = 0; api && i < json_object_array_length(api); i++) {
        struct json_object *item = json_object_array_get_idx(api, i);

        add(l, "api[].document", conf_get(item, "document"), conf_string(item, "document"));
    }
}

/* Adds SQLite's files beside the database, and the generated keys. */
static void add_database(struct file_list *l, struct json_object *config)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".keys"};
    struct database_source database = database_source_of(config);

    for (size_t i = 0; database.path && i < sizeof(suffixes) / sizeof(*suffixes); i++)
        add(l, database.key, database.value,
            arena_printf(&l->arena, "%s%s", database.path, suffixes[i]));
}

static void add_listeners(struct file_list *l, struct json_object *config)
{
    struct json_object *listeners = conf_get(config, "listen");

    for (size_t i = 0; listeners && i < json_object_array_length(listeners); i++) {
        struct json_object *item = json_object_array_get_idx(listeners, i);
        const char *address = conf_string(item, "address");

        if (address && strncmp(address, "unix:", 5) == 0)
            add(l, "listen[].address", conf_get(item, "address"), address + 5);
    }
}

static bool is_same_file(const struct named_file *a, const struct named_file *b)
{
    if (strcmp(a->path, b->path) == 0)
        return true;
    if (strncmp(a->path, "/dev/", 5) == 0 || strncmp(b->path, "/dev/", 5) == 0)
        return false;
    if (a->resolved && b->resolved && strcmp(a->resolved, b->resolved) == 0)
        return true;
    return a->facts.st_nlink && b->facts.st_nlink && a->facts.st_dev == b->facts.st_dev &&
           a->facts.st_ino == b->facts.st_ino;
}

/* Returns true if both keys may name one file: the items of one list, other than listeners, and the
 * two logs, which append whole lines. */
static bool may_share(const struct named_file *a, const struct named_file *b)
{
    return (strcmp(a->key, b->key) == 0 && strcmp(a->key, "listen[].address") != 0) ||
           (strncmp(a->key, "log.", 4) == 0 && strncmp(b->key, "log.", 4) == 0);
}

static const char *place_of(const struct named_file *f)
{
    return f->value ? mark_where(f->value) : NULL;
}

static bool is_in(const char *folder, const char *path)
{
    size_t len = strlen(folder);

    return strncmp(folder, path, len) == 0 && path[len] == '/' && !strchr(path + len + 1, '/');
}

/* Reports a file with the name of a backup in the folder of backups, which removes old ones
 * (lib/db/backup/backup_folder.h). */
static void check_backups(struct file_list *l, struct json_object *config, size_t first,
                          struct diags *diags)
{
    static const char end[] = ".backup";
    const char *folder = conf_string(config, "backup.folder");
    const char *database = database_source_of(config).path;
    const char *base = database && strrchr(database, '/') ? strrchr(database, '/') + 1 : NULL;

    folder = folder && base ? keep(l, realpath(folder, NULL)) : NULL;
    for (size_t i = first; folder && i < l->count; i++) {
        const char *path = l->items[i].resolved, *name = path ? strrchr(path, '/') + 1 : "";
        size_t len = strlen(name);

        if (path && is_in(folder, path) && strncmp(name, base, strlen(base)) == 0 &&
            name[strlen(base)] == '-' && len >= sizeof(end) &&
            strcmp(name + len - sizeof(end) + 1, end) == 0)
            diag_error(diags, place_of(&l->items[i]),
                       "%s: %s has the name of a backup in backup.folder", l->items[i].key, path);
    }
}

/* Reports what is wrong with the files from `first` on. */
static void check_from(struct file_list *l, struct json_object *config, size_t first,
                       struct diags *diags)
{
    for (size_t i = first; i < l->count; i++)
        for (size_t k = 0; k < i; k++)
            if (is_same_file(&l->items[i], &l->items[k]) && !may_share(&l->items[i], &l->items[k]))
                diag_error(diags, place_of(&l->items[i]), "%s: %s is also used by %s",
                           l->items[i].key, l->items[i].path, l->items[k].key);
    check_backups(l, config, first, diags);
}

static void list_files(struct file_list *l, struct json_object *config)
{
    static const char *const keys[] = {"control.socket", "log.path", "log.access-path", "mail.file",
                                       "backup.folder"};

    l->items = arena_alloc(&l->arena, FILES_MAX * sizeof(*l->items));
    add_documents(l, config);
    add_database(l, config);
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        add(l, keys[i], conf_get(config, keys[i]), conf_string(config, keys[i]));
    add_listeners(l, config);
}

void file_clash_check(struct json_object *config, struct diags *diags)
{
    struct file_list l = {0};

    list_files(&l, config);
    check_from(&l, config, 0, diags);
    arena_fini(&l.arena);
}

void file_clash_check_pid_file(struct json_object *config, const char *path, struct diags *diags)
{
    struct file_list l = {0};
    const char *folder = *path == '/' ? "" : keep(&l, getcwd(NULL, 0));
    size_t first;

    list_files(&l, config);
    first = l.count;
    add(&l, "pid file", NULL,
        arena_printf(&l.arena, "%s%s%s", folder ? folder : "", *path == '/' ? "" : "/", path));
    check_from(&l, config, first, diags);
    arena_fini(&l.arena);
}
