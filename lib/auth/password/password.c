/* SPDX-License-Identifier: MIT */
/* Passwords are hashed with Argon2id and stored as PHC strings, which carry their own parameters;
 * so the configured cost can change while old hashes still verify. The parameters of a stored hash
 * are bounded before they are used, because a damaged or planted row must not make the server
 * allocate gigabytes.
 *
 * Time must not tell whether an account exists. password_verify_evenly() therefore hashes once at
 * each cost that is in use, with a decoy wherever the account has no hash of that cost. */
#include "lib/auth/password/password.h"

#include <inttypes.h>
#include <stdio.h>

#include <argon2.h>

#include "lib/core/text/base64.h"
#include "lib/auth/password/nfc.h"
#include "lib/core/log.h"
#include "lib/core/text/uuid.h"

enum {
    SALT = 16,
    SUM = 32,
    /* The bounds of conf.def; a damaged row must not demand more. */
    MEMORY_MAX_KIB = 1 << 20,
    PASSES_MAX = 16,
    LANES_MAX = 16
};

/* The widths keep the numbers from overflowing. */
#define PHC_SCAN "$argon2id$v=19$m=%7" SCNu32 ",t=%2" SCNu32 ",p=%2" SCNu32 "$%n"
#define PHC_PRINT "$argon2id$v=19$m=%" PRIu32 ",t=%" PRIu32 ",p=%" PRIu32 "$%.*s$%.*s"

static bool parse_phc(const char *phc, struct password_cost *cost)
{
    int end = 0;

    return strnlen(phc, PASSWORD_HASH) < PASSWORD_HASH &&
           sscanf(phc, PHC_SCAN, &cost->memory_kib, &cost->passes, &cost->lanes, &end) == 3 &&
           end && cost->memory_kib <= MEMORY_MAX_KIB && cost->passes <= PASSES_MAX &&
           cost->lanes <= LANES_MAX;
}

static void report_argon2(int code)
{
    if (code != ARGON2_OK && code != ARGON2_VERIFY_MISMATCH)
        log_error("password.hash", "error=\"%s\"", argon2_error_message(code));
}

bool password_hash(const struct password_cost *cost, struct slice password,
                   char out[static PASSWORD_HASH])
{
    unsigned char salt[SALT];
    struct nfc n;
    int code;

    if (password.len > PASSWORD_TEXT || !nfc_init(&n, password))
        return false;
    random_bytes(salt, sizeof(salt));
    code = argon2id_hash_encoded(cost->passes, cost->memory_kib, cost->lanes, n.text.data,
                                 n.text.len, salt, sizeof(salt), SUM, out, PASSWORD_HASH);
    nfc_fini(&n);
    report_argon2(code);
    return code == ARGON2_OK;
}

bool password_verify(const char *phc, struct slice password, bool *is_right)
{
    struct password_cost cost;
    struct nfc n;
    int code = ARGON2_DECODING_FAIL;

    *is_right = false;
    if (password.len > PASSWORD_TEXT || !nfc_init(&n, password))
        return true;
    if (parse_phc(phc, &cost))
        code = argon2id_verify(phc, n.text.data, n.text.len);
    nfc_fini(&n);
    report_argon2(code);
    *is_right = code == ARGON2_OK;
    return code != ARGON2_MEMORY_ALLOCATION_ERROR && code != ARGON2_THREAD_FAIL;
}

bool password_is_stale(const char *phc, const struct password_cost *cost)
{
    struct password_cost has;

    return !parse_phc(phc, &has) || has.memory_kib < cost->memory_kib ||
           has.passes < cost->passes || has.lanes < cost->lanes;
}

/* Encodes in the base64 alphabet that PHC strings use. */
static size_t encode(const void *data, size_t len, char *out)
{
    size_t n = base64_encode(data, len, out);

    for (size_t i = 0; i < n; i++)
        out[i] = (char)(out[i] == '-' ? '+' : out[i] == '_' ? '/' : out[i]);
    return n;
}

/* The digest is random: as with the hash of a good password, nobody can find a text for it. */
void password_decoy(const struct password_cost *cost, char out[static PASSWORD_HASH])
{
    unsigned char bytes[SALT + SUM];
    char salt[SALT * 2], sum[SUM * 2];

    random_bytes(bytes, sizeof(bytes));
    snprintf(out, PASSWORD_HASH, PHC_PRINT, cost->memory_kib, cost->passes, cost->lanes,
             (int)encode(bytes, SALT, salt), salt, (int)encode(bytes + SALT, SUM, sum), sum);
}

static bool is_same(const struct password_cost *a, const struct password_cost *b)
{
    return a->memory_kib == b->memory_kib && a->passes == b->passes && a->lanes == b->lanes;
}

void password_costs_add(struct password_costs *costs, const struct password_cost *cost)
{
    for (size_t i = 0; i < costs->count; i++)
        if (is_same(&costs->list[i].cost, cost))
            return;
    if (costs->count == PASSWORD_COSTS)
        return;
    costs->list[costs->count].cost = *cost;
    password_decoy(cost, costs->list[costs->count++].decoy);
}

void password_costs_add_hash(struct password_costs *costs, const char *phc)
{
    struct password_cost cost;

    if (parse_phc(phc, &cost) && cost.passes && cost.lanes && cost.memory_kib >= 8 * cost.lanes)
        password_costs_add(costs, &cost); /* Argon2 refuses other costs (RFC 9106, 3.1) */
}

void password_costs_add_text(struct password_costs *costs, const char *text)
{
    char phc[PASSWORD_HASH];

    snprintf(phc, sizeof(phc), "$argon2id$v=19$%s$", text);
    password_costs_add_hash(costs, phc);
}

bool password_verify_evenly(const struct password_costs *costs, const char *phc,
                            struct slice password, bool *is_right)
{
    struct password_cost own;
    bool is_worked = true, has_own = phc && parse_phc(phc, &own), is_done = !has_own, is_decoy;

    *is_right = false;
    for (size_t i = 0; is_worked && i < costs->count; i++) {
        bool is_its = has_own && is_same(&costs->list[i].cost, &own);

        is_done = is_done || is_its;
        is_worked = password_verify(is_its ? phc : costs->list[i].decoy, password,
                                    is_its ? is_right : &is_decoy);
    }
    return is_worked && (is_done || password_verify(phc, password, is_right));
}
