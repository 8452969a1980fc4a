/* SPDX-License-Identifier: MIT */
/* leat: runs the master, and the commands that work on files. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "lib/conf/conf.h"
#include "lib/core/system/file.h"
#include "lib/core/memory.h"
#include "lib/core/system/exit_status.h"
#include "lib/core/system/startup.h"
#include "server/process/environment.h"
#include "server/process/installed.h"
#include "server/process/pidfile.h"
#include "server/master.h"
#include "server/new.h"

static const char usage[] =
    "usage: leat [-c FILE] [--pid-file FILE]        serve in the foreground\n"
    "       leat check [--json] [--live] [--engine NAME] [-c FILE]\n"
    "                                               prove configuration, documents and SQL\n"
    "       leat config --defaults                  print a commented sample of leat.yaml\n"
    "       leat migrate status|up|down [-c FILE]   show or change the state of the database\n"
    "       leat migrate new NAME [-c FILE]         create the files of a new migration\n"
    "       leat restore BACKUP [--dry-run] [-c FILE]\n"
    "                                               put a backup in place of the database\n"
    "       leat scaffold TABLE... [-c FILE]        print a document for existing tables\n"
    "       leat scaffold auth                      print a document for accounts\n"
    "       leat routes [--json] [-c FILE]          list the operations and their handlers\n"
    "       leat diff [--json] OLD NEW              show what breaks clients between two "
    "documents\n"
    "       leat new DIR                            create a small example application\n"
    "       leat --version | --help\n"
    "\n"
    "  -c, --config FILE    the configuration; default " SYSCONFDIR "/leat/leat.yaml\n"
    "  -e, --engine NAME    report what is not for sqlite or postgresql too (check)\n"
    "  -j, --json           print JSON (check, routes, diff)\n"
    "  -l, --live           prove against the live database and its data (check)\n"
    "  -n, --dry-run        change nothing, and say what would be done (restore)\n"
    "  -p, --pid-file FILE  where the process id is written while serving\n"
    "\n"
    "Exit status: 0 success, 1 invalid configuration, document, migration or backup, or a "
    "breaking\n"
    "change, 2 usage, 71 system error.\n"
    "See leat(8), leatctl(8), leat.yaml(5), leat-api(7).\n";

enum { DOCUMENT_MAX = 1 << 20 };

struct command_line {
    const char *config_path;
    const char *pid_file;
    const char *engine; /* that statements must be for as well, or NULL */
    bool wants_defaults, wants_json, is_live, is_dry;
    char **all; /* the original argv */
    int argc;   /* number of words that are not options */
    char **argv;
};

/* Leaves the reason, which is one line, the last that is read: no summary follows it. */
static int fail_usage(const char *what)
{
    fprintf(stderr, "leat: %s; see leat --help\n", what);
    return EXIT_USAGE;
}

static int run_serve(struct command_line *line)
{
    char *worker = installed_worker();
    int code;

    code = master_run(&(struct master_options){.config_path = line->config_path,
                                               .worker_path = worker,
                                               .pid_file = line->pid_file,
                                               .argv = line->all});
    free(worker);
    return code;
}

/* Executes leat-worker, with no more privileges than workers have, and without the secrets that the
 * configuration takes from the environment. */
static int become_worker(const struct command_line *line, char **args)
{
    char *worker = installed_worker(), **environment;

    environment_hide_named(line->config_path);
    environment = environment_visible();
    args[0] = worker;
    fflush(stdout);
    execve(worker, args, environment);
    fprintf(stderr, "leat: starting %s: %m\n", worker);
    free(environment);
    free(worker);
    return EXIT_SYSTEM;
}

static int run_check(struct command_line *line)
{
    char *args[] = {NULL, "--check", (char *)(uintptr_t)line->config_path, NULL, NULL, NULL, NULL,
                    NULL, NULL};
    int n = 3;

    if (line->pid_file)
        args[n++] = "--pid-file", args[n++] = (char *)(uintptr_t)line->pid_file;
    if (line->wants_json)
        args[n++] = "--json";
    if (line->is_live)
        args[n++] = "--live";
    if (line->engine && strcmp(line->engine, "sqlite") != 0 &&
        strcmp(line->engine, "postgresql") != 0)
        return fail_usage("--engine must be sqlite or postgresql");
    if (line->engine)
        args[n++] = "--engine", args[n++] = (char *)(uintptr_t)line->engine;
    return line->argc == 1 ? become_worker(line, args) : fail_usage("check takes no arguments");
}

static int run_config(struct command_line *line)
{
    if (line->argc != 1 || !line->wants_defaults)
        return fail_usage("config needs --defaults");
    conf_sample(stdout);
    return 0;
}

static int run_migrate(struct command_line *line)
{
    const char *action = line->argc > 1 ? line->argv[1] : "";
    bool is_new = strcmp(action, "new") == 0;
    char *args[] = {NULL,
                    "--migrate",
                    (char *)(uintptr_t)action,
                    (char *)(uintptr_t)line->config_path,
                    is_new && line->argc == 3 ? line->argv[2] : NULL,
                    NULL};

    if (!is_new && strcmp(action, "up") != 0 && strcmp(action, "down") != 0 &&
        strcmp(action, "status") != 0)
        return fail_usage("migrate needs status, up, down or new NAME");
    if (line->argc != (is_new ? 3 : 2))
        return fail_usage(is_new ? "migrate new needs a NAME" : "too many arguments");
    return become_worker(line, args);
}

