#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include "lib/schema/pattern.h"
struct pattern *pattern_new(const char *text, size_t len, const char **why, size_t *offset)
{
    int e;
    *why = "bad";
    *offset = 0;
    return (struct pattern *)pcre2_compile((PCRE2_SPTR)text, len, PCRE2_UTF | PCRE2_DOLLAR_ENDONLY,
                                           &e, offset, NULL);
}
void pattern_free(struct pattern **p)
{
    pcre2_code_free((pcre2_code *)*p);
    *p = NULL;
}
bool pattern_matches(const struct pattern *p, const char *text, size_t len, bool *c)
{
    pcre2_match_data *m = pcre2_match_data_create(1, NULL);
    int rc =
        pcre2_match((const pcre2_code *)p, (PCRE2_SPTR)text, len, 0, PCRE2_NO_UTF_CHECK, m, NULL);
    pcre2_match_data_free(m);
    (void)c;
    return rc >= 0;
}
bool pattern_is_valid(const char *text, size_t len)
{
    const char *w;
    size_t o;
    struct pattern *p = pattern_new(text, len, &w, &o);
    bool ok = p;
    if (p)
        pattern_free(&p);
    return ok;
}
