/* SPDX-License-Identifier: MIT */
/* Reads a folder of migrations. The up and down files of one version become one record, whichever
 * comes first, so the list is sorted by number only at the end ("10" sorts before "9" as text). A
 * file for the engine takes the place of the common one; those of other engines are named and
 * counted as the rest, so that their mistakes are found too, but not read. All mistakes in the
 * folder are reported, not only the first. The checksum is of the up file without carriage returns:
 * an editor or Git may change line endings, and that must not turn an applied migration into an
 * edited one. */
#include "lib/db/migration/migration.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/core/fault.h"
#include "lib/core/system/file.h"
#include "lib/core/json/jget.h"
#include "lib/core/text/utf8.h"
#include "lib/db/sql/dialect.h"

enum { MIGRATION_MAX = 16 << 20 };

struct folder {
    const struct dialect *dialect;
    migration_digest_fn digest;
    struct diags *diags;
    struct json_object *list;
};

static bool has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name), k = strlen(suffix);

    return n > k && strcmp(name + n - k, suffix) == 0;
}

static int is_wanted(const struct dirent *entry)
{
    return has_suffix(entry->d_name, ".sql");
}

/* A file's name, "0012_add_lists.up.postgresql.sql", in its parts. */
struct file_name {
    long long version;
    char name[256];
    bool is_up;
    const struct dialect *dialect; /* NULL if the file is for all engines */
};

/* Takes the last part of the name, ".up" for example, from its length. Returns its start. */
static const char *cut_part(const char *file, size_t *len)
{
    while (*len && file[--*len] != '.')
        continue;
    return file + *len;
}

/* Returns the dialect whose name is the part ".postgresql", or NULL. */
static const struct dialect *dialect_of(const char *part)
{
    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        size_t len = strlen(dialects[i]->name);

        if (strncmp(part + 1, dialects[i]->name, len) == 0 && part[1 + len] == '.')
            return dialects[i];
    }
    return NULL;
}

static bool is_part(const char *part, const char *name)
{
    return strncmp(part, name, strlen(name)) == 0;
}

/* Returns false with *fault if the name has another form. */
static bool parse_name(const char *file, struct file_name *out, struct fault *fault)
{
    char *end;
    size_t len = strlen(file) - strlen(".sql");
    const char *part = cut_part(file, &len), *before;

    *out = (struct file_name){0};
    if (!is_part(part, ".up.") && !is_part(part, ".down.")) {
        size_t rest = len;

        before = cut_part(file, &rest);
        if (!is_part(before, ".up.") && !is_part(before, ".down."))
            return fault_set(fault, "must end in .up.sql or .down.sql");
        out->dialect = dialect_of(part);
        if (!out->dialect)
            return fault_set(fault, "%.*s is no engine; known are sqlite and postgresql",
                             (int)strcspn(part + 1, "."), part + 1);
        part = before;
        len = rest;
    }
    out->is_up = is_part(part, ".up.");
    errno = 0;
    out->version = strtoll(file, &end, 10);
    if (errno || file[0] < '0' || file[0] > '9' || *end != '_' || out->version <= 0 ||
        (size_t)(end - file) + 1 >= len)
        return fault_set(fault, "must be named 0001_name.up.sql or 0001_name.down.sql");
    snprintf(out->name, sizeof(out->name), "%.*s", (int)(file + len - end - 1), end + 1);
    return true;
}

static struct json_object *find_version(struct json_object *list, long long version)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *m = json_object_array_get_idx(list, i);

        if (jget_int(m, "version") == version)
            return m;
    }
    return NULL;
}

static void add_checksum(struct folder *f, struct json_object *migration, const struct buf *text)
{
    struct buf plain = {0};
    char sum[65];

    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] != '\r')
            buf_putc(&plain, text->data[i]);
    buf_text(&plain);
    f->digest(plain.data, plain.len, sum);
    json_object_object_add(migration, "checksum", json_object_new_string(sum));
    buf_fini(&plain);
}

