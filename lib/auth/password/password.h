/* SPDX-License-Identifier: MIT */
/*
 * Passwords: which are accepted (NIST SP 800-63B, OWASP ASVS 5 chapter 6), and how they are stored:
 * Argon2id (RFC 9106) as a PHC string. They are normalized to NFC, so that keyboards do not matter.
 * Thread-safe. Hashing takes tens of milliseconds and belongs on a thread (lib/core/queue/work.h).
 */
#ifndef LEAT_AUTH_PASSWORD_PASSWORD_H
#define LEAT_AUTH_PASSWORD_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/slice.h"

enum {
    PASSWORD_MIN = 8,     /* code points after NFC */
    PASSWORD_MAX = 256,   /* code points after NFC */
    PASSWORD_TEXT = 4096, /* bytes before NFC: decomposed, at most three times 256 * 4 */
    PASSWORD_HASH = 128   /* bytes of a PHC string with its NUL */
};

struct password_cost {
    uint32_t memory_kib, passes, lanes;
};

#define PASSWORD_COST ((struct password_cost){.memory_kib = 19456, .passes = 2, .lanes = 1})

enum password_fault {
    PASSWORD_OK,
    PASSWORD_MALFORMED, /* not UTF-8, or holds U+0000 */
    PASSWORD_SHORT,
    PASSWORD_LONG,
    PASSWORD_COMMON,
    PASSWORD_PERSONAL, /* the e-mail address, or its local part */
    PASSWORD_FAULTS
};

/* Returns what is wrong with a new password; `email` may be NULL. */
enum password_fault password_check(struct slice text, const char *email);
/* Describes a fault for the client: "must be …" or similar; NULL for PASSWORD_OK. Static. */
const char *password_fault_text(enum password_fault fault);

/* Hashes with a fresh salt. Returns false if the password is not UTF-8 or too long, or memory runs
 * out. */
bool password_hash(const struct password_cost *cost, struct slice password,
                   char out[static PASSWORD_HASH]);
/* Sets *is_right if the password matches the stored hash, compared in constant time. A hash that is
 * damaged, or would cost more than any configuration allows, matches nothing. Returns false if this
 * could not be determined for lack of memory. */
bool password_verify(const char *phc, struct slice password, bool *is_right);
/* Returns true if the hash should be made again: a cost has risen, or the hash is not one of
 * ours. */
bool password_is_stale(const char *phc, const struct password_cost *cost);
/* Writes a hash of that cost that no password matches. */
void password_decoy(const struct password_cost *cost, char out[static PASSWORD_HASH]);

/*
 * The costs of all stored hashes. There is more than one after the configured cost has changed,
 * until every account has logged in again. If an account's password were hashed only at its own
 * cost, the time would reveal which accounts exist and have not logged in lately. So every login
 * does the same work: one comparison at each cost, with the account's hash at its own and a decoy
 * at the others.
 */
enum { PASSWORD_COSTS = 8 };

struct password_costs {
    size_t count;
    struct {
        struct password_cost cost;
        char decoy[PASSWORD_HASH];
    } list[PASSWORD_COSTS];
};

/* Adds a cost unless it is there. Beyond PASSWORD_COSTS nothing is added. */
void password_costs_add(struct password_costs *costs, const struct password_cost *cost);
/* These add the cost of a hash, or of the part before its salt, "m=19456,t=2,p=1". They add nothing
 * that password_verify() would refuse. */
void password_costs_add_hash(struct password_costs *costs, const char *phc);
void password_costs_add_text(struct password_costs *costs, const char *text);
/* Like password_verify(), but does the same work for every hash whose cost is among `costs`, and
 * without a hash (`phc` NULL). */
bool password_verify_evenly(const struct password_costs *costs, const char *phc,
                            struct slice password, bool *is_right);

#endif
