/* SPDX-License-Identifier: MIT */
#include "lib/core/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/buf.h"

Test(arena, aligns_and_keeps_apart)
{
    static const size_t sizes[] = {1, 0, 15, 16, 17, 4000, 5000, 64, 70000, 1, 65536, 3};
    struct arena a;
    unsigned char *all[12];

    arena_init(&a);
    for (size_t i = 0; i < 12; i++) {
        all[i] = arena_alloc(&a, sizes[i]);
        cr_expect((uintptr_t)all[i] % 16 == 0);
        memset(all[i], (int)i, sizes[i]);
    }
    for (size_t i = 0; i < 12; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            cr_assert(all[i][k] == i, "%zu", i);
    arena_fini(&a);
    cr_expect(!a.blocks && !a.cleanups);
}

Test(arena, starts_in_borrowed_memory)
{
    char memory[256];
    struct arena a;
    char *first;

    for (size_t offset = 0; offset < 17; offset++) {
        arena_init_with(&a, memory + offset, 64);
        first = arena_alloc(&a, 16);
        cr_expect(first >= memory && first < memory + sizeof(memory) && (uintptr_t)first % 16 == 0);
        memset(first, 1, 16);
        memset(arena_alloc(&a, 200), 2, 200);
        arena_fini(&a);
    }
    arena_init_with(&a, memory + 1, 3);
    memset(arena_alloc(&a, 8), 0, 8);
    arena_fini(&a);
}

Test(arena, clears_copies_and_prints)
{
    struct arena a = {0};
    char *text = arena_printf(&a, "%s-%d", "x", 42);
    unsigned char *zero;

    cr_expect_str_eq(text, "x-42");
    cr_expect_str_eq(arena_strdup(&a, ""), "");
    cr_expect_str_eq(arena_strndup(&a, "abc", 2), "ab");
    cr_expect(memcmp(arena_strndup(&a, "a\0b", 3), "a\0b", 4) == 0);
    cr_expect_str_eq(arena_strndup(&a, NULL, 0), "");
    cr_expect(strlen(arena_printf(&a, "%10000d", 1)) == 10000);
    memset(arena_alloc(&a, 100), 0xff, 100);
    zero = arena_zalloc(&a, 1000);
    for (int i = 0; i < 1000; i++)
        cr_assert(zero[i] == 0);
    arena_fini(&a);
}

static char order[8];

static void note(void *arg)
{
    strncat(order, arg, 1);
}

Test(arena, runs_cleanups_in_reverse)
{
    struct arena a = {0};

    arena_defer(&a, note, "a");
    arena_defer(&a, note, "b");
    arena_defer(&a, note, "c");
    arena_fini(&a);
    cr_expect_str_eq(order, "cba");
    arena_fini(&a);
    cr_expect_str_eq(order, "cba", "a second time does nothing");
}

Test(arena, says_how_much_it_holds)
{
    char memory[256];
    struct arena a;

    arena_init_with(&a, memory, sizeof(memory));
    arena_alloc(&a, 100);
    cr_expect(arena_size(&a) == 0, "what the caller keeps does not count");
    arena_alloc(&a, 1000);
    cr_expect(arena_size(&a) >= 1000 && arena_size(&a) <= 4096);
    arena_alloc(&a, 1 << 20);
    cr_expect(arena_size(&a) >= 1 << 20 && arena_size(&a) <= (1 << 20) + 4096 + 64);
    arena_fini(&a);
    cr_expect(arena_size(&a) == 0);
}

/* A large block must not cost what is left of the present one. */
Test(arena, goes_on_filling_its_block_after_a_large_one)
{
    struct arena a = {0};
    char *before = arena_alloc(&a, 16);

    for (int i = 0; i < 10; i++)
        memset(arena_alloc(&a, 100000), i, 100000);
    cr_expect((char *)arena_alloc(&a, 16) == before + 16);
    arena_fini(&a);
}

Test(arena, frees_what_it_adopts)
{
    struct arena a = {0};
    char *memory = malloc(5000);

    memset(memory, 1, 5000);
    arena_adopt(&a, memory, 5000);
    cr_expect(arena_size(&a) >= 5000);
    arena_fini(&a); /* or else LeakSanitizer speaks */
    cr_expect(arena_size(&a) == 0);
}

Test(arena, frees_a_buffer_with_itself)
{
    struct arena a = {0};
    struct buf *b = arena_buf(&a);

    cr_expect(b->len == 0);
    buf_puts(b, "text");
    cr_expect_str_eq(buf_text(b), "text");
    arena_fini(&a); /* LeakSanitizer tells whether the bytes went */
}
