/* SPDX-License-Identifier: MIT */
/*
 * Each list that leatctl can print is an array of columns, and the table at the end says which
 * result is printed how: a list by its columns, anything else by a function. Together the columns
 * of a list, with a space between, make at most 80 characters. Texts are cut by characters, not
 * bytes, so that a name in another script does not shift the columns after it.
 */
#include "server/leatctl/table.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/json/jget.h"

#define MIB 1048576.0

static long long number(struct json_object *map, const char *key)
{
    return (long long)jget_int(map, key);
}

/* Prints the lists of names that the last reload changed, a line for each that is not empty. */
static void print_changes(struct json_object *changes)
{
    if (!changes)
        return;
    json_object_object_foreach(changes, kind, names)
    {
        size_t count = json_object_array_length(names);

        if (count)
            printf("changed     %s: ", kind);
        for (size_t i = 0; i < count; i++)
            printf("%s%s", json_object_get_string(json_object_array_get_idx(names, i)),
                   i + 1 < count ? ", " : "\n");
    }
}

static void print_backup(struct json_object *b)
{
    const char *last = jget_text(b, "last"), *next = jget_text(b, "next"),
               *failure = jget_text(b, "failure");

    printf("backup      last %s", last ? last : "none");
    if (last)
        printf(", %lld bytes", number(b, "bytes"));
    if (jget_bool(b, "running"))
        fputs("; one is running", stdout);
    else if (next)
        printf("; next %s", next);
    putchar('\n');
    if (failure)
        printf("BACKUP      failed: %s\n", failure);
}

static void print_status(struct json_object *s)
{
    struct json_object *reload = jget(s, "reload");

    printf("leat %s  pid %lld  %s since %s\n", jget_text(s, "version"), number(s, "pid"),
           jget_text(s, "state"), jget_text(s, "started"));
    for (size_t i = 0; i < jget_count(s, "listening"); i++)
        printf("%-11s %s\n", i ? "" : "listening",
               json_object_get_string(jget_item(s, "listening", i)));
    if (jget_bool(s, "alarm"))
        printf("ALARM       workers keep dying; see worker.died in the log\n");
    if (jget_text(s, "database") && *jget_text(s, "database"))
        printf("DATABASE    %s: %s; %s\n", jget_text(s, "database"), jget_text(s, "database_cause"),
               jget_text(s, "database_remedy"));
    printf("generation  %lld  %.20s\n", number(s, "generation"), jget_text(s, "release"));
    printf("workers     %lld of %lld ready, %lld retiring\n", number(s, "ready"),
           number(s, "workers"), number(s, "retiring"));
    if (jget(s, "next_start"))
        printf("            the next one starts at %s\n", jget_text(s, "next_start"));
    printf("            %lld died, %lld of them stuck; %lld recycled; %lld upgrades\n",
           number(s, "deaths"), number(s, "stuck"), number(s, "recycled"), number(s, "upgrades"));
    printf("requests    %lld, %lld answered 5xx\n", number(s, "requests"),
           number(s, "server_errors"));
    printf("connections %lld accepted\n", number(s, "connections"));
    printf("waiting     %lld writes, %lld reads, %lld passwords\n",
           number(jget(s, "queues"), "writes"), number(jget(s, "queues"), "reads"),
           number(jget(s, "queues"), "passwords"));
    printf("memory      %.1f MiB of the workers; -wal %.1f MiB\n",
           (double)number(s, "memory") / MIB, (double)number(s, "wal_bytes") / MIB);
    if (jget(s, "certificate_expires"))
        printf("certificate expires %s\n", jget_text(s, "certificate_expires"));
    printf("log         %lld lines dropped\n", number(s, "log_dropped"));
    if (jget(s, "backup"))
        print_backup(jget(s, "backup"));
    printf("reload      %s", jget_text(reload, "state"));
    if (jget(reload, "finished"))
        printf(", last %s at %s, took %.1f s\n%s", jget_bool(reload, "ok") ? "done" : "failed",
               jget_text(reload, "finished"), (double)number(reload, "took_ms") / 1e3,
               jget_text(reload, "text"));
    else
        putchar('\n');
    print_changes(jget(reload, "changes"));
}

