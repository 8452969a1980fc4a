/* SPDX-License-Identifier: MIT */
/*
 * Passwords: which are taken (NIST SP 800-63B, OWASP ASVS 5 chapter 6), and how they are kept,
 * Argon2id (RFC 9106) as a PHC string. They are compared as NFC, so that one typed on another
 * keyboard is the same. Thread-safe; hashing takes tens of milliseconds and has its place in
 * lib/core/work.h.
 */
#ifndef LEAT_AUTH_PASSWORD_PASSWORD_H
#define LEAT_AUTH_PASSWORD_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/slice.h"

enum {
    PASSWORD_MIN = 8,     /* code points after NFC */
    PASSWORD_MAX = 256,   /* the same */
    PASSWORD_TEXT = 4096, /* bytes before it: decomposed they are three times 256 * 4 at most */
    PASSWORD_HASH = 128   /* of a PHC string, with its NUL */
};

struct password_cost {
    uint32_t memory_kib, passes, lanes;
};

#define PASSWORD_COST ((struct password_cost){.memory_kib = 19456, .passes = 2, .lanes = 1})

enum password_fault {
    PASSWORD_OK,
    PASSWORD_MALFORMED, /* no UTF-8, or U+0000 in it */
    PASSWORD_SHORT,
    PASSWORD_LONG,
    PASSWORD_COMMON,
    PASSWORD_PERSONAL, /* the e-mail address, or what stands before its @ */
    PASSWORD_FAULTS
};

/* What is wrong with a new password; `email` may be NULL. */
enum password_fault password_check(struct slice text, const char *email);
/* For the client: "must be …" or the like; NULL for PASSWORD_OK. Static. */
const char *password_fault_text(enum password_fault fault);

/* Hashes with a salt of its own. False: no UTF-8, longer than any password, or no memory. */
bool password_hash(const struct password_cost *cost, struct slice password,
                   char out[static PASSWORD_HASH]);
/* Sets *is_right: whether the password is that of a stored hash, compared in constant time. It is
 * none where the hash is damaged, or would cost more than a configuration can ask for. False: that
 * could not be found out for want of memory. */
bool password_verify(const char *phc, struct slice password, bool *is_right);
/* Whether the hash is to be made anew: one of the costs has risen, or it is none of ours. */
bool password_is_stale(const char *phc, const struct password_cost *cost);
/* A hash of that cost that no password has. */
void password_decoy(const struct password_cost *cost, char out[static PASSWORD_HASH]);

/*
 * The costs of all hashes that are stored: more than one, once the configured cost has changed, as
 * long as an account has not logged in since. If an account were compared at its own cost alone,
 * the time would tell which accounts exist and have not logged in lately. So each login does the
 * same work: one comparison at each cost, with the account's hash at its own, with a decoy at the
 * others.
 */
enum { PASSWORD_COSTS = 8 };

struct password_costs {
    size_t count;
    struct {
        struct password_cost cost;
        char decoy[PASSWORD_HASH];
    } list[PASSWORD_COSTS];
};

/* Adds a cost, unless it is there; beyond PASSWORD_COSTS nothing is added. */
void password_costs_add(struct password_costs *costs, const struct password_cost *cost);
/* Adds that of a hash, or of what stands before its salt, "m=19456,t=2,p=1"; nothing where it is
 * none that password_verify() would take. */
void password_costs_add_hash(struct password_costs *costs, const char *phc);
void password_costs_add_text(struct password_costs *costs, const char *text);
/* password_verify() with the same work for every hash whose cost is among `costs`, and for nobody's
 * (`phc` NULL). */
bool password_verify_evenly(const struct password_costs *costs, const char *phc,
                            struct slice password, bool *is_right);

#endif
