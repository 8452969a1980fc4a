/* SPDX-License-Identifier: MIT */
/*
 * The first line is a pattern of ECMA-262, the rest a text. A group around the pattern, or
 * "anything" before it, must not change whether it matches.
 */
#include "t/fuzz/fuzz.h"

#include <assert.h>

#include "lib/core/buf.h"
#include "lib/core/text/utf8.h"
#include "lib/schema/ecma.h"
#include "lib/schema/pattern.h"

static struct pattern *compile(struct slice pattern)
{
    struct fault fault = {0};
    struct pattern *p = pattern_new(pattern.data, pattern.len, &fault);

    assert(p || (fault_is_set(&fault) && fault.offset <= pattern.len));
    assert(!p || pattern_is_valid(pattern.data, pattern.len));
    return p;
}

static void expect(const char *before, struct slice pattern, const char *after, struct slice text,
                   bool want)
{
    struct buf wrapped = {0};
    struct pattern *p;
    bool is_too_costly, is_match;

    buf_puts(&wrapped, before);
    buf_put(&wrapped, pattern.data, pattern.len);
    buf_puts(&wrapped, after);
    p = compile(buf_slice(&wrapped));
    if (p) {
        is_match = pattern_matches(p, text.data, text.len, &is_too_costly);
        assert(is_match == want || is_too_costly);
    }
    pattern_free(&p);
    buf_fini(&wrapped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    struct slice pattern = fuzz_line(&text);
    struct pattern *p;
    bool is_match, is_too_costly;

    pattern_is_valid(pattern.data, pattern.len);
    p = compile(pattern);
    if (p && utf8_is_valid(text.data, text.len)) {
        is_match = pattern_matches(p, text.data, text.len, &is_too_costly);
        assert(!is_match || !is_too_costly);
        if (!is_too_costly) {
            expect("(?:", pattern, ")", text, is_match);
            expect("[^]*(?:", pattern, ")", text, is_match);
        }
    }
    pattern_free(&p);
    return 0;
}