static int run_restore(struct command_line *line)
{
    char *args[] = {NULL,
                    "--restore",
                    (char *)(uintptr_t)line->config_path,
                    line->argc == 2 ? line->argv[1] : NULL,
                    line->is_dry ? "--dry-run" : NULL,
                    NULL};
    struct pidfile pidfile = {.path = line->pid_file};
    struct diags diags = {0};
    bool is_stopped;

    if (line->argc != 2)
        return fail_usage("restore needs a BACKUP");
    is_stopped = pidfile_check(&pidfile, &diags);
    diags_print(&diags, stderr);
    diags_fini(&diags);
    return is_stopped ? become_worker(line, args) : EXIT_FAILED;
}

/* Prints the document of the account built-ins, which is the same for all installations. */
static int print_auth(void)
{
    char *path = installed_data("auth.yaml");
    struct buf text = {0};
    bool ok = file_read(path, DOCUMENT_MAX, &text);

    if (ok)
        fwrite(text.data, 1, text.len, stdout);
    else
        fprintf(stderr, "leat: %s: %m\n", path);
    buf_fini(&text);
    free(path);
    return ok ? 0 : EXIT_SYSTEM;
}

static int run_scaffold(struct command_line *line)
{
    size_t count = (size_t)line->argc - 1;
    char **args;
    int code;

    if (!count)
        return fail_usage("scaffold needs auth, or the name of a table");
    if (count == 1 && strcmp(line->argv[1], "auth") == 0)
        return print_auth();
    args = xcalloc(count + 4, sizeof(*args));
    args[1] = "--scaffold";
    args[2] = (char *)(uintptr_t)line->config_path;
    memcpy(args + 3, line->argv + 1, count * sizeof(*args));
    code = become_worker(line, args);
    free(args);
    return code;
}

static int run_routes(struct command_line *line)
{
    char *args[] = {NULL, "--routes", (char *)(uintptr_t)line->config_path,
                    line->wants_json ? "--json" : NULL, NULL};

    return line->argc == 1 ? become_worker(line, args) : fail_usage("routes takes no arguments");
}

static int run_diff(struct command_line *line)
{
    char *args[] = {NULL, "--diff", NULL, NULL, line->wants_json ? "--json" : NULL, NULL};

    if (line->argc != 3)
        return fail_usage("diff needs two documents");
    args[2] = line->argv[1];
    args[3] = line->argv[2];
    return become_worker(line, args);
}

static int run_new(struct command_line *line)
{
    return line->argc == 2 ? new_run(line->argv[1]) : fail_usage("new needs a folder");
}

static const struct {
    const char *name;
    int (*run)(struct command_line *line);
} commands[] = {{"serve", run_serve},     {"check", run_check},     {"config", run_config},
                {"migrate", run_migrate}, {"restore", run_restore}, {"scaffold", run_scaffold},
                {"routes", run_routes},   {"diff", run_diff},       {"new", run_new}};

/* Parses the options. Returns 0 to continue, otherwise the exit status plus one. */
static int read_options(struct command_line *line, int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"pid-file", required_argument, NULL, 'p'},
        {"defaults", no_argument, NULL, 'd'},     {"json", no_argument, NULL, 'j'},
        {"live", no_argument, NULL, 'l'},         {"engine", required_argument, NULL, 'e'},
        {"dry-run", no_argument, NULL, 'n'},      {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "c:p:e:jlnhV", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            line->config_path = optarg;
            break;
        case 'p':
            line->pid_file = optarg;
            break;
        case 'd':
            line->wants_defaults = true;
            break;
        case 'j':
            line->wants_json = true;
            break;
        case 'l':
            line->is_live = true;
            break;
        case 'e':
            line->engine = optarg;
            break;
        case 'n':
            line->is_dry = true;
            break;
        case 'V':
            puts("leat " PACKAGE_VERSION);
            return 1;
        case 'h':
            fputs(usage, stdout);
            return 1;
        default:
            fputs("see leat --help\n", stderr); /* getopt_long() has told the reason */
            return EXIT_USAGE + 1;
        }
    }
    line->argc = argc - optind;
    line->argv = argv + optind;
    return 0;
}

int main(int argc, char **argv)
{
    struct command_line line = {.config_path = SYSCONFDIR "/leat/leat.yaml", .all = argv};
    int stop;

    startup_prepare();
    stop = read_options(&line, argc, argv);
    if (stop)
        return stop - 1;
    if (line.argc == 0)
        return run_serve(&line);
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (strcmp(line.argv[0], commands[i].name) == 0)
            return commands[i].run(&line);
    fprintf(stderr, "leat: %s: no such command; see leat --help\n", line.argv[0]);
    return EXIT_USAGE;
}
