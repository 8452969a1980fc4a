/* SPDX-License-Identifier: MIT */
/* Reads a folder of migrations. The up and down files of one version become one record, whichever
 * comes first, so the list is sorted by number only at the end ("10" sorts before "9" as text). All
 * mistakes in the folder are reported, not only the first. The checksum is of the up file without
 * carriage returns: an editor or Git may change line endings, and that must not turn an applied
 * migration into an edited one. */
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

enum { MIGRATION_MAX = 16 << 20 };

struct folder {
    const char *path;
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

/* Splits "0012_add_lists.up.sql" into 12 and "add_lists". Returns false with *fault if the name has
 * another form. */
static bool parse_name(const char *file, long long *version, char *name, size_t size, bool *is_up,
                       struct fault *fault)
{
    char *end;
    size_t len = strlen(file);

    *is_up = has_suffix(file, ".up.sql");
    if (!*is_up && !has_suffix(file, ".down.sql"))
        return fault_set(fault, "must end in .up.sql or .down.sql");
    len -= strlen(*is_up ? ".up.sql" : ".down.sql");
    errno = 0;
    *version = strtoll(file, &end, 10);
    if (errno || file[0] < '0' || file[0] > '9' || *end != '_' || *version <= 0 ||
        (size_t)(end - file) + 1 >= len)
        return fault_set(fault, "must be named 0001_name.up.sql or 0001_name.down.sql");
    snprintf(name, size, "%.*s", (int)(file + len - end - 1), end + 1);
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

static void add_file(struct folder *f, const char *file, const char *path)
{
    struct buf text = {0};
    struct json_object *m;
    long long version = 0;
    char name[256];
    struct fault fault;
    bool is_up;

    if (!parse_name(file, &version, name, sizeof(name), &is_up, &fault)) {
        diag_error(f->diags, path, "%s", fault.text);
        return;
    }
    m = find_version(f->list, version);
    if (m && (strcmp(jget_text(m, "name"), name) != 0 || jget(m, is_up ? "up" : "down"))) {
        diag_error(f->diags, path, "version %lld is already used by %s", version,
                   jget_text(m, "name"));
    } else if (!file_read_regular(path, MIGRATION_MAX, &text, &fault)) {
        diag_error(f->diags, path, "%s", fault.text);
    } else if (memchr(buf_text(&text), '\0', text.len) || !utf8_is_valid(text.data, text.len)) {
        diag_error(f->diags, path, "is not valid UTF-8");
    } else {
        if (!m) {
            m = json_object_new_object();
            json_object_object_add(m, "version", json_object_new_int64(version));
            json_object_object_add(m, "name", json_object_new_string(name));
            json_object_array_add(f->list, m);
        }
        json_object_object_add(m, is_up ? "up" : "down",
                               json_object_new_string_len(text.data, (int)text.len));
        json_object_object_add(m, is_up ? "file" : "down-file", json_object_new_string(path));
        if (is_up)
            add_checksum(f, m, &text);
    }
    buf_fini(&text);
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

        if (!json_object_object_get(m, "up"))
            diag_error(f->diags, jget_text(m, "down-file"), "has no matching .up.sql");
    }
}

struct json_object *migration_load(const char *folder, migration_digest_fn digest,
                                   struct diags *diags)
{
    struct folder f = {folder, digest, diags, json_object_new_array()};
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
