/* SPDX-License-Identifier: MIT */
/* leatctl: one command to a running leat, over its control socket. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "config.h"
#include "include/leat_control.h"
#include "lib/core/buf.h"
#include "lib/core/jget.h"
#include "lib/core/jread.h"
#include "lib/core/jwrite.h"

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3, REPLY_DEPTH = 300 };

static const char usage[] =
    "usage: leatctl [--socket PATH] [--json] COMMAND\n"
    "\n"
    "  status     the master, the counters, the last reload\n"
    "  workers    each worker process\n"
    "  release    the release that is in force, as JSON\n"
    "  reload     read the configuration again; waits for the result\n"
    "  stop       drain and exit\n"
    "\n"
    "  -s, --socket PATH  the control socket; default $LEAT_SOCKET or " LEAT_CONTROL_SOCKET "\n"
    "  -j, --json         print the result as JSON\n"
    "  -V, --version      -h, --help\n"
    "\n"
    "Exit status: 0 done, 1 refused or failed, 2 usage, 3 nothing listens there.\n";

static int dial(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(address.sun_path))
        errno = ENAMETOOLONG;
    else if (fd >= 0) {
        memcpy(address.sun_path, path, strlen(path) + 1);
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
            return fd;
    }
    fprintf(stderr, "leatctl: %s: %s: is leat running, and is this its control.socket?\n", path,
            strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Sends the request and reads the line that answers it; NULL after an error, which is printed. */
static struct json_object *call(int fd, const char *method)
{
    struct json_object *reply = NULL;
    struct jread_fault fault;
    struct buf line = {0};
    ssize_t n = 0;

    dprintf(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"}\n", method);
    while (!(line.len && line.data[line.len - 1] == '\n')) {
        n = read(fd, buf_reserve(&line, 65536), 65536);
        if (n <= 0)
            break;
        line.len += (size_t)n;
    }
    if (n <= 0)
        fputs("leatctl: leat closed the connection before it answered\n", stderr);
    else if (!jread_text(line.data, line.len, REPLY_DEPTH, NULL, &reply, &fault))
        fprintf(stderr, "leatctl: the answer cannot be read: %s\n", fault.message);
    buf_fini(&line);
    return reply;
}

static void print_json(struct json_object *value)
{
    struct buf text = {0};

    jwrite_value(&text, value);
    puts(buf_text(&text));
    buf_fini(&text);
}

static int print_status(struct json_object *s)
{
    struct json_object *reload = jget(s, "reload");

    printf("leat %s  pid %lld  %s since %s\n", jget_text(s, "version"),
           (long long)jget_int(s, "pid"), jget_text(s, "state"), jget_text(s, "started"));
    printf("generation  %lld  %.20s\n", (long long)jget_int(s, "generation"),
           jget_text(s, "release"));
    printf("workers     %lld of %lld ready, %lld retiring\n", (long long)jget_int(s, "ready"),
           (long long)jget_int(s, "workers"), (long long)jget_int(s, "retiring"));
    printf("requests    %lld, %lld answered 5xx\n", (long long)jget_int(s, "requests"),
           (long long)jget_int(s, "server_errors"));
    printf("connections %lld accepted\n", (long long)jget_int(s, "connections"));
    printf("log         %lld lines dropped\n", (long long)jget_int(s, "log_dropped"));
    printf("reload      %s", jget_text(reload, "state"));
    if (jget(reload, "finished"))
        printf(", last %s at %s\n%s", jget_bool(reload, "ok") ? "done" : "failed",
               jget_text(reload, "finished"), jget_text(reload, "text"));
    else
        putchar('\n');
    return 0;
}

static int print_workers(struct json_object *list)
{
    printf("%5s %10s %8s %-9s %10s %12s %10s %12s\n", "INDEX", "GENERATION", "PID", "STATE",
           "READY", "REQUESTS", "IN-FLIGHT", "CONNECTIONS");
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *w = json_object_array_get_idx(list, i);

        printf("%5lld %10lld %8lld %-9s %9llds %12lld %10lld %12lld\n",
               (long long)jget_int(w, "index"), (long long)jget_int(w, "generation"),
               (long long)jget_int(w, "pid"), jget_text(w, "state"),
               (long long)jget_int(w, "ready_ms") / 1000, (long long)jget_int(w, "requests"),
               (long long)jget_int(w, "in_flight"), (long long)jget_int(w, "connections"));
    }
    return 0;
}

static int print_release(struct json_object *release)
{
    puts(json_object_to_json_string_ext(release,
                                        JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
    return 0;
}

static int print_outcome(struct json_object *outcome)
{
    bool ok = jget_bool(outcome, "ok");

    fputs(jget_text(outcome, "text"), ok ? stdout : stderr);
    return ok ? 0 : EXIT_REFUSED;
}

static const struct {
    const char *name;
    int (*print)(struct json_object *result);
} commands[] = {{"status", print_status},
                {"workers", print_workers},
                {"release", print_release},
                {"reload", print_outcome},
                {"stop", print_outcome}};

static int run(const char *socket_path, size_t command, bool wants_json)
{
    int fd = dial(socket_path), code;
    struct json_object *reply, *error, *result;

    if (fd < 0)
        return EXIT_UNREACHABLE;
    reply = call(fd, commands[command].name);
    close(fd);
    if (!reply)
        return EXIT_UNREACHABLE;
    error = jget(reply, "error");
    result = jget(reply, "result");
    if (error) {
        fprintf(stderr, "leatctl: %s\n", jget_text(error, "message"));
        code = EXIT_REFUSED;
    } else if (wants_json) {
        print_json(result);
        code = jget(result, "ok") && !jget_bool(result, "ok") ? EXIT_REFUSED : 0;
    } else {
        code = commands[command].print(result);
    }
    json_object_put(reply);
    return code;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"socket", required_argument, NULL, 's'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"version", no_argument, NULL, 'V'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *path = getenv("LEAT_SOCKET") ? getenv("LEAT_SOCKET") : LEAT_CONTROL_SOCKET;
    bool wants_json = false;
    int option;

    while ((option = getopt_long(argc, argv, "s:jhV", options, NULL)) != -1) {
        if (option == 's') {
            path = optarg;
        } else if (option == 'j') {
            wants_json = true;
        } else if (option == 'V') {
            puts("leatctl " PACKAGE_VERSION);
            return 0;
        } else {
            fputs(usage, option == 'h' ? stdout : stderr);
            return option == 'h' ? 0 : EXIT_USAGE;
        }
    }
    for (size_t i = 0; optind == argc - 1 && i < sizeof(commands) / sizeof(*commands); i++)
        if (strcmp(argv[optind], commands[i].name) == 0)
            return run(path, i, wants_json);
    fputs(usage, stderr);
    return EXIT_USAGE;
}
