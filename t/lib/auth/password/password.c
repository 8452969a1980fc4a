/* SPDX-License-Identifier: MIT */
#include "lib/auth/password/password.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <argon2.h>
#include <criterion/criterion.h>

#include "lib/core/buf.h"
#include "lib/core/system/file.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "t/fixtures/allocations.h"

static const struct password_cost cheap = {.memory_kib = 64, .passes = 1, .lanes = 1};

static bool verify_slice(const char *phc, struct slice password)
{
    bool is_right;

    return password_verify(phc, password, &is_right) && is_right;
}

static bool verify(const char *phc, const char *password)
{
    return verify_slice(phc, slice_of(password));
}

Test(password, keeps_hashes)
{
    char a[PASSWORD_HASH], b[PASSWORD_HASH];

    cr_assert(password_hash(&cheap, SLICE_LIT("a mill by the leat"), a));
    cr_assert(password_hash(&cheap, SLICE_LIT("a mill by the leat"), b));
    cr_expect(strncmp(a, "$argon2id$v=19$m=64,t=1,p=1$", 28) == 0, "%s", a);
    cr_expect(strlen(a) == 28 + 22 + 1 + 43, "16 bytes of salt, 32 of sum: %s", a);
    cr_expect(strcmp(a, b) != 0, "each has a salt of its own");
    cr_expect(verify(a, "a mill by the leat") && verify(b, "a mill by the leat"));
    cr_expect(!verify(a, "a mill by the lea") && !verify(a, "a mill by the leat ") &&
              !verify(a, "A mill by the leat") && !verify(a, ""));
}

