/* SPDX-License-Identifier: MIT */
/* leat-worker: started by leat only, as a worker of a generation or for one command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "config.h"
#include "lib/conf/conf.h"
#include "lib/core/system/exit_status.h"
#include "lib/core/system/startup.h"
#include "workers/commands/cmd_admin.h"
#include "workers/commands/cmd_backup.h"
#include "workers/commands/cmd_diff.h"
#include "workers/commands/cmd_check.h"
#include "workers/commands/crash_report.h"
#include "workers/mail/mailer.h"
#include "workers/commands/cmd_migrate.h"
#include "workers/commands/cmd_rehearse.h"
#include "workers/commands/cmd_restore.h"
#include "workers/commands/cmd_routes.h"
#include "workers/scaffold/scaffold.h"
#include "workers/worker.h"

enum { FD_NEW = 3, FD_RUNNING = 4, FD_SHM = 4, FD_REQUEST = 5 };

static const char usage[] =
    "usage: leat-worker --check FILE [--json] [--live] [--engine NAME] [--release-fd N "
    "[--against-fd "
    "N "
    "[--dry-run]]]\n"
    "       leat-worker --migrate status|up|down|new FILE [NAME]\n"
    "       leat-worker --restore FILE BACKUP [--dry-run]\n"
    "       leat-worker --scaffold FILE TABLE...\n"
    "       leat-worker --routes FILE [--json]\n"
    "       leat-worker --diff OLD NEW [--json]\n"
    "       leat-worker --rehearse | --apply  (fd 3: a release; fd 4: a release or shared memory)\n"
    "       leat-worker --admin               (the same, and fd 5: the request)\n"
    "       leat-worker --backup [PATH [--force]]     (fd 3: a release)\n"
    "       leat-worker --mailer COMMAND      (fd 3: a socket)\n"
    "       leat-worker --slot N --generation N\n"
    "leat starts this program; see leat(8).\n";

static int run_worker(int argc, char **argv)
{
    if (argc != 5 || strcmp(argv[3], "--generation") != 0)
        return -1;
    return worker_run(atoi(argv[2]), (unsigned)atoi(argv[4]));
}

static int run_check(int argc, char **argv)
{
    struct check_options o = {.release_fd = -1, .against_fd = -1};

    if (argc < 3)
        return -1;
    o.path = argv[2];
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            o.is_json = true;
        else if (strcmp(argv[i], "--live") == 0)
            o.is_live = true;
        else if (strcmp(argv[i], "--engine") == 0 && i + 1 < argc)
            o.engine = argv[++i];
        else if (strcmp(argv[i], "--dry-run") == 0)
            o.is_dry_run = true;
        else if (strcmp(argv[i], "--pid-file") == 0 && i + 1 < argc)
            o.pid_file = argv[++i];
        else if (strcmp(argv[i], "--release-fd") == 0 && i + 1 < argc)
            o.release_fd = atoi(argv[++i]);
        else if (strcmp(argv[i], "--against-fd") == 0 && i + 1 < argc)
            o.against_fd = atoi(argv[++i]);
        else
            return -1;
    }
    return cmd_check(&o);
}

static int run_rehearse(int argc, char **argv)
{
    (void)argv;
    return argc == 2 ? cmd_rehearse(FD_NEW, FD_RUNNING) : -1;
}

static int run_apply(int argc, char **argv)
{
    (void)argv;
    return argc == 2 ? cmd_rehearse_apply(FD_NEW, FD_SHM) : -1;
}

static int run_admin(int argc, char **argv)
{
    (void)argv;
    return argc == 2 ? cmd_admin(FD_NEW, FD_SHM, FD_REQUEST) : -1;
}

static int run_backup(int argc, char **argv)
{
    bool replaces = argc == 4 && strcmp(argv[3], "--force") == 0;

    return argc == 2 || argc == 3 || replaces
               ? cmd_backup(FD_NEW, argc > 2 ? argv[2] : NULL, replaces)
               : -1;
}

static int run_migrate(int argc, char **argv)
{
    return argc == 4 || argc == 5 ? cmd_migrate(argv[3], argv[2], argc == 5 ? argv[4] : NULL) : -1;
}

static int run_restore(int argc, char **argv)
{
    bool is_dry = argc == 5 && strcmp(argv[4], "--dry-run") == 0;

    return argc == 4 || is_dry ? cmd_restore(argv[2], argv[3], is_dry) : -1;
}

static int run_scaffold(int argc, char **argv)
{
    return argc >= 4 ? scaffold_run(argv[2], argv + 3) : -1;
}

static int run_routes(int argc, char **argv)
{
    bool is_json = argc == 4 && strcmp(argv[3], "--json") == 0;

    return argc == 3 || is_json ? cmd_routes(argv[2], is_json) : -1;
}

static int run_diff(int argc, char **argv)
{
    bool is_json = argc == 5 && strcmp(argv[4], "--json") == 0;

    return argc == 4 || is_json ? cmd_diff(argv[2], argv[3], is_json) : -1;
}

static int run_mailer(int argc, char **argv)
{
    return argc == 3 ? mailer_run(argv[2]) : -1;
}

static int run_version(int argc, char **argv)
{
    (void)argc, (void)argv;
    puts("leat-worker " PACKAGE_VERSION);
    return 0;
}

static int run_help(int argc, char **argv)
{
    (void)argc, (void)argv;
    fputs(usage, stdout);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *command; /* name of the command for crash reports; NULL: the master reports it */
} modes[] = {{"--admin", run_admin, "the command"},
             {"--backup", run_backup, "the backup"},
             {"--slot", run_worker, NULL},
             {"--check", run_check, "the check"},
             {"--migrate", run_migrate, "the migration"},
             {"--rehearse", run_rehearse, "the rehearsal"},
             {"--apply", run_apply, "the migration"},
             {"--restore", run_restore, "the restore"},
             {"--scaffold", run_scaffold, "scaffold"},
             {"--routes", run_routes, "routes"},
             {"--diff", run_diff, "diff"},
             {"--mailer", run_mailer, NULL},
             {"--version", run_version, NULL},
             {"--help", run_help, NULL}};

int main(int argc, char **argv)
{
    int result = -1;

    startup_prepare();
    prctl(PR_SET_NAME, "leat-worker"); /* executed by descriptor, it would be named by a number */
    for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(*modes); i++)
        if (strcmp(argv[1], modes[i].name) == 0) {
            if (modes[i].command)
                crash_report(modes[i].command);
            result = modes[i].run(argc, argv);
        }
    if (result < 0)
        fputs(usage, stderr);
    return result < 0 ? EXIT_USAGE : result;
}
