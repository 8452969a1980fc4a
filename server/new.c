/* SPDX-License-Identifier: MIT */
/* The templates are the files of conf/new in the tree, copied unchanged. */
#include "server/new.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/system/file.h"
#include "server/process/installed.h"

enum { TEMPLATE_MAX = 1 << 20 };

static bool fail(const char *path)
{
    fprintf(stderr, "leat: new: %s: %s\n", path, strerror(errno));
    return false;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Creates the folder and its parents; an existing one must be empty. */
static bool make_folder(struct arena *arena, const char *path)
{
    DIR *dir;
    struct dirent *entry;

    if (!file_make_parent(arena_printf(arena, "%s/", path)) || !(dir = opendir(path)))
        return fail(path);
    while ((entry = readdir(dir)) && is_dots(entry->d_name))
        ;
    closedir(dir);
    errno = ENOTEMPTY;
    return entry ? fail(path) : true;
}

static bool copy_file(const char *from, const char *to, mode_t mode)
{
    struct buf text = {0};
    bool ok = file_read(from, TEMPLATE_MAX, &text);
    int fd;

    if (!ok)
        return fail(from);
    fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & S_IXUSR ? 0777 : 0666);
    ok = fd >= 0 && write(fd, text.data, text.len) == (ssize_t)text.len;
    if (ok)
        printf("made %s\n", to);
    else
        fail(to);
    if (fd >= 0)
        close(fd);
    buf_fini(&text);
    return ok;
}

static bool copy_folder(struct arena *arena, const char *from, const char *to)
{
    struct dirent **names;
    int n = scandir(from, &names, NULL, alphasort);
    bool ok = n >= 0 && make_folder(arena, to);

    if (n < 0)
        return fail(from);
    for (int i = 0; i < n; i++) {
        const char *source = arena_printf(arena, "%s/%s", from, names[i]->d_name);
        const char *target = arena_printf(arena, "%s/%s", to, names[i]->d_name);
        struct stat st;

        if (ok && !is_dots(names[i]->d_name))
            ok = stat(source, &st) < 0 ? fail(source)
                 : S_ISDIR(st.st_mode) ? copy_folder(arena, source, target)
                                       : copy_file(source, target, st.st_mode);
        free(names[i]);
    }
    free(names);
    return ok;
}

int new_run(const char *folder)
{
    struct arena arena = {0};
    char *templates = installed_data("new");
    size_t len = strlen(folder);
    bool ok;

    while (len > 1 && folder[len - 1] == '/')
        len--;
    folder = arena_strndup(&arena, folder, len);
    ok = copy_folder(&arena, templates, folder);
    if (ok)
        printf("\nNext:\n  cd %s\n  leat check -c leat.yaml\n  sh t/api.sh\n  leat -c leat.yaml\n",
               folder);
    free(templates);
    arena_fini(&arena);
    return ok ? 0 : 1;
}