/* Returns the record of the version, a new one if this is the first of its files. */
static struct json_object *take_version(struct folder *f, const struct file_name *n,
                                        const char *path)
{
    struct json_object *m = find_version(f->list, n->version);

    if (m)
        return m;
    m = json_object_new_object();
    json_object_object_add(m, "version", json_object_new_int64(n->version));
    json_object_object_add(m, "name", json_object_new_string(n->name));
    json_object_object_add(m, "first-file", json_object_new_string(path));
    json_object_array_add(f->list, m);
    return m;
}

static const char *file_key(const struct file_name *n)
{
    return n->is_up ? "file" : "down-file";
}

static void add_text(struct folder *f, struct json_object *m, const struct file_name *n,
                     const char *path)
{
    struct buf text = {0};
    struct fault fault;

    json_object_object_add(m, file_key(n), json_object_new_string(path));
    if (!file_read_regular(path, MIGRATION_MAX, &text, &fault)) {
        diag_error(f->diags, path, "%s", fault.text);
    } else if (memchr(buf_text(&text), '\0', text.len) || !utf8_is_valid(text.data, text.len)) {
        diag_error(f->diags, path, "is not valid UTF-8");
    } else {
        json_object_object_add(m, n->is_up ? "up" : "down",
                               json_object_new_string_len(text.data, (int)text.len));
        if (n->is_up)
            add_checksum(f, m, &text);
    }
    buf_fini(&text);
}

static void add_file(struct folder *f, const char *file, const char *path)
{
    struct file_name n;
    struct json_object *m;
    struct fault fault;
    const char *other;
    bool is_used;

    if (!parse_name(file, &n, &fault)) {
        diag_error(f->diags, path, "%s", fault.text);
        return;
    }
    m = take_version(f, &n, path);
    other = jget_text(m, file_key(&n));
    is_used = !n.dialect || n.dialect == f->dialect;
    if (strcmp(jget_text(m, "name"), n.name) != 0 ||
        (is_used && other && !n.dialect == !migration_is_for_engine(other)))
        diag_error(f->diags, path, "version %lld is already used by %s", n.version,
                   jget_text(m, "name"));
    else if (is_used && (n.dialect || !other))
        add_text(f, m, &n, path);
}

static int by_version(const void *a, const void *b)
{
    struct json_object *const *x = a, *const *y = b;
    int64_t va = jget_int(*x, "version");
    int64_t vb = jget_int(*y, "version");

    return va < vb ? -1 : va > vb;
}

static void check_pairs(struct folder *f)
{
    for (size_t i = 0; i < json_object_array_length(f->list); i++) {
        struct json_object *m = json_object_array_get_idx(f->list, i);

        if (!json_object_object_get(m, "file"))
            diag_error(f->diags, jget_text(m, "first-file"),
                       "has no matching .up.sql, nor .up.%s.sql", f->dialect->name);
        json_object_object_del(m, "first-file");
    }
}

bool migration_is_for_engine(const char *file)
{
    const char *name = strrchr(file, '/');
    struct file_name parts;
    struct fault fault;

    return parse_name(name ? name + 1 : file, &parts, &fault) && parts.dialect;
}

struct json_object *migration_load(const char *folder, const char *engine,
                                   migration_digest_fn digest, struct diags *diags)
{
    struct folder f = {dialect_find(engine), digest, diags, json_object_new_array()};
    size_t before = diags->errors;
    struct dirent **entries;
    int n = scandir(folder, &entries, is_wanted, alphasort);

    if (n < 0)
        diag_error(diags, folder, "cannot be read: %s", strerror(errno));
    for (int i = 0; i < n; i++) {
        struct buf path = {0};

        buf_printf(&path, "%s/%s", folder, entries[i]->d_name);
        add_file(&f, entries[i]->d_name, buf_text(&path));
        buf_fini(&path);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    check_pairs(&f);
    json_object_array_sort(f.list, by_version);
    if (diags->errors == before)
        return f.list;
    json_object_put(f.list);
    return NULL;
}
