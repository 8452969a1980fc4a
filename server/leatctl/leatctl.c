/* SPDX-License-Identifier: MIT */
/* leatctl: sends one command to a running leat, over its control socket. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "config.h"
#include "include/leat_control.h"
#include "lib/core/buf.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/system/exit_status.h"
#include "lib/core/system/startup.h"
#include "server/leatctl/arguments.h"
#include "server/leatctl/find_socket.h"
#include "server/leatctl/table.h"
#include "server/commands/verbs.h"

enum { REPLY_DEPTH = 300, SECRET_MAX = 4096, READER_TIMEOUT_S = 10 };

enum role { READER, ADMIN };

static const struct ctl_verb {
    const char *name, *arguments, *help;
    enum role role;
} verbs[] = {
#define VERB(name, function, role, arguments, help) {name, arguments, help, role},
#include "server/commands/verbs.def"
#undef VERB
};
static const size_t verb_count = sizeof(verbs) / sizeof(*verbs);

struct options {
    const char *socket_path;
    bool wants_json;
    double watch_s;   /* 0: once */
    double timeout_s; /* 0: that of the command */
};

static void put_upper(struct slice name, struct buf *out)
{
    for (size_t i = 0; i < name.len; i++)
        buf_putc(out, name.data[i] == '-' ? '-' : (char)(name.data[i] - 32));
}

/* Appends "scale WORKERS", "reload [--dry-run] [--migrate]", "limits [--policy POLICY]". */
static void put_synopsis(const struct ctl_verb *v, struct buf *out)
{
    struct slice rest = slice_of(v->arguments);
    struct verb_argument a;

    buf_puts(out, v->name);
    while (verb_next(&rest, &a)) {
        bool is_dashed = a.is_switch || a.is_option;

        if (a.is_secret)
            continue;
        buf_printf(out, " %s%s", a.is_optional ? "[" : "", is_dashed ? "--" : "");
        if (is_dashed)
            buf_put(out, a.name.data, a.name.len);
        if (a.is_option)
            buf_putc(out, ' ');
        if (!a.is_switch)
            put_upper(a.name, out);
        buf_puts(out, a.is_optional ? "]" : "");
    }
}

/* Prints the commands whose name begins with the word `first`, or all if that is NULL. Returns false
 * if there is none. */
static bool print_verbs(FILE *out, const char *first)
{
    bool found = false;

    for (size_t i = 0; i < verb_count; i++) {
        struct buf synopsis = {0};
        struct slice name = slice_of(verbs[i].name);

        if (first && !slice_is(slice_cut(&name, ' '), first))
            continue;
        if (!found)
            fputs("usage: leatctl [-j] [-w[SECONDS]] [-s PATH] [-t SECONDS] COMMAND\n\n", out);
        found = true;
        put_synopsis(&verbs[i], &synopsis);
        fprintf(out, synopsis.len > 18 ? "  %s\n  %-18s %s\n" : "  %-18s %s%s\n",
                buf_text(&synopsis), synopsis.len > 18 ? "" : verbs[i].help,
                synopsis.len > 18 ? verbs[i].help : "");
        buf_fini(&synopsis);
    }
    return found;
}

static void print_usage(FILE *out)
{
    print_verbs(out, NULL);
    fputs("\n"
          "  -s, --socket PATH      default $LEAT_SOCKET, control.socket of ./leat.yaml,\n"
          "                         or " LEAT_CONTROL_SOCKET "\n"
          "  -t, --timeout SECONDS  wait this long for an answer; by default 10 seconds, or\n"
          "                         without limit for commands that change something\n"
          "  -j, --json             print the result as JSON\n"
          "  -w, --watch[=SECONDS]  repeat; every 2 seconds by default\n"
          "      --commands         list the commands, one per line, for shell completion\n"
          "  -V, --version          -h, --help\n"
          "\n"
          "Exit status: 0 success, 1 refused or failed, 2 usage, 3 no connection or answer.\n",
          out);
}