Test(password, costs_what_is_asked)
{
    const struct password_cost cost = {.memory_kib = 1048576, .passes = 16, .lanes = 16};
    struct password_cost usual = PASSWORD_COST;
    char phc[PASSWORD_HASH];

    cr_assert(password_hash(&usual, SLICE_LIT("a mill by the leat"), phc));
    cr_expect(strncmp(phc, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0, "%s", phc);
    cr_expect(verify(phc, "a mill by the leat"));
    password_decoy(&cost, phc); /* the longest there is */
    cr_expect(strlen(phc) == 35 + 22 + 1 + 43 && !password_is_stale(phc, &cost), "%s", phc);
}

/* A hash of another implementation, with a shorter salt. */
Test(password, reads_the_hashes_of_others)
{
    static const char *const rows[] = {
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(verify(rows[i], "password") && !verify(rows[i], "passwore"), "%s", rows[i]);
}

Test(password, is_the_same_in_every_form)
{
    static const struct {
        const char *kept, *typed;
        bool is_same;
    } rows[] = {
        {"caf\xc3\xa9 noir", "cafe\xcc\x81 noir", true},
        {"cafe\xcc\x81 noir", "caf\xc3\xa9 noir", true},
        {"\xe2\x84\xaa", "K", true},
        {"\xed\x95\x9c\xea\xb8\x80",
         "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xb3"
         "\xe1\x86\xaf",
         true},
        {"q\xcc\xa3\xcc\x87", "q\xcc\x87\xcc\xa3", true},
        {"caf\xc3\xa9 noir", "cafe noir", false},
        {"caf\xc3\xa9 noir", "CAF\xc3\x89 NOIR", false},
        {"\xef\xac\x81n", "fin", false}, /* that would be NFKC */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char phc[PASSWORD_HASH];

        cr_assert(password_hash(&cheap, slice_of(rows[i].kept), phc));
        cr_expect(verify(phc, rows[i].kept), "row %zu", i);
        cr_expect(verify(phc, rows[i].typed) == rows[i].is_same, "row %zu", i);
    }
}

Test(password, is_never_cut_off)
{
    static const char *const rows[] = {"x", "\xf0\x9f\x8f\xad", "e\xcc\x81"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char phc[PASSWORD_HASH];
        struct buf b = {0};

        for (int k = 0; k < PASSWORD_MAX; k++)
            buf_puts(&b, rows[i]);
        cr_assert(password_hash(&cheap, buf_slice(&b), phc));
        cr_expect(verify_slice(phc, buf_slice(&b)));
        cr_expect(!verify_slice(phc, (struct slice){b.data, b.len - strlen(rows[i])}));
        buf_puts(&b, rows[i]);
        cr_expect(!verify_slice(phc, buf_slice(&b)));
        buf_fini(&b);
    }
}

Test(password, refuses_what_is_no_password)
{
    static char large[PASSWORD_TEXT + 1];
    char phc[PASSWORD_HASH];
    const struct slice rows[] = {
        {"a mill\xff", 7}, {"a\0mill", 6}, {"\xed\xa0\x80", 3}, {large, sizeof(large)}};

    memset(large, 'x', sizeof(large));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_expect(!password_hash(&cheap, rows[i], phc), "row %zu", i);
        cr_assert(password_hash(&cheap, SLICE_LIT("a mill"), phc));
        cr_expect(!verify_slice(phc, rows[i]), "row %zu", i);
    }
}

/* That is no reason to call it wrong, nor to count it against anybody. */
Test(password, says_when_memory_is_short)
{
    const struct password_cost most = {.memory_kib = 1 << 20, .passes = 1, .lanes = 1};
    struct rlimit limit = {.rlim_cur = 512 << 20, .rlim_max = 512 << 20};
    char phc[PASSWORD_HASH];
    bool is_right = true;

    if (!allocations_are_counted())
        cr_skip_test("a sanitizer has the allocator");
    password_decoy(&most, phc);
    cr_assert(setrlimit(RLIMIT_AS, &limit) == 0);
    cr_expect(!password_verify(phc, SLICE_LIT("a mill by the leat"), &is_right) && !is_right);
    cr_expect(!password_hash(&most, SLICE_LIT("a mill by the leat"), phc));
}

#define TAIL "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"

/* The first is whole. Some of the others would take terabytes, or years. */
Test(password, survives_damage)
{
    static const char *const rows[] = {
        "$argon2id$v=19$m=256,t=2,p=1" TAIL,
        "$argon2id$v=19$m=1048577,t=2,p=1" TAIL,
        "$argon2id$v=19$m=4294967295,t=2,p=1" TAIL,
        "$argon2id$v=19$m=4294967552,t=2,p=1" TAIL, /* 2^32 + 256 */
        "$argon2id$v=19$m=-256,t=2,p=1" TAIL,
        "$argon2id$v=19$m=+256,t=2,p=1" TAIL,
        "$argon2id$v=19$m= 256,t=2,p=1" TAIL,
        "$argon2id$v=19$m=0256,t=2,p=1" TAIL,
        "$argon2id$v=19$m=256,t=17,p=1" TAIL,
        "$argon2id$v=19$m=256,t=4294967295,p=1" TAIL,
        "$argon2id$v=19$m=256,t=0,p=1" TAIL,
        "$argon2id$v=19$m=256,t=2,p=17" TAIL,
        "$argon2id$v=19$m=256,t=2,p=0" TAIL,
        "$argon2id$v=19$m=0,t=2,p=1" TAIL,
        "$argon2id$v=19$t=2,m=256,p=1" TAIL,
        "$argon2id$v=19$m=256,t=2" TAIL,
        "$argon2id$v=16$m=256,t=2,p=1" TAIL,
        "$argon2id$m=256,t=2,p=1" TAIL,
        "$argon2i$v=19$m=256,t=2,p=1" TAIL,
        " $argon2id$v=19$m=256,t=2,p=1" TAIL,
        "$argon2id$v=19$m=256,t=2,p=1" TAIL "AAAA",
        "$argon2id$v=19$m=256,t=2,p=1" TAIL " ",
        "$argon2id$v=19$m=256,t=2,p=1" TAIL TAIL TAIL,
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/5",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$",
        "$argon2id$v=19$m=256,t=2,p=1$$",
        "$argon2id$v=19$m=256,t=2,p=1$",
        "$argon2id$v=19$m=256,t=2,p=1",
        "$argon2id",
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "password",
        "",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(verify(rows[i], "password") == (i == 0), "%s", rows[i]);
}

/* Hashes that are true, but past what a configuration can ask for. */
Test(password, does_no_more_work_than_may_be_configured)
{
    static const struct {
        uint32_t passes, lanes;
        bool is_good;
    } rows[] = {{16, 1, true}, {17, 1, false}, {1, 16, true}, {1, 17, false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char phc[PASSWORD_HASH];

        cr_assert(argon2id_hash_encoded(rows[i].passes, 256, rows[i].lanes, "a mill", 6, "saltsalt",
                                        8, 32, phc, sizeof(phc)) == ARGON2_OK);
        cr_expect(argon2id_verify(phc, "a mill", 6) == ARGON2_OK);
        cr_expect(verify(phc, "a mill") == rows[i].is_good, "%s", phc);
    }
}

/* What cannot be read is stale at any cost. */
Test(password, reads_no_cost_past_what_may_be_configured)
{
    static const struct {
        const char *phc;
        bool is_read;
    } rows[] = {
        {"$argon2id$v=19$m=1048576,t=16,p=16" TAIL, true},
        {"$argon2id$v=19$m=1048577,t=16,p=16" TAIL, false},
        {"$argon2id$v=19$m=1048576,t=17,p=16" TAIL, false},
        {"$argon2id$v=19$m=1048576,t=16,p=17" TAIL, false},
        {"$argon2id$v=19$m=4294967552,t=2,p=1" TAIL, false}, /* 2^32 + 256 */
        {"$argon2id$v=19$m=256,t=4294967298,p=1" TAIL, false},
        {"$argon2id$v=19$m=256,t=2,p=4294967297" TAIL, false},
        {"$argon2id$v=19$m=-1,t=2,p=1" TAIL, false},
        {"$argon2id$v=19$m=256,t=2,p=1" TAIL TAIL TAIL, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(password_is_stale(rows[i].phc, &(struct password_cost){0}) != rows[i].is_read,
                  "%s", rows[i].phc);
}

Test(password, is_stale_when_a_cost_rose)
{
    static const struct {
        const char *phc;
        bool is_stale;
    } rows[] = {
        {"$argon2id$v=19$m=256,t=2,p=2" TAIL, false}, {"$argon2id$v=19$m=257,t=2,p=2" TAIL, false},
        {"$argon2id$v=19$m=256,t=3,p=2" TAIL, false}, {"$argon2id$v=19$m=256,t=2,p=3" TAIL, false},
        {"$argon2id$v=19$m=255,t=2,p=2" TAIL, true},  {"$argon2id$v=19$m=256,t=1,p=2" TAIL, true},
        {"$argon2id$v=19$m=256,t=2,p=1" TAIL, true},  {"$argon2id$v=19$m=999,t=1,p=9" TAIL, true},
        {"$argon2i$v=19$m=256,t=2,p=2" TAIL, true},   {"", true}};
    const struct password_cost cost = {.memory_kib = 256, .passes = 2, .lanes = 2};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(password_is_stale(rows[i].phc, &cost) == rows[i].is_stale, "%s", rows[i].phc);
}

/* A decoy is a whole hash: the library works for it until the sums differ. */
Test(password, has_decoys)
{
    char a[PASSWORD_HASH], b[PASSWORD_HASH];

    for (int i = 0; i < 100; i++) {
        password_decoy(&cheap, a);
        password_decoy(&cheap, b);
        cr_expect(strcmp(a, b) != 0 && !password_is_stale(a, &cheap) && strlen(a) == 94, "%s", a);
        cr_expect(argon2id_verify(a, "password", 8) == ARGON2_VERIFY_MISMATCH, "%s", a);
        cr_expect(!verify(a, "password"));
    }
}

static void *hash_many(void *ok)
{
    char phc[PASSWORD_HASH];

    for (int i = 0; i < 50; i++)
        if (!password_hash(&cheap, SLICE_LIT("caf\xc3\xa9 noir"), phc) ||
            !verify(phc, "cafe\xcc\x81 noir") || verify(phc, "cafe noir"))
            *(bool *)ok = false;
    return NULL;
}

Test(password, is_for_several_threads)
{
    bool ok[4] = {true, true, true, true};
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        cr_assert(pthread_create(&threads[i], NULL, hash_many, &ok[i]) == 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        cr_expect(ok[i]);
    }
}

static size_t unhex(struct json_object *of, const char *key, unsigned char *out)
{
    const char *text = jget_text(of, key);
    size_t n = strlen(text) / 2;

    for (size_t i = 0; i < n; i++)
        sscanf(text + 2 * i, "%2hhx", &out[i]);
    return n;
}

static void check_vector(struct json_object *json)
{
    struct json_object *common = jget(json, "common");
    unsigned char password[64], salt[64], secret[64], ad[64], want[64], out[64];
    argon2_context c = {
        .out = out,
        .outlen = (uint32_t)jget_int(common, "taglen"),
        .pwd = password,
        .pwdlen = (uint32_t)unhex(common, "password_hex", password),
        .salt = salt,
        .saltlen = (uint32_t)unhex(common, "salt_hex", salt),
        .secret = secret,
        .secretlen = (uint32_t)unhex(common, "secret_hex", secret),
        .ad = ad,
        .adlen = (uint32_t)unhex(common, "ad_hex", ad),
        .t_cost = (uint32_t)jget_int(common, "t"),
        .m_cost = (uint32_t)jget_int(common, "m_KiB"),
        .lanes = (uint32_t)jget_int(common, "p"),
        .threads = (uint32_t)jget_int(common, "p"),
        .version = (uint32_t)jget_int(common, "version"),
    };

    cr_expect(argon2id_ctx(&c) == ARGON2_OK);
    cr_expect(unhex(json, "argon2id", want) == 32 && memcmp(out, want, 32) == 0);
}

/* RFC 9106, 5.3, by the library that we are linked with. */
Test(password, agrees_with_rfc_9106)
{
    const char *suites = getenv("LEAT_SUITES"), *source = getenv("LEAT_SRC");
    struct json_object *json = NULL;
    struct jread_fault fault;
    struct buf text = {0};
    char path[600];

    snprintf(path, sizeof(path), "%s%s/jose/argon2/argon2-rfc9106.json",
             suites   ? suites
             : source ? source
                      : ".",
             suites ? "" : "/../shared/suites");
    if (!file_read(path, 1 << 20, &text))
        cr_skip_test("no vectors at %s", path);
    cr_assert(jread_text(text.data, text.len, 8, NULL, &json, &fault));
    check_vector(json);
    json_object_put(json);
    buf_fini(&text);
}
