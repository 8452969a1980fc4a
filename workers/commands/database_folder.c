/* SPDX-License-Identifier: MIT */
#include "workers/commands/database_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/conf/os_account.h"

/* Names that an empty folder may have; lost+found is a new file system's. */
static const char *const ignored[] = {".", "..", "lost+found"};

static bool is_ignored(const char *name)
{
    for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
        if (strcmp(name, ignored[i]) == 0)
            return true;
    return false;
}

static bool is_empty_folder(DIR *dir)
{
    const struct dirent *entry;

    while ((entry = readdir(dir)))
        if (!is_ignored(entry->d_name))
            return false;
    return true;
}

/* Returns whether the folder is new: it belongs to root, and nothing is in it. */
static bool is_unused(DIR *dir)
{
    struct stat st;

    return fstat(dirfd(dir), &st) == 0 && st.st_uid == 0 && is_empty_folder(dir);
}

static DIR *open_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);

    if (fd >= 0 && !dir)
        close(fd);
    return dir;
}

/* Writes the path of the folder. Returns false if there is none, or the path is too long. */
static bool name_folder(const char *database, char out[static PATH_MAX])
{
    const char *slash = strrchr(database, '/');

    if (!slash || slash == database || slash - database >= PATH_MAX)
        return false;
    snprintf(out, PATH_MAX, "%.*s", (int)(slash - database), database);
    return true;
}

bool database_folder_give(struct json_object *config, struct diags *diags)
{
    const char *user = conf_string(config, "user"), *database = database_source_of(config).path;
    struct os_account account;
    char path[PATH_MAX];
    bool ok = true;
    DIR *dir;

    if (geteuid() != 0 || !user || !database || !name_folder(database, path))
        return true;
    if (!os_account_find(user, conf_string(config, "group"), &account, diags))
        return false;
    mkdir(path, 0777);
    dir = open_folder(path);
    if (dir && is_unused(dir) && fchown(dirfd(dir), account.uid, account.gid) < 0) {
        diag_error(diags, NULL, "giving the folder %s to %s: %s", path, user, strerror(errno));
        ok = false;
    }
    if (dir)
        closedir(dir);
    return ok;
}
