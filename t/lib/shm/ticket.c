/* SPDX-License-Identifier: MIT */
#include "lib/shm/ticket.h"

#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "t/lib/shm/shm_fixture.h"

TestSuite(ticket, .init = shm_set_up, .fini = shm_tear_down);

static bool is_same(const struct shm_ticket *a, const struct shm_ticket *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

Test(ticket, has_none_before_the_first)
{
    static const unsigned char zero[16] = {0};
    struct shm_ticket t;
    bool is_newest;

    cr_expect(!ticket_newest(shm, &t) && !ticket_find(shm, zero, &t, &is_newest));
    for (uint64_t i = 0; i < 5; i++) {
        ticket_rotate(shm, i, 0);
        cr_expect(!ticket_find(shm, zero, &t, &is_newest), "of %lu", (unsigned long)i);
    }
}

Test(ticket, rotates_by_age)
{
    static const struct {
        uint64_t at_ns, max_age_ns;
        bool is_new;
    } rows[] = {
        {1000, 100, true},  {1000, 100, false},        {1099, 100, false},
        {1100, 100, true},  {1199, 100, false},        {1500, 100, true},
        {1599, 100, false}, {1599, 99, true},          {1599, 0, true},
        {1599, 0, true},    {1600, UINT64_MAX, false}, {UINT64_C(1) << 60, UINT64_MAX, false},
    };
    struct shm_ticket last = {{0}, {0}, {0}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct shm_ticket t;

        ticket_rotate(shm, rows[i].at_ns, rows[i].max_age_ns);
        cr_assert(ticket_newest(shm, &t));
        cr_expect(is_same(&t, &last) == !rows[i].is_new, "row %zu", i);
        last = t;
    }
}

/* The first key comes at once, also right after the machine started. */
Test(ticket, makes_the_first_at_any_time)
{
    struct shm_ticket t;

    ticket_rotate(shm, 0, NS_PER_S);
    cr_expect(ticket_newest(shm, &t));
}

Test(ticket, finds_the_newest_and_two_before)
{
    enum { MADE = 11 };
    struct shm_ticket made[MADE], t;

    for (int i = 0; i < MADE; i++) {
        ticket_rotate(shm, (uint64_t)i * NS_PER_S, NS_PER_S);
        cr_assert(ticket_newest(shm, &made[i]));
        for (int k = 0; k <= i; k++) {
            bool is_newest = k != i, found = ticket_find(shm, made[k].name, &t, &is_newest);

            cr_expect(found == (i - k < 3), "key %d of %d", k, i);
            if (found)
                cr_expect(is_same(&t, &made[k]) && is_newest == (k == i), "key %d of %d", k, i);
        }
        made[i].name[15] ^= 1;
        cr_expect(!ticket_find(shm, made[i].name, &t, &(bool){false}), "another name");
        made[i].name[15] ^= 1;
    }
}

static bool is_zero(const unsigned char *bytes, size_t len)
{
    while (len && bytes[len - 1] == 0)
        len--;
    return len == 0;
}

Test(ticket, makes_random_keys)
{
    struct shm_ticket made[20];

    for (int i = 0; i < 20; i++) {
        ticket_rotate(shm, 5, 0);
        cr_assert(ticket_newest(shm, &made[i]));
        cr_expect(!is_zero(made[i].name, 16) && !is_zero(made[i].aes + 16, 16) &&
                  !is_zero(made[i].hmac + 16, 16));
        cr_expect(memcmp(made[i].aes, made[i].hmac, 32) != 0);
        for (int k = 0; k < i; k++)
            cr_expect(memcmp(made[k].name, made[i].name, 16) != 0 &&
                      memcmp(made[k].aes, made[i].aes, 32) != 0 &&
                      memcmp(made[k].hmac, made[i].hmac, 32) != 0);
    }
}

Test(ticket, is_the_same_for_all)
{
    struct shm *other = shm_attach(shm_fd);
    struct shm_ticket a, b;
    bool is_newest = false;

    cr_assert(other);
    ticket_rotate(shm, 7, 1000);
    ticket_rotate(other, 8, 1000);
    cr_expect(ticket_newest(shm, &a) && ticket_newest(other, &b) && is_same(&a, &b));
    cr_expect(ticket_find(other, a.name, &b, &is_newest) && is_newest && is_same(&a, &b));
    shm_detach(&other);
}
