/* SPDX-License-Identifier: MIT */
/*
 * PCRE2's interpreter, not its JIT: a short text costs it 0.05 to 0.15 µs, too little to matter
 * beside what reads the text; and the JIT's count leaves out the very steps that add up.
 *
 * PCRE2's limit counts anew at each start of a search. So a search runs twice at most: first as
 * PCRE2 does it best, skipping to where a match can start, each start with an even share of the
 * steps; and where one start wants more than that, led by a lazy "anything" from the beginning of
 * the text, so that all starts are one match and draw on one limit.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "lib/schema/pattern.h"

#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

#include "lib/schema/ecma.h"

/* A step costs about 10 ns (3 ms for 64 KiB), and as much for each 16 characters in it. */
enum { STEPS_BASE = 16384, STEPS_PER_BYTE = 4, STEP_CHARACTERS = 16 };
/* Where PCRE2 may come back to, 128 bytes each. Kept from match to match: fresh pages cost more
 * than the steps. */
enum { HEAP_KIB = 4096 };

struct pattern {
    pcre2_code *search;
    pcre2_code *led; /* NULL: there is but one start */
    size_t stride;   /* characters in a step, at most */
};

/* What a match works with; a thread keeps one. */
struct engine {
    pcre2_match_data *data;
    pcre2_match_context *context;
};

static tss_t engine_key;
static once_flag engine_once = ONCE_FLAG_INIT;

static void free_engine(void *arg)
{
    struct engine *e = arg;

    pcre2_match_data_free(e->data);
    pcre2_match_context_free(e->context);
    free(e);
}

static void make_key(void)
{
    if (tss_create(&engine_key, free_engine) != thrd_success)
        abort();
}

static struct engine *new_engine(void)
{
    struct engine *e = calloc(1, sizeof(*e));

    if (!e)
        abort();
    e->context = pcre2_match_context_create(NULL);
    e->data = pcre2_match_data_create(1, NULL);
    if (!e->context || !e->data || tss_set(engine_key, e) != thrd_success)
        abort();
    pcre2_set_heap_limit(e->context, HEAP_KIB);
    return e;
}

static struct engine *this_engine(void)
{
    struct engine *e;

    call_once(&engine_once, make_key);
    e = tss_get(engine_key);
    return e ? e : new_engine();
}

/* Without auto-possession: what a repeat took is given back step by step, and thereby counted. */
static pcre2_code *compile(const char *text, size_t len, int *error, size_t *offset)
{
    static const uint32_t options = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C |
                                    PCRE2_MATCH_UNSET_BACKREF | PCRE2_NO_AUTO_POSSESS;

    return pcre2_compile((PCRE2_SPTR)text, len, options, error, offset, NULL);
}

static bool compile_led(struct pattern *p, const struct ecma_text *text, int *error)
{
    struct buf led = {0};
    uint32_t options = 0;
    size_t offset;

    pcre2_pattern_info(p->search, PCRE2_INFO_ALLOPTIONS, &options);
    if (options & PCRE2_ANCHORED)
        return true;
    buf_puts(&led, "\\A(?s:.)*?(?:");
    buf_put(&led, text->pcre.data, text->pcre.len);
    buf_putc(&led, ')');
    p->led = compile(led.data, led.len, error, &offset);
    buf_fini(&led);
    return p->led != NULL;
}

static const char *reason(int error)
{
    static _Thread_local char text[256];

    pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof(text));
    return text;
}

struct pattern *pattern_new(const char *text, size_t len, const char **why, size_t *offset)
{
    struct pattern *p = calloc(1, sizeof(*p));
    struct ecma_text translated;
    struct ecma_fault fault;
    int error = 0;

    if (!p)
        abort();
    *offset = 0;
    if (!ecma_translate(text, len, &translated, &fault)) {
        *why = fault.message;
        *offset = fault.offset;
        goto fail;
    }
    p->stride = translated.stride;
    p->search = compile(buf_text(&translated.pcre), translated.pcre.len, &error, offset);
    if (!p->search)
        *offset = ecma_offset(&translated, *offset);
    if (!p->search || !compile_led(p, &translated, &error)) {
        *why = reason(error);
        goto fail;
    }
    ecma_fini(&translated);
    return p;
fail:
    ecma_fini(&translated);
    pattern_free(&p);
    return NULL;
}

void pattern_free(struct pattern **p)
{
    if (!*p)
        return;
    pcre2_code_free((*p)->search);
    pcre2_code_free((*p)->led);
    free(*p);
    *p = NULL;
}

/* In steps; fewer where one step may go over much text. */
static size_t limit_of(const struct pattern *p, size_t len)
{
    size_t stride = p->stride < len ? p->stride : len;
    size_t steps = STEPS_BASE + STEPS_PER_BYTE * (len < UINT32_MAX / 8 ? len : UINT32_MAX / 8);

    return steps / (1 + stride / STEP_CHARACTERS) + 1;
}

static int run(const pcre2_code *code, struct engine *e, const char *text, size_t len, size_t limit)
{
    pcre2_set_match_limit(e->context, (uint32_t)limit);
    return pcre2_match(code, (PCRE2_SPTR)text, len, 0, PCRE2_NO_UTF_CHECK, e->data, e->context);
}

bool pattern_matches(const struct pattern *p, const char *text, size_t len, bool *is_too_costly)
{
    struct engine *e = this_engine();
    size_t limit = limit_of(p, len);
    int rc;

    rc = run(p->search, e, text, len, p->led ? limit / (len + 1) + 1 : limit);
    if (rc < 0 && rc != PCRE2_ERROR_NOMATCH && p->led)
        rc = run(p->led, e, text, len, limit);
    if (is_too_costly)
        *is_too_costly = rc < 0 && rc != PCRE2_ERROR_NOMATCH;
    return rc >= 0;
}

bool pattern_is_valid(const char *text, size_t len)
{
    return ecma_is_valid(text, len);
}
