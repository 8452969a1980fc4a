/* SPDX-License-Identifier: MIT */
/*
 * Proves a release in the order in which errors can be told apart: configuration, file permissions,
 * documents, migrations, mail, and then all of it together, with the SQL prepared on an empty
 * database that has the migrations applied. Every step continues after errors, so that one run
 * reports all of them; only a configuration that cannot be read, or a user that cannot be changed
 * to, ends it early. The release is written only if there was no error.
 */
#include "workers/commands/cmd_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/api/operation/owners.h"
#include "lib/api/operation/prove_live.h"
#include "lib/api/operation/prove_operations.h"
#include "lib/auth/secret/digest.h"
#include "lib/auth/jose/keyfile.h"
#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/conf/file_clash.h"
#include "lib/conf/release.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/json/mark.h"
#include "lib/db/engine/prover.h"
#include "lib/db/migration/migration.h"
#include "lib/db/migration/migration_state.h"
#include "workers/identity/auth.h"
#include "workers/identity/session_cookie.h"
#include "workers/commands/certificates.h"
#include "workers/commands/check_keys.h"
#include "workers/commands/check_policies.h"
#include "workers/commands/check_portability.h"
#include "workers/commands/cmd_dry_run.h"
#include "workers/commands/compare_releases.h"
#include "workers/commands/drop_privileges.h"
#include "workers/commands/exposure.h"
#include "workers/accounts/throttle.h"
#include "workers/builtins.h"
#include "workers/request/rates.h"
#include "workers/mail/mail_text.h"
#include "workers/commands/load_sources.h"

enum { BALANCER_IDLE_MS = 60000 }; /* of nginx and ALB, the shortest of the common ones */

struct check {
    const struct check_options *options;
    struct diags diags;
    struct json_object *config, *documents, *migrations, *templates;
};

static bool needs_accounts(struct json_object *document)
{
    for (size_t i = 0; i < jget_count(document, "operations"); i++) {
        const char *builtin = jget_text(jget_item(document, "operations", i), "builtin");

        if (builtin && builtins_need_accounts(builtin))
            return true;
    }
    return false;
}

/* Returns whether any operation needs a database. */
static bool needs_database(struct check *c)
{
    for (size_t i = 0; i < json_object_array_length(c->documents); i++) {
        struct json_object *document = json_object_array_get_idx(c->documents, i);

        for (size_t k = 0; k < jget_count(document, "operations"); k++)
            if (jget(jget_item(document, "operations", k), "sql"))
                return true;
        if (needs_accounts(document))
            return true;
    }
    return false;
}

static void load_migrations(struct check *c)
{
    const char *folder = conf_string(c->config, "database.migrations");
    const char *path = database_source_text(c->config);
    struct json_object *status;

    if (needs_database(c) && !path)
        diag_error(&c->diags, NULL, "database.url: is required because operations need a database");
    if (!folder)
        return;
    c->migrations =
        migration_load(folder, database_source_of(c->config).engine, digest_sha256_hex, &c->diags);
    if (!c->migrations || !path)
        return;
    status = prover_migration_status(path, c->migrations, &c->diags);
    if (status)
        migration_verify(status, c->migrations, &c->diags);
    json_object_put(status);
}

/* Loads the migrations again, as another engine would apply them. */
static struct json_object *other_migrations(struct check *c, const char *engine)
{
    const char *folder = conf_string(c->config, "database.migrations");

    return c->migrations ? migration_load(folder, engine, digest_sha256_hex, &c->diags) : NULL;
}

static void check_engine(struct check *c)
{
    const char *engine = c->options->engine;
    struct json_object *migrations = engine ? other_migrations(c, engine) : NULL;

    if (engine)
        check_portability(c->documents, migrations, dialect_find(engine), &c->diags);
    json_object_put(migrations);
}

/* Provides signing keys. If none are configured, they are in a file of Leat's own, created with the
 * first release that needs it. */
static void provide_keys(struct check *c)
{
    const char *database = database_source_of(c->config).path;
    const char *algorithm = conf_string(c->config, "identity.algorithm");
    struct json_object *identity = conf_get(c->config, "identity");
    struct buf reference = {0};
    struct fault fault;

    if (json_object_array_length(jget(identity, "keys")) ||
        (!database && !jget_text(identity, "key-file")))
        return;
    if (!jget_text(identity, "key-file")) {
        buf_printf(&reference, "file:%s.keys", database);
        jput_text(identity, "key-file", buf_text(&reference));
        buf_fini(&reference);
    }
    database = jget_text(identity, "key-file");
    if (c->options->release_fd < 0 || c->options->is_dry_run || strncmp(database, "file:", 5) != 0)
        return;
    if (!keyfile_ensure(database + 5, jose_find(slice_of(algorithm)), &fault))
        diag_error(&c->diags, NULL, "identity.key-file: %s", fault.text);
}