static void print_release(struct json_object *release)
{
    puts(json_object_to_json_string_ext(release,
                                        JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void print_metrics(struct json_object *text)
{
    fputs(json_object_get_string(text), stdout);
}

/* --- lists --- */

enum column_format { TEXT, COUNT, SECONDS, MILLISECONDS, MEBIBYTES, PERCENT };

/* Cells are `width` columns wide; a text is cut to that, and aligned left. */
struct column {
    const char *title, *key;
    enum column_format cell;
    int width;
};

static const struct column workers[] = {
    {"INDEX", "index", COUNT, 5},
    {"GENERATION", "generation", COUNT, 10},
    {"PID", "pid", COUNT, 8},
    {"STATE", "state", TEXT, 8},
    {"READY", "ready_ms", SECONDS, 9},
    {"REQUESTS", "requests", COUNT, 11},
    {"RUNNING", "in_flight", COUNT, 7},
    {"CONNS", "connections", COUNT, 6},
    {"MEM MiB", "memory", MEBIBYTES, 7},
    {NULL, NULL, COUNT, 0},
};
static const struct column operations[] = {
    {"METHOD", "method", TEXT, 6},
    {"ROUTE", "route", TEXT, 22},
    {"LOAD %", "load_percent", PERCENT, 6},
    {"REQUESTS", "requests", COUNT, 10},
    {"4XX", "client_errors", COUNT, 6},
    {"5XX", "server_errors", COUNT, 5},
    {"P50 ms", "p50_us", MILLISECONDS, 8},
    {"P99 ms", "p99_us", MILLISECONDS, 8},
    {NULL, NULL, COUNT, 0},
};
static const struct column requests[] = {
    {"PID", "pid", COUNT, 7},       {"AGE", "age_ms", SECONDS, 8},
    {"PHASE", "phase", TEXT, 6},    {"OPERATION", "operation", TEXT, 20},
    {"CLIENT", "client", TEXT, 15}, {"ID", "id", TEXT, 18},
    {NULL, NULL, COUNT, 0},
};
static const struct column holders[] = {
    {"METHOD", "method", TEXT, 6},     {"ROUTE", "route", TEXT, 44},
    {"WRITES", "writes", COUNT, 10},   {"HELD", "held_ms", SECONDS, 9},
    {"%", "held_percent", PERCENT, 5}, {NULL, NULL, COUNT, 0},
};
static const struct column limits[] = {
    {"LIMIT", "limit", TEXT, 20},      {"USED", "used", COUNT, 12}, {"OF", "of", COUNT, 12},
    {"REFUSED", "refused", COUNT, 12}, {NULL, NULL, COUNT, 0},
};

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Prints the text; widths count characters, and no UTF-8 sequence is split. */
static void print_text(const char *text, int width)
{
    int used = 0;

    for (; *text && (used < width || is_continuation(*text)); text++) {
        used += !is_continuation(*text);
        putchar(*text);
    }
    printf("%*s", width - used, "");
}

static void print_cell(const struct column *c, struct json_object *row)
{
    const char *text = jget_text(row, c->key);

    switch (c->cell) {
    case TEXT:
        print_text(text ? text : "", c->width);
        break;
    case COUNT:
        printf("%*lld", c->width, number(row, c->key));
        break;
    case SECONDS:
        printf("%*.1fs", c->width - 1, (double)number(row, c->key) / 1e3);
        break;
    case MILLISECONDS:
        printf("%*.2f", c->width, (double)number(row, c->key) / 1e3);
        break;
    case PERCENT:
        printf("%*.1f", c->width, json_object_get_double(jget(row, c->key)));
        break;
    case MEBIBYTES:
        printf("%*.1f", c->width, (double)number(row, c->key) / MIB);
        break;
    }
}

static void print_list(const struct column *columns, struct json_object *list)
{
    for (const struct column *c = columns; c->title; c++)
        printf(c->cell == TEXT ? "%s%-*s" : "%s%*s", c == columns ? "" : " ", c->width, c->title);
    putchar('\n');
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        for (const struct column *c = columns; c->title; c++) {
            fputs(c == columns ? "" : " ", stdout);
            print_cell(c, json_object_array_get_idx(list, i));
        }
        putchar('\n');
    }
}

static double seconds(struct json_object *map, const char *key)
{
    return (double)number(map, key) / 1e3;
}

static void print_files(struct json_object *database)
{
    struct json_object *wal = jget(database, "wal");

    printf("database    %.1f MiB; -wal %.1f MiB of %.1f MiB\n",
           (double)number(database, "bytes") / MIB, (double)number(wal, "bytes") / MIB,
           (double)number(wal, "limit") / MIB);
    printf("checkpoint  %.1f MiB pending", (double)number(wal, "pending_bytes") / MIB);
    if (jget(wal, "checkpoint_ms"))
        printf("; the last one %.1f s ago", seconds(wal, "checkpoint_ms"));
    putchar('\n');
}

static void print_reads(struct json_object *reads)
{
    printf("reads       %lld running", number(reads, "running"));
    if (jget(reads, "oldest_ms"))
        printf(", the oldest for %.1f s", seconds(reads, "oldest_ms"));
    printf("; %lld waiting; %lld cut\n", number(reads, "waiting"), number(reads, "cut"));
    if (jget(reads, "foreign_pid"))
        printf("            process %lld has kept the -wal past its limit for %.1f s\n",
               number(reads, "foreign_pid"), seconds(reads, "foreign_ms"));
}

static void print_writer(struct json_object *writer)
{
    fputs("writer      ", stdout);
    if (jget(writer, "pid"))
        printf("held by %lld for %.1f s", number(writer, "pid"), seconds(writer, "held_ms"));
    else
        fputs("free", stdout);
    printf("; %lld workers wait; %lld writes queue\n", number(writer, "waiting"),
           number(writer, "queue"));
    printf("            held for %.1f s in all\n", seconds(writer, "held_total_ms"));
    printf("commits     %lld, of %.1f writes on average\n", number(writer, "commits"),
           json_object_get_double(jget(writer, "batch_mean")));
    for (size_t i = 0; i < jget_count(writer, "batches"); i++) {
        struct json_object *b = jget_item(writer, "batches", i);

        printf("            %lld of up to %lld\n", number(b, "commits"), number(b, "up_to"));
    }
}

static void print_database(struct json_object *database)
{
    print_files(database);
    print_reads(jget(database, "reads"));
    print_writer(jget(database, "writer"));
    if (jget_count(database, "operations"))
        print_list(holders, jget(database, "operations"));
}

static const struct column users[] = {
    {"EMAIL", "email", TEXT, 34},
    {"ROLES", "roles", TEXT, 23},
    {"VERIFIED", "email_verified_at", TEXT, 10},
    {"DISABLED", "disabled_at", TEXT, 10},
    {NULL, NULL, COUNT, 0},
};
static const struct column tokens[] = {
    {"ID", "id", TEXT, 8},         {"EMAIL", "email", TEXT, 22},
    {"NAME", "name", TEXT, 12},    {"SCOPES", "scopes", TEXT, 13},
    {"USED", "used_at", TEXT, 10}, {"EXPIRES", "expires_at", TEXT, 10},
    {NULL, NULL, COUNT, 0},
};
static const struct column events[] = {
    {"AT", "at", TEXT, 19},
    {"EVENT", "event", TEXT, 17},
    {"USER", "user_id", TEXT, 36},
    {NULL, NULL, COUNT, 0},
};
static const struct column keys[] = {
    {"KID", "kid", TEXT, 43},
    {"ALGORITHM", "algorithm", TEXT, 9},
    {"USE", "use", TEXT, 8},
    {NULL, NULL, COUNT, 0},
};
static const struct column limit_keys[] = {
    {"KEY", "key", TEXT, 60},
    {"FREE IN", "ms", SECONDS, 10},
    {NULL, NULL, COUNT, 0},
};

/* The first row that matches applies. */
static const struct {
    const char *command;
    const struct column *columns; /* NULL: not a list */
    void (*print)(struct json_object *result);
    const char *member; /* must be present in the rows of the list; NULL: any */
} tables[] = {
    {"user list", users, NULL, NULL},       {"token list", tokens, NULL, NULL},
    {"audit", events, NULL, NULL},          {"keys list", keys, NULL, NULL},
    {"limits", limit_keys, NULL, "key"},    {"bans", limit_keys, NULL, NULL},
    {"status", NULL, print_status, NULL},   {"database", NULL, print_database, NULL},
    {"release", NULL, print_release, NULL}, {"metrics", NULL, print_metrics, NULL},
    {"workers", workers, NULL, NULL},       {"operations", operations, NULL, NULL},
    {"requests", requests, NULL, NULL},     {"drain", requests, NULL, NULL},
    {"limits", limits, NULL, NULL},
};

/* Prints each member of an object in a line of its own. */
static void print_members(struct json_object *result)
{
    json_object_object_foreach(result, name, value)
    {
        printf("%-11s %s\n", name, value ? json_object_get_string(value) : "-");
    }
}

void print_table(const char *command, struct json_object *result)
{
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        if (strcmp(tables[i].command, command) != 0 ||
            (tables[i].member && !jget(json_object_array_get_idx(result, 0), tables[i].member)))
            continue;
        if (tables[i].columns)
            print_list(tables[i].columns, result);
        else
            tables[i].print(result);
        return;
    }
    if (json_object_is_type(result, json_type_object))
        print_members(result);
}