static int print_commands(void)
{
    for (size_t i = 0; i < verb_count; i++)
        printf("%s\t%s\t%s\n", verbs[i].name, verbs[i].arguments, verbs[i].help);
    return 0;
}

/* Limits how long the connection, and each part of the answer, may take. What changes nothing is
 * answered at once; other commands may wait for minutes. */
static void set_timeout(int fd, const struct ctl_verb *v, const struct options *o)
{
    double seconds = o->timeout_s > 0 ? o->timeout_s : v->role == READER ? READER_TIMEOUT_S : 0;
    struct timeval limit = {.tv_sec = (time_t)seconds};

    limit.tv_usec = (suseconds_t)((seconds - (double)limit.tv_sec) * 1e6);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

static int dial(const struct ctl_verb *v, const struct options *o)
{
    const char *path = o->socket_path;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(address.sun_path))
        errno = ENAMETOOLONG;
    else if (fd >= 0) {
        set_timeout(fd, v, o);
        memcpy(address.sun_path, path, strlen(path) + 1);
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
            return fd;
    }
    if (errno == EAGAIN)
        fprintf(stderr, "leatctl: %s: leat accepts no connection in time\n", path);
    else
        fprintf(stderr, "leatctl: %s: %s; is leat running with this control.socket?\n", path,
                strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Sends the request and reads the line that answers it; NULL after an error, which is printed. */
static struct json_object *call(int fd, const char *method, struct json_object *params)
{
    struct json_object *reply = NULL;
    struct jread_fault fault;
    struct buf line = {0};
    ssize_t n = 0;

    buf_printf(&line, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":", method);
    jwrite_value(&line, params);
    buf_puts(&line, "}\n");
    n = send(fd, line.data, line.len, MSG_NOSIGNAL);
    line.len = 0;
    while (n > 0 && !(line.len && line.data[line.len - 1] == '\n')) {
        n = read(fd, buf_reserve(&line, 65536), 65536);
        line.len += n > 0 ? (size_t)n : 0;
    }
    if (n < 0 && errno == EAGAIN)
        fputs("leatctl: leat does not answer in time; see --timeout\n", stderr);
    else if (n <= 0)
        fputs("leatctl: leat closed the connection without a reply\n", stderr);
    else if (!jread_text(line.data, line.len, REPLY_DEPTH, NULL, &reply, &fault))
        fprintf(stderr, "leatctl: the reply cannot be parsed: %s\n", fault.message);
    buf_fini(&line);
    return reply;
}

static int print_result(const struct ctl_verb *v, struct json_object *result, bool wants_json)
{
    bool has_failed = jget(result, "ok") && !jget_bool(result, "ok");
    struct buf text = {0};

    if (wants_json) {
        jwrite_value(&text, result);
        puts(buf_text(&text));
        buf_fini(&text);
    } else if (jget(result, "ok")) {
        fputs(jget_text(result, "text"), has_failed ? stderr : stdout);
    } else {
        print_table(v->name, result);
    }
    fflush(stdout);
    return has_failed ? EXIT_FAILED : 0;
}

static int run_once(const struct ctl_verb *v, struct json_object *params, const struct options *o)
{
    int fd = dial(v, o), code;
    struct json_object *reply, *error;

    if (fd < 0)
        return EXIT_UNREACHABLE;
    reply = call(fd, v->name, params);
    close(fd);
    if (!reply)
        return EXIT_UNREACHABLE;
    error = jget(reply, "error");
    if (error) {
        fprintf(stderr, "leatctl: %s\n", jget_text(error, "message"));
        code = EXIT_FAILED;
    } else {
        code = print_result(v, jget(reply, "result"), o->wants_json);
    }
    json_object_put(reply);
    return code;
}

static int run_verb(const struct ctl_verb *v, struct json_object *params, const struct options *o)
{
    int code;

    do {
        if (o->watch_s > 0 && isatty(STDOUT_FILENO))
            fputs("\033[H\033[2J", stdout);
        code = run_once(v, params, o);
        if (o->watch_s > 0)
            usleep((useconds_t)(o->watch_s * 1e6));
    } while (o->watch_s > 0 && code != EXIT_UNREACHABLE);
    return code;
}

/* Returns how many of the words form the command's name; 0 if they don't. */
static int name_length(const struct ctl_verb *v, char **words, int count)
{
    const char *second = strchr(v->name, ' ');
    size_t len = second ? (size_t)(second - v->name) : strlen(v->name);

    if (strlen(words[0]) != len || strncmp(words[0], v->name, len) != 0)
        return 0;
    if (!second)
        return 1;
    return count > 1 && strcmp(words[1], second + 1) == 0 ? 2 : 0;
}

/* Finds the command and sets *len; a name of two words precedes a shorter one. */
static const struct ctl_verb *find_verb(char **words, int count, int *len)
{
    const struct ctl_verb *found = NULL;

    *len = 0;
    for (size_t i = 0; i < verb_count; i++) {
        int n = name_length(&verbs[i], words, count);

        if (n > *len) {
            *len = n;
            found = &verbs[i];
        }
    }
    return found;
}

static bool asks_for_help(char **words, int count)
{
    return count > 1 && strcmp(words[count - 1], "--help") == 0;
}

static int run_command(char **words, int count, const struct options *o)
{
    struct buf synopsis = {0};
    struct json_object *params;
    int code, len;
    const struct ctl_verb *v = find_verb(words, count, &len);

    if (asks_for_help(words, count) && print_verbs(stdout, words[0]))
        return 0;
    if (!v) {
        if (!print_verbs(stderr, words[0]))
            fprintf(stderr, "leatctl: %s: no such command; see leatctl --help\n", words[0]);
        return EXIT_USAGE;
    }
    params = arguments_read(v->arguments, words + len, count - len);
    if (!params) {
        put_synopsis(v, &synopsis);
        fprintf(stderr, "usage: leatctl %s\n", buf_text(&synopsis));
        buf_fini(&synopsis);
        return EXIT_USAGE;
    }
    code = arguments_add_secrets(v->arguments, params) ? run_verb(v, params, o) : EXIT_USAGE;
    json_object_put(params);
    return code;
}

static bool read_seconds(const char *option, const char *text, double *out)
{
    char *end = NULL;

    *out = text ? strtod(text, &end) : 2;
    if (*out >= 0.01 && *out <= 3600 && (!text || !*end))
        return true;
    fprintf(stderr, "leatctl: --%s=%s: must be from 0.01 to 3600 seconds\n", option, text);
    return false;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"socket", required_argument, NULL, 's'}, {"json", no_argument, NULL, 'j'},
        {"watch", optional_argument, NULL, 'w'},  {"timeout", required_argument, NULL, 't'},
        {"commands", no_argument, NULL, 'c'},     {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    struct options o = {0};
    int option;

    startup_prepare();
    /* '+' stops at the command: later options are its own. */
    while ((option = getopt_long(argc, argv, "+s:jw::t:hV", options, NULL)) != -1) {
        if (option == 's') {
            o.socket_path = optarg;
        } else if (option == 'j') {
            o.wants_json = true;
        } else if (option == 'w') {
            if (!read_seconds("watch", optarg, &o.watch_s))
                return EXIT_USAGE;
        } else if (option == 't') {
            if (!read_seconds("timeout", optarg, &o.timeout_s))
                return EXIT_USAGE;
        } else if (option == 'c') {
            return print_commands();
        } else if (option == 'V') {
            puts("leatctl " PACKAGE_VERSION);
            return 0;
        } else {
            print_usage(option == 'h' ? stdout : stderr);
            return option == 'h' ? 0 : EXIT_USAGE;
        }
    }
    if (!o.socket_path)
        o.socket_path = find_socket();
    if (optind < argc)
        return run_command(argv + optind, argc - optind, &o);
    print_usage(stderr);
    return EXIT_USAGE;
}