static bool has_scheme(const struct api *api, enum scheme_kind kind)
{
    for (size_t i = 0; i < api->count; i++)
        for (size_t k = 0; k < api->operations[i].security.scheme_count; k++)
            if (api->operations[i].security.schemes[k]->kind == kind)
                return true;
    return false;
}

/* Warns if operations require a client certificate that no listener asks for. */
static void check_certificates(struct check *c, const struct api *api)
{
    struct json_object *listeners = conf_get(c->config, "listen");

    for (size_t i = 0; i < json_object_array_length(listeners); i++)
        if (jget(jget(json_object_array_get_idx(listeners, i), "tls"), "client-ca"))
            return;
    if (has_scheme(api, SCHEME_TLS))
        diag_warn(
            &c->diags, mark_where(listeners),
            "listen: no address has tls.client-ca, so no client certificate will be accepted");
}

/* Warns if registration would require a verification that cannot be mailed. */
static void check_verification(struct check *c)
{
    struct json_object *mail = conf_get(c->config, "mail");

    if (strcmp(conf_string(c->config, "identity.verified"), "required") == 0 &&
        strcmp(conf_string(c->config, "identity.registration"), "open") == 0 &&
        !jget(mail, "smtp") && !jget(mail, "command") && !jget(mail, "file"))
        diag_warn(&c->diags, mark_where(conf_get(c->config, "identity.verified")),
                  "identity.verified: no address can be verified while mail is off");
}

/* Warns of logins that give a cookie which no operation takes. It is no error: another server
 * behind the same balancer may take it. */
static void check_session(struct check *c, const struct api *api)
{
    const char *wanted = conf_string(c->config, "identity.session.cookie"),
               *name = session_cookie_name(api, c->config);
    bool is_other = strcmp(name, wanted) != 0;

    if (!session_cookie_is_set(api, c->config) || session_cookie_is_taken(api, wanted))
        return;
    diag_warn(
        &c->diags, mark_where(conf_get(c->config, "identity.session.cookie")),
        "identity.session.cookie: no operation has a security scheme {type: apiKey, in: cookie, "
        "name: %s}, so the cookie of a login %s%s",
        wanted, is_other ? "is named as the documents say: " : "opens nothing",
        is_other ? name : "");
}

static void check_identity(struct check *c, const struct api *api)
{
    bool has_accounts = auth_needs_accounts(api),
         is_kept = database_source_text(c->config) && conf_string(c->config, "database.migrations");

    providers_check(c->config, &c->diags);
    if (has_accounts && !is_kept)
        diag_error(&c->diags, NULL,
                   "accounts, sessions and API keys require database.url and database.migrations");
    if (has_accounts)
        check_verification(c);
    check_session(c, api);
    check_certificates(c, api);
    if (has_accounts || has_scheme(api, SCHEME_BEARER))
        provide_keys(c);
    if (has_scheme(api, SCHEME_BEARER) && !conf_string(c->config, "identity.key-file") &&
        !json_object_array_length(conf_get(c->config, "identity.keys")) &&
        !json_object_object_length(conf_get(c->config, "identity.issuers")))
        diag_warn(&c->diags, NULL,
                  "identity: no keys or issuers are configured, so no token will be accepted");
}

static bool trusts_peers(struct json_object *listeners)
{
    for (size_t i = 0; i < json_object_array_length(listeners); i++)
        if (jget_count(json_object_array_get_idx(listeners, i), "trusted"))
            return true;
    return false;
}

/* Warns if a load balancer may reuse a connection that is being closed for being idle. */
static void check_balancers(struct check *c)
{
    if (trusts_peers(conf_get(c->config, "listen")) &&
        conf_int(c->config, "timeouts.idle-trusted") <= BALANCER_IDLE_MS)
        diag_warn(&c->diags, mark_where(conf_get(c->config, "timeouts.idle-trusted")),
                  "timeouts.idle-trusted: load balancers keep idle connections for 60 s or longer, "
                  "and answer 502 if the server closes one first");
}

/* Loads the texts of mail, and checks that the command can be executed. */
static void load_templates(struct check *c)
{
    const char *folder = conf_string(c->config, "mail.templates");
    const char *command = conf_string(c->config, "mail.command");

    if (folder)
        c->templates = mail_text_load(folder, &c->diags);
    if (command && access(command, X_OK) < 0)
        diag_error(&c->diags, mark_where(conf_get(c->config, "mail.command")),
                   "mail.command: %s: %s", command, strerror(errno));
}

