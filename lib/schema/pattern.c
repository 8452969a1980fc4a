/* SPDX-License-Identifier: MIT */
/*
 * Patterns are run by PCRE2's interpreter, not its JIT: on a short text that costs 0.05 to 0.15 µs,
 * little beside reading the text, and the JIT does not count the very steps that add up.
 *
 * PCRE2 ends a match after a limit of steps but does not say how many it took. So a match starts
 * with a low limit, enough for most, or with what earlier ones in the request took, and is repeated
 * with twice the limit as often as needed. What is charged is some two to four times the real cost,
 * and always the same for the same request.
 *
 * PCRE2 applies its limit to each start of a search anew. So a search runs at most twice: first in
 * PCRE2's best way, skipping to possible starts, each with an even share of the steps; and if one
 * start wants more than its share, again after a lazy "anything" from the start of the text, which
 * makes all starts one match with one limit.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "lib/schema/pattern.h"

#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

#include "lib/core/memory.h"
#include "lib/schema/ecma.h"

/* A PCRE2 step costs about 20 ns, and as much again for each 16 characters that it covers. One
 * match may take this many. */
enum { STEPS_BASE = 16384, STEPS_PER_BYTE = 4, STEP_CHARACTERS = 16 };
/* The first limit: half a step for each byte of a short text, fewer where one step may cover
 * much. */
enum { FIRST_STEPS = 4, SHORT_TEXT = 64 };
/* A hint (budget.h) is how often the limit is doubled at once, and for how many texts that was
 * enough; from time to time a lower one is tried. */
enum { HINT_TEXTS = 16, HINT_MOST = 2 };
/* In budget steps: the cost of a step, and of a match besides its steps. */
enum { STEP_COST = 3, MATCH_COST = 10 };
/* Memory for PCRE2's backtracking points, 128 bytes each. It is kept between matches, since fresh
 * pages cost more than the steps. */
enum { HEAP_KIB = 4096 };

struct pattern {
    pcre2_code *search;
    pcre2_code *led; /* NULL if there is only one start */
    size_t stride;   /* the most characters per step */
};

/* The working memory of a match; each thread keeps one. */
struct pattern_engine {
    pcre2_match_data *data;
    pcre2_match_context *context;
};

static tss_t engine_key;
static once_flag engine_once = ONCE_FLAG_INIT;

static void free_engine(void *arg)
{
    struct pattern_engine *e = arg;

    pcre2_match_data_free(e->data);
    pcre2_match_context_free(e->context);
    free(e);
}

static void make_key(void)
{
    if (tss_create(&engine_key, free_engine) != thrd_success)
        abort();
}

static struct pattern_engine *new_engine(void)
{
    struct pattern_engine *e = xcalloc(1, sizeof(*e));

    e->context = pcre2_match_context_create(NULL);
    e->data = pcre2_match_data_create(1, NULL);
    if (!e->context || !e->data || tss_set(engine_key, e) != thrd_success)
        abort();
    pcre2_set_heap_limit(e->context, HEAP_KIB);
    return e;
}

static struct pattern_engine *this_engine(void)
{
    struct pattern_engine *e;

    call_once(&engine_once, make_key);
    e = tss_get(engine_key);
    return e ? e : new_engine();
}

/* Compiles without auto-possession, so that what a repeat took is given back step by step, and
 * counted. */
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

struct pattern *pattern_new(const char *text, size_t len, struct fault *fault)
{
    struct pattern *p = xcalloc(1, sizeof(*p));
    struct ecma_text translated;
    struct ecma_fault bad;
    size_t offset = 0;
    int error = 0;

