/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/load/pg_session.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/core/buf.h"

/* Sets what every session relies on: how values are written, and that nothing waits without end. */
static const char settings[] = "SET client_min_messages = warning; SET TimeZone = 'UTC';"
                               "SET DateStyle = 'ISO'; SET statement_timeout = '60s';"
                               "SET standard_conforming_strings = on";

enum { PAUSE_NS = 500000000 };

/* Copies a message of libpq, which may be several lines, into one. */
static bool copy_message(const char *text, struct fault *fault)
{
    struct buf line = {0};

    for (const char *p = text; *p; p++)
        if (!isspace((unsigned char)*p))
            buf_putc(&line, *p);
        else if (line.len && p[1] && !isspace((unsigned char)p[1]))
            buf_putc(&line, ' ');
    fault_set(fault, "%s", buf_text(&line));
    buf_fini(&line);
    return false;
}

bool pg_session_open(struct pg_session *s, const char *url, const char *database,
                     struct fault *fault)
{
    const char *const keys[] = {"dbname", "dbname", "fallback_application_name", "connect_timeout",
                                NULL};
    const char *const values[] = {url, database, "leat", "10", NULL};
    /* Without another database the second dbname, which would win, is left out. */
    const char *const url_keys[] = {"dbname", "fallback_application_name", "connect_timeout", NULL};
    const char *const url_values[] = {url, "leat", "10", NULL};

    *s = (struct pg_session){0};
    s->conn =
        database ? PQconnectdbParams(keys, values, 1) : PQconnectdbParams(url_keys, url_values, 1);
    if (PQstatus(s->conn) == CONNECTION_OK && PQserverVersion(s->conn) < 150000)
        fault_set(fault, "PostgreSQL %d is too old; 15 or later is required",
                  PQserverVersion(s->conn) / 10000);
    else if (PQstatus(s->conn) != CONNECTION_OK)
        copy_message(PQerrorMessage(s->conn), fault);
    else if (pg_session_run(s, settings, fault))
        return true;
    pg_session_close(s);
    return false;
}

void pg_session_close(struct pg_session *s)
{
    PQfinish(s->conn);
    s->conn = NULL;
}

/* Returns the byte at which the character `number`, from 1, begins. */
static size_t byte_of(const char *sql, long number)
{
    size_t at = 0;

    for (; number > 1 && sql[at]; number--)
        for (at++; ((unsigned char)sql[at] & 0xc0) == 0x80;)
            at++;
    return at;
}

bool pg_session_fail(struct pg_session *s, const PGresult *result, const char *sql,
                     struct fault *fault)
{
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    const char *place = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    snprintf(s->state, sizeof(s->state), "%s", state ? state : "");

    if (!text)
        return copy_message(PQerrorMessage(s->conn), fault);
    if (!detail)
        detail = hint;
    if (place)
        return fault_set_at(fault, byte_of(sql, atol(place)), "%s%s%s", text, detail ? ": " : "",
                            detail ? detail : "");
    return fault_set(fault, "%s%s%s", text, detail ? ": " : "", detail ? detail : "");
}

static bool is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static bool must_end(const struct pg_session *s, struct fault *fault)
{
    return s->is_ended && *s->is_ended && !fault_set(fault, "was ended by SIGTERM");
}

bool pg_session_run(struct pg_session *s, const char *sql, struct fault *fault)
{
    PGresult *result = must_end(s, fault) ? NULL : PQexec(s->conn, sql);
    bool ok = !result ? false : is_good(result) || pg_session_fail(s, result, sql, fault);

    PQclear(result);
    return ok;
}

PGresult *pg_session_ask(struct pg_session *s, struct fault *fault, const char *sql, ...)
{
    const char *values[PG_VALUES_MAX];
    PGresult *result;
    va_list rest;
    int n = 0;

    va_start(rest, sql);
    while (n < PG_VALUES_MAX && (values[n] = va_arg(rest, const char *)))
        n++;
    va_end(rest);
    if (must_end(s, fault))
        return NULL;
    result = PQexecParams(s->conn, sql, n, NULL, values, NULL, NULL, 0);
    if (is_good(result))
        return result;
    pg_session_fail(s, result, sql, fault);
    PQclear(result);
    return NULL;
}

bool pg_session_value(struct pg_session *s, const char *sql, char *out, size_t size,
                      struct fault *fault)
{
    PGresult *result = pg_session_ask(s, fault, sql, PG_END);
    bool ok = result && PQntuples(result) == 1 && pg_text(result, 0, 0);

    if (ok)
        snprintf(out, size, "%s", pg_text(result, 0, 0));
    else if (result)
        fault_set(fault, "no value");
    PQclear(result);
    return ok;
}

const char *pg_text(const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

bool pg_session_steps_back(struct pg_session *s)
{
    if (strcmp(s->state, "55P03") != 0)
        return false;
    nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
    return true;
}

bool pg_session_mark(struct pg_session *s, struct fault *fault)
{
    return pg_session_run(s, "SAVEPOINT leat", fault);
}

void pg_session_back(struct pg_session *s)
{
    struct fault ignored;

    pg_session_run(s, "ROLLBACK TO leat; RELEASE leat", &ignored);
}

bool pg_quote(const char *name, char *out, size_t size)
{
    size_t n = 0;

    for (const char *p = name; n + 4 < size; p++) {
        if (p == name)
            out[n++] = '"';
        if (!*p) {
            out[n++] = '"';
            out[n] = '\0';
            return true;
        }
        if (*p == '"')
            out[n++] = '"';
        out[n++] = *p;
    }
    return false;
}