/* Returns the database to prove statements on, or NULL. The migrations are applied to an
 * empty one even if no operation needs them, or if the live database is used instead: this proves that they will
 * not fail when they are due. */
static struct prover *open_proof(struct check *c)
{
    const char *path = database_source_text(c->config);
    struct prover *prover =
        c->migrations ? prover_open_scratch(path, c->migrations, &c->diags) : NULL;

    if (!path || !needs_database(c) || (c->migrations && !c->options->is_live))
        return prover;
    prover_close(&prover);
    return prover_open_live(path, &c->diags);
}

static void prove_release(struct check *c)
{
    struct prover *prover = open_proof(c);
    struct api *api;

    if (prover)
        prove_documents(c->documents, prover, &c->diags);
    api = api_load(c->documents, NULL, &c->diags);
    builtins_bind(api);
    for (size_t i = 0; i < api->count; i++)
        builtins_check(&api->operations[i], &c->diags);
    check_identity(c, api);
    check_unrestricted_role(c->config, api, &c->diags);
    rates_check(api, c->config, &c->diags);
    throttle_check(c->config, &c->diags);
    if (prover)
        prove_plans(api, prover, &c->diags);
    if (prover && c->options->is_live)
        prove_live(api, prover, &c->diags);
    api_free(&api);
    prover_close(&prover);
}

static struct json_object *make_release(struct check *c)
{
    struct json_object *release = json_object_new_object();
    struct buf text = {0};
    char sum[65];

    json_object_object_add(release, "format", json_object_new_int(RELEASE_FORMAT));
    json_object_object_add(release, "config", json_object_get(c->config));
    json_object_object_add(release, "sources", conf_sources(c->config));
    json_object_object_add(release, "documents", json_object_get(c->documents));
    json_object_object_add(release, "migrations", json_object_get(c->migrations));
    json_object_object_add(release, "templates", json_object_get(c->templates));
    jwrite_value(&text, release);
    digest_sha256_hex(text.data, text.len, sum);
    buf_fini(&text);
    buf_printf(&text, "sha256:%s", sum);
    json_object_object_add(release, "hash", json_object_new_string(buf_text(&text)));
    buf_fini(&text);
    return release;
}

static void write_release(struct check *c)
{
    int fd = c->options->release_fd, against_fd = c->options->against_fd;
    struct json_object *release = make_release(c), *running = NULL;
    struct fault fault;

    if (against_fd >= 0)
        running = release_read(against_fd, RELEASE_WHOLE, &fault);
    if (running)
        json_object_object_add(release, "changes", compare_releases(running, release));
    if (!release_write(fd, release))
        diag_error(&c->diags, NULL, "writing the release: %s", strerror(errno));
    if (running && c->options->is_dry_run)
        cmd_dry_run_print(running, release);
    json_object_put(running);
    json_object_put(release);
}

static int finish_check(struct check *c)
{
    int result;

    diags_sort(&c->diags);
    result = c->diags.errors ? 1 : 0;
    if (c->options->is_json)
        diags_print_json(&c->diags, stdout);
    else
        diags_print(&c->diags, stderr);
    if (!result && !c->options->is_json && c->options->release_fd < 0)
        puts("OK");
    json_object_put(c->config);
    json_object_put(c->documents);
    json_object_put(c->migrations);
    json_object_put(c->templates);
    diags_fini(&c->diags);
    return result;
}

/* Returns what the documents are for. Only a release is read by clients. */
static enum document_use use_of(const struct check_options *o)
{
    return o->release_fd >= 0 ? DOCUMENT_SERVED : DOCUMENT_INSPECTED;
}

int cmd_check(const struct check_options *o)
{
    struct check c = {.options = o};

    if (!conf_load(o->path, &c.config, &c.diags))
        return finish_check(&c);
    if (o->pid_file)
        file_clash_check_pid_file(c.config, o->pid_file, &c.diags);
    exposure_check(o->path, c.config, &c.diags); /* while every folder is accessible */
    certificates_check(c.config, &c.diags);      /* likewise */
    check_keys(c.config, &c.diags);              /* likewise */
    check_balancers(&c);
    if (!json_object_array_length(conf_get(c.config, "api")))
        diag_error(&c.diags, o->path, "api: names no document, so that nothing would be served");
    if (drop_privileges(c.config, &c.diags)) {
        c.documents = load_documents(c.config, use_of(o), &c.diags);
        load_migrations(&c);
        check_policies(c.config, c.documents, &c.diags);
        load_templates(&c);
        prove_release(&c);
        check_engine(&c);
        if (o->release_fd >= 0 && !c.diags.errors)
            write_release(&c);
    }
    return finish_check(&c);
}
