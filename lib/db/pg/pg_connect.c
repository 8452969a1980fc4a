/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/pg_connect.h"

#include <poll.h>
#include <string.h>

#include "lib/core/clock.h"

enum { PARAMETERS_MAX = 64, POLL_MS = 100 };

/* Parts of a statement for the session. A read's transaction has several statements only where they
 * must see one state; repeatable reads never fail to serialize. A write says its own level. */
static const char session_sql[] =
    "SET client_encoding = 'UTF8'; SET timezone = 'UTC'; SET datestyle = 'ISO, YMD';"
    " SET intervalstyle = 'iso_8601'; SET bytea_output = 'hex'; SET extra_float_digits = 1;"
    " SET standard_conforming_strings = on; SET xmloption = 'content';"
    " SET idle_in_transaction_session_timeout = '60s'";
static const char read_sql[] =
    "SET default_transaction_read_only = on; SET default_transaction_isolation = 'repeatable read'";
static const char write_sql[] =
    "SET default_transaction_read_only = off; SET default_transaction_isolation = 'read committed'";

/* A notice is no error, and would go to standard error. */
static void ignore_notice(void *arg, const PGresult *res)
{
    (void)arg, (void)res;
}

static bool run_sql(PGconn *pg, const char *sql)
{
    PGresult *res = PQexec(pg, sql);
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;

    PQclear(res);
    return ok;
}

/* Begins to connect with the parameters of the URL, and a name for people who look at the server. */
static PGconn *start(const char *url)
{
    const char *keywords[PARAMETERS_MAX] = {"dbname", "fallback_application_name",
                                            "client_encoding"};
    const char *values[PARAMETERS_MAX] = {url, "leat", "UTF8"};

    return PQconnectStartParams(keywords, values, 1);
}

static bool wait_until_connected(PGconn *pg, const atomic_bool *is_stopped)
{
    uint64_t until = clock_ns() + PG_CONNECT_S * NS_PER_S;
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;

    while (status != PGRES_POLLING_OK) {
        struct pollfd p = {.fd = PQsocket(pg),
                           .events = status == PGRES_POLLING_WRITING ? POLLOUT : POLLIN};

        if (status == PGRES_POLLING_FAILED || clock_ns() > until || (is_stopped && *is_stopped))
            return false;
        if (p.fd < 0 || poll(&p, 1, POLL_MS) != 0)
            status = PQconnectPoll(pg);
    }
    return true;
}

PGconn *pg_connect(const char *url, enum pg_use use, const atomic_bool *is_stopped,
                   struct fault *fault)
{
    PGconn *pg = start(url);

    if (pg && PQstatus(pg) != CONNECTION_BAD) {
        PQsetNoticeReceiver(pg, ignore_notice, NULL);
        if (wait_until_connected(pg, is_stopped) && run_sql(pg, session_sql) &&
            run_sql(pg, use == PG_WRITE ? write_sql : read_sql))
            return pg;
    }
    fault_set(fault, "%s", pg && *PQerrorMessage(pg) ? PQerrorMessage(pg) : "it does not answer");
    fault->text[strcspn(fault->text, "\n")] = '\0';
    PQfinish(pg);
    return NULL;
}
