/* SPDX-License-Identifier: MIT */
/*
 * The backup runs as the workers' user, beside them, with the lowest claim to the processor: no
 * request waits for it. The folder of the backups is its memory: the name of the newest one says
 * when the next is due, so neither a restart nor an upgrade forgets a backup or makes one twice.
 *
 * Whoever started it reads its output. If that reader has gone (a master that was killed), so has
 * everybody who would limit the backup in time, and it ends without a trace.
 */
#include "workers/commands/cmd_backup.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/conf/os_account.h"
#include "lib/conf/release.h"
#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/system/exit_status.h"
#include "lib/db/backup/backup_copy.h"
#include "lib/db/backup/backup_folder.h"
#include "workers/commands/drop_privileges.h"

enum { NICE = 10, BUSY_AGAIN_MS = 1000 };

struct backup_run {
    const char *database, *folder; /* folder: of scheduled backups, or NULL */
    const char *path;
    bool replaces;
    struct json_object *config, *answer;
    struct fault fault;
};

/* Waits. Returns false once nobody reads our output. */
static bool rest(int ms)
{
    struct pollfd reader = {.fd = STDOUT_FILENO};

    return poll(&reader, 1, ms) <= 0 || !(reader.revents & (POLLERR | POLLHUP));
}

/* The master stops, or gives up waiting. */
static void on_term(int number)
{
    static const char text[] = "the backup was stopped before it was finished\n";

    (void)number;
    /* NOLINTNEXTLINE(bugprone-signal-handler): it only unlinks, which clang-tidy cannot see here. */
    backup_abandon();
    if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
        _exit(EXIT_SYSTEM);
    _exit(EXIT_FAILED);
}

static void put_number(struct backup_run *r, const char *name, uint64_t value)
{
    json_object_object_add(r->answer, name, json_object_new_uint64(value));
}

/* Makes the backup and answers. */
static enum backup_end back_up(struct backup_run *r)
{
    struct backup_options options = {
        .database = r->database, .path = r->path, .replaces = r->replaces, .pause = rest};
    uint64_t began = clock_ns();
    struct backup_size size = {0};
    enum backup_end end = backup_make(&options, &size, &r->fault);

    if (end != BACKUP_DONE)
        return end;
    r->answer = json_object_new_object();
    jput_text(r->answer, "path", r->path);
    put_number(r, "bytes", size.bytes);
    put_number(r, "pages", size.pages);
    put_number(r, "ms", (clock_ns() - began) / NS_PER_MS);
    return end;
}

/* --- scheduled backups --- */

/* Returns when the next backup is due after one that began at `real_ms`. */
static uint64_t due_after(struct json_object *config, uint64_t real_ms)
{
    uint64_t every_ms = (uint64_t)conf_int(config, "backup.every"), at_ms;

    if (!conf_get(config, "backup.at"))
        return real_ms + every_ms;
    at_ms = (uint64_t)conf_int(config, "backup.at") % every_ms;
    return at_ms + ((real_ms - at_ms) / every_ms + 1) * every_ms;
}

static uint64_t until(uint64_t due_ms)
{
    uint64_t now_ms = clock_real_ms();

    return due_ms > now_ms ? due_ms - now_ms : 0;
}

static void answer_later(struct backup_run *r, uint64_t due_ms, const struct backup_newest *last)
{
    r->answer = json_object_new_object();
    put_number(r, "due_ms", due_ms);
    put_number(r, "last_ms", last->real_ms);
    put_number(r, "last_bytes", last->bytes);
}

static void back_up_due(struct backup_run *r, uint64_t now_ms, const struct backup_newest *last)
{
    struct backup_retention keep = {
        .count = (uint64_t)conf_int(r->config, "backup.keep"),
        .age_ms = (uint64_t)conf_int(r->config, "backup.keep-for"),
    };
    char *path = backup_folder_name(r->folder, r->database, now_ms);
    enum backup_end end;

    r->path = path;
    end = back_up(r);
    if (end == BACKUP_BUSY)
        answer_later(r, BUSY_AGAIN_MS, last);
    if (end == BACKUP_DONE) {
        put_number(r, "removed",
                   (uint64_t)backup_folder_trim(r->folder, r->database, clock_real_ms(), &keep));
        put_number(r, "due_ms", until(due_after(r->config, now_ms)));
    }
    free(path);
}

static void back_up_if_due(struct backup_run *r)
{
    uint64_t now_ms = clock_real_ms(), due_ms;
    struct backup_newest last;

    if (!backup_folder_newest(r->folder, r->database, now_ms, &last, &r->fault))
        return;
    due_ms = last.real_ms ? due_after(r->config, last.real_ms) : now_ms;
    if (due_ms > now_ms)
        answer_later(r, due_ms - now_ms, &last);
    else
        back_up_due(r, now_ms, &last);
}

/* Creates the folder of scheduled backups if only it is missing, for the user of the workers. */
static void make_folder(const char *folder, struct json_object *config, struct diags *diags)
{
    const char *user = conf_string(config, "user");
    struct os_account account;

    if (mkdir(folder, 0700) < 0 || geteuid() != 0 || !user ||
        !os_account_find(user, conf_string(config, "group"), &account, diags))
        return;
    if (lchown(folder, account.uid, account.gid) < 0)
        diag_error(diags, NULL, "giving the folder %s to %s: %s", folder, user, strerror(errno));
}

/* --- the command --- */

/* Returns the folder of the backup in `out`, which is all that the process may write to besides the
 * database's. */
static const char *folder_of(const char *path, char out[static PATH_MAX])
{
    snprintf(out, PATH_MAX, "%s", path);
    return dirname(out);
}

static void run_backup(struct backup_run *r, struct diags *diags)
{
    bool is_scheduled = !r->path;
    char copy[PATH_MAX];

    if (is_scheduled)
        make_folder(r->folder, r->config, diags);
    setpriority(PRIO_PROCESS, 0, NICE);
    signal(SIGTERM, on_term);
    if (diags->errors ||
        !drop_privileges_to(r->config, is_scheduled ? r->folder : folder_of(r->path, copy), diags))
        return;
    fault_clear(&r->fault);
    if (is_scheduled)
        back_up_if_due(r);
    else
        back_up(r);
    if (!r->answer)
        diag_error(diags, NULL, "%s", r->fault.text);
}

static void print_answer(struct json_object *answer)
{
    struct buf text = {0};

    jwrite_value(&text, answer);
    puts(buf_text(&text));
    buf_fini(&text);
}

int cmd_backup(int release_fd, const char *path, bool replaces)
{
    struct backup_run r = {.path = path, .replaces = replaces};
    struct json_object *release = release_read(release_fd, RELEASE_HEAD, &r.fault);
    struct diags diags = {0};
    int result;

    r.config = jget(release, "config");
    r.database = r.config ? database_source_of(r.config).path : NULL;
    r.folder = r.config ? conf_string(r.config, "backup.folder") : NULL;
    if (!release)
        diag_error(&diags, NULL, "%s", r.fault.text);
    else if (!r.database)
        diag_error(&diags, NULL,
                   r.config && database_source_of(r.config).url
                       ? "the database is a PostgreSQL server's; back it up with pg_dump"
                       : "there is no database; database.url is not configured");
    else if (!path && !r.folder)
        diag_error(&diags, NULL, "backup.folder is not configured");
    else
        run_backup(&r, &diags);
    result = r.answer ? 0 : 1;
    if (r.answer)
        print_answer(r.answer);
    else
        diags_print(&diags, stderr);
    json_object_put(r.answer);
    json_object_put(release);
    diags_fini(&diags);
    return result;
}
