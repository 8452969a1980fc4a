/* SPDX-License-Identifier: MIT */
/* password.h: the work of a comparison is the same for any account. The library's functions are
 * counted here, and work as usual for all other tests. */
#include "lib/auth/password/password.h"

#include <dlfcn.h>
#include <stdio.h>

#include <argon2.h>
#include <criterion/criterion.h>

static char done[512]; /* "m=8192,t=1,p=1 " for each hash */

int argon2id_verify(const char *encoded, const void *pwd, const size_t pwdlen)
{
    int (*real)(const char *, const void *, size_t) =
        (int (*)(const char *, const void *, size_t))dlsym(RTLD_NEXT, "argon2id_verify");
    size_t len = strlen(done);

    if (strlen(encoded) > 16)
        snprintf(done + len, sizeof(done) - len, "%.*s ", (int)strcspn(encoded + 15, "$"),
                 encoded + 15);
    return real(encoded, pwd, pwdlen);
}

#define CHEAP ((struct password_cost){1024, 1, 1})
#define MIDDLE ((struct password_cost){2048, 1, 1})
#define DEAR ((struct password_cost){1024, 3, 1})
#define SECRET SLICE_LIT("a mill by the leat")

static const char *hash_at(struct password_cost cost)
{
    static char out[4][PASSWORD_HASH];
    static int n;

    n = (n + 1) % 4;
    cr_assert(password_hash(&cost, SECRET, out[n]));
    return out[n];
}

/* Returns the hashes of a comparison, in their order. */
static const char *work_of(const struct password_costs *costs, const char *phc, bool want)
{
    bool is_right;

    done[0] = '\0';
    cr_expect(password_verify_evenly(costs, phc, SECRET, &is_right));
    cr_expect(is_right == want);
    return done;
}

Test(password_work, is_the_same_for_every_account_and_nobody)
{
    struct password_costs costs = {0};
    struct {
        const char *who, *phc;
        bool is_right;
    } rows[] = {
        {"nobody, or an account without a password", NULL, false},
        {"a dormant account", hash_at(CHEAP), true},
        {"one from between", hash_at(MIDDLE), true},
        {"one of now", hash_at(DEAR), true},
        {"a damaged row", "$argon2id$v=19$m=1024", false},
        {"a row of something else", "$2b$12$abcdefghijklmnopqrstuv", false},
        {"a row that asks for too much", "$argon2id$v=19$m=9999999,t=1,p=1$c2FsdHNhbHQ$c3Vt",
         false},
    };

    password_costs_add(&costs, &DEAR);
    password_costs_add_text(&costs, "m=1024,t=1,p=1");
    password_costs_add_text(&costs, "m=2048,t=1,p=1");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_str_eq(work_of(&costs, rows[i].phc, rows[i].is_right),
                         "m=1024,t=3,p=1 m=1024,t=1,p=1 m=2048,t=1,p=1 ", "%s: %s", rows[i].who,
                         done);
}

Test(password_work, is_one_hash_where_all_cost_the_same)
{
    struct password_costs costs = {0};

    password_costs_add(&costs, &CHEAP);
    password_costs_add(&costs, &CHEAP);
    password_costs_add_hash(&costs, hash_at(CHEAP));
    password_costs_add_text(&costs, "m=1024,t=1,p=1");
    cr_expect(costs.count == 1);
    cr_expect_str_eq(work_of(&costs, hash_at(CHEAP), true), "m=1024,t=1,p=1 ");
    cr_expect_str_eq(work_of(&costs, NULL, false), "m=1024,t=1,p=1 ");
}

Test(password_work, costs_that_are_none_are_left_out)
{
    static const char *const texts[] = {"",
                                        "m=1024",
                                        "m=99999999,t=1,p=1",
                                        "m=1024,t=99,p=1",
                                        "m=1024,t=1,p=99",
                                        "x",
                                        "m=-1,t=1,p=1",
                                        "m=0,t=1,p=1",
                                        "m=1024,t=0,p=1",
                                        "m=1024,t=1,p=0",
                                        "m=15,t=1,p=2"};
    struct password_costs costs = {0};

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        password_costs_add_text(&costs, texts[i]);
    cr_expect(costs.count == 0, "%zu", costs.count);
    for (uint32_t i = 0; i < PASSWORD_COSTS + 3; i++)
        password_costs_add(&costs, &(struct password_cost){1024 + i, 1, 1});
    cr_expect(costs.count == PASSWORD_COSTS);
    cr_expect_str_eq(work_of(&(struct password_costs){0}, hash_at(CHEAP), true), "m=1024,t=1,p=1 ",
                     "one that was not learned is compared all the same");
}
