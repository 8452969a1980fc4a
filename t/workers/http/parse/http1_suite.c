/* SPDX-License-Identifier: MIT */
/* The requests of llhttp, as far as head and chunked coding decide the verdict. */
#include "workers/http/parse/head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/system/file.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "workers/http/parse/chunked.h"

static const struct head_field *find(const struct head *head, const char *name)
{
    for (size_t i = 0; i < head->field_count; i++)
        if (slice_is_nocase(head->fields[i].name, name))
            return &head->fields[i];
    return NULL;
}

enum verdict { ACCEPT, REJECT, INCOMPLETE };

/* Takes one message off the front of `text`. */
static enum verdict take(char *text, size_t *len)
{
    static struct head head;
    int n = head_parse(text, *len, 16384, &head);
    const struct head_field *length, *coding;
    struct chunked c = {0};
    size_t rest, body;

    if (n < 0)
        return INCOMPLETE;
    if (head.err)
        return REJECT;
    length = find(&head, "content-length");
    coding = find(&head, "transfer-encoding");
    rest = *len - (size_t)n;
    body = length ? (size_t)atoll(length->value.data) : 0;
    memmove(text, text + n, rest);
    if (coding) {
        size_t size = rest;
        ssize_t left = chunked_decode(&c, text, &size);

        if (left < 0)
            return left == CHUNKED_BAD ? REJECT : INCOMPLETE;
        memmove(text, text + size, (size_t)left);
        *len = (size_t)left;
        return ACCEPT;
    }
    if (body > rest)
        return INCOMPLETE;
    memmove(text, text + body, rest - body);
    *len = rest - body;
    return ACCEPT;
}

/* The suite contradicts RFC 9112, or the nature of this server: HTTP/1.1 without Host (3.2), and
 * tunnels (the target of CONNECT is an authority). */
static bool is_rightly_rejected(const char *name)
{
    static const char *const names[] = {"Multiple tokens with folding and LWS", "CONNECT request",
                                        "CONNECT with body"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void run_case(struct json_object *test)
{
    const char *hex = jget_text(test, "hex"), *want = jget_text(test, "verdict");
    const char *reason = jget_text(test, "reason");
    size_t len = strlen(hex) / 2;
    char *text = malloc(len + !len);
    enum verdict verdict;

    for (size_t i = 0; i < len; i++) {
        unsigned byte;

        cr_assert(sscanf(hex + 2 * i, "%2x", &byte) == 1);
        text[i] = (char)byte;
    }
    verdict = take(text, &len);
    while (verdict == ACCEPT && len && strcmp(want, "upgrade") != 0)
        verdict = take(text, &len);
    if (strcmp(want, "reject") == 0) /* half a head may still turn out wrong */
        cr_expect(verdict == REJECT || (verdict == INCOMPLETE && !jget_bool(test, "complete")),
                  "%s (%s) was not rejected", jget_text(test, "name"), reason);
    else
        cr_expect(verdict != REJECT || is_rightly_rejected(jget_text(test, "name")),
                  "%s was rejected", jget_text(test, "name"));
    free(text);
}

Test(http1_suite, agrees_with_the_verdicts)
{
    const char *suites = getenv("LEAT_SUITES"), *source = getenv("LEAT_SRC");
    char path[512];
    struct buf text = {0};
    struct json_object *cases = NULL;
    struct jread_fault fault;

    if (suites)
        snprintf(path, sizeof(path), "%s/http1-requests/cases.json", suites);
    else
        snprintf(path, sizeof(path), "%s/../shared/suites/http1-requests/cases.json",
                 source ? source : ".");
    if (!file_read(path, 1 << 22, &text))
        cr_skip_test("the HTTP/1 suite is not at %s", path);
    cr_assert(jread_text(text.data, text.len, 8, NULL, &cases, &fault), "%s", fault.message);
    for (size_t i = 0; i < json_object_array_length(cases); i++)
        run_case(json_object_array_get_idx(cases, i));
    json_object_put(cases);
    buf_fini(&text);
}