    if (!ecma_translate(text, len, &translated, &bad)) {
        fault_set_at(fault, bad.offset, "%s", bad.message);
        goto fail;
    }
    p->stride = translated.stride;
    p->search = compile(buf_text(&translated.pcre), translated.pcre.len, &error, &offset);
    if (!p->search)
        offset = ecma_offset(&translated, offset);
    if (!p->search || !compile_led(p, &translated, &error)) {
        fault_set_at(fault, offset, "%s", reason(error));
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

/* Returns what one step counts as, since it may cover much text. */
static size_t weight_of(const struct pattern *p, size_t len)
{
    return 1 + (p->stride < len ? p->stride : len) / STEP_CHARACTERS;
}

static size_t limit_of(const struct pattern *p, size_t len)
{
    return (STEPS_BASE + STEPS_PER_BYTE * (len < UINT32_MAX / 8 ? len : UINT32_MAX / 8)) /
               weight_of(p, len) +
           1;
}

static size_t first_limit(size_t len)
{
    return FIRST_STEPS + (len < SHORT_TEXT ? len / 2 : SHORT_TEXT * SHORT_TEXT / 2 / len);
}

static int run_match(const pcre2_code *code, struct pattern_engine *e, struct slice text,
                     size_t limit)
{
    pcre2_set_match_limit(e->context, (uint32_t)limit);
    return pcre2_match(code, (PCRE2_SPTR)(text.len ? text.data : ""), text.len, 0,
                       PCRE2_NO_UTF_CHECK, e->data, e->context);
}

/* Charges for `steps` and for scanning the text. Returns false if the budget has ended. */
static bool charge(const struct pattern *p, struct slice text, size_t steps, struct budget *budget)
{
    return budget_step(budget, MATCH_COST + STEP_COST * steps * weight_of(p, text.len) +
                                   text.len / BUDGET_BYTES_PER_STEP);
}

/* Tries to match within a limit of steps. Returns whether it matched, or a PCRE2 error. */
static int attempt(const struct pattern *p, struct slice text, size_t limit, struct budget *budget)
{
    struct pattern_engine *e = this_engine();
    int rc;

    if (p->led) { /* any start may take one step, all together the limit */
        if (!charge(p, text, limit + text.len, budget))
            return PCRE2_ERROR_MATCHLIMIT;
        rc = run_match(p->search, e, text, limit / (text.len + 1) + 1);
        if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH)
            return rc;
    }
    if (!charge(p, text, limit, budget))
        return PCRE2_ERROR_MATCHLIMIT;
    return run_match(p->led ? p->led : p->search, e, text, limit);
}

/* Updates the hint; `doubled` is how often the limit was doubled beyond it. */
static void take_hint(uint32_t *hint, uint32_t doubled)
{
    uint32_t level = *hint / HINT_TEXTS;

    if (doubled)
        *hint = HINT_TEXTS * (level + doubled < HINT_MOST ? level + doubled : HINT_MOST);
    else if (*hint % HINT_TEXTS < HINT_TEXTS - 1)
        *hint += 1;
    else if (level)
        *hint = HINT_TEXTS * (level - 1);
}

bool pattern_match(const struct pattern *p, struct slice text, struct budget *budget)
{
    uint32_t *hint = budget_hint(budget, p), doubled = 0;
    size_t most = limit_of(p, text.len), limit = first_limit(text.len) << *hint / HINT_TEXTS;

    for (;; limit *= 2, doubled++) {
        int rc = attempt(p, text, limit < most ? limit : most, budget);

        if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH) {
            take_hint(hint, doubled);
            return rc >= 0;
        }
        if (limit >= most || rc != PCRE2_ERROR_MATCHLIMIT)
            return budget_stop(budget, BUDGET_PATTERN);
        if (budget->end != BUDGET_ENOUGH)
            return false;
    }
}

bool pattern_matches(const struct pattern *p, const char *text, size_t len, bool *is_too_costly)
{
    struct budget budget = budget_endless();
    bool is_match = pattern_match(p, (struct slice){text, len}, &budget);

    if (is_too_costly)
        *is_too_costly = budget.end != BUDGET_ENOUGH;
    return is_match;
}

bool pattern_is_valid(const char *text, size_t len)
{
    return ecma_is_valid(text, len);
}
