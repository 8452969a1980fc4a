/* SPDX-License-Identifier: MIT */
/* An A-label is valid if punycode decodes it (RFC 3492) and the result may be a label (RFC 5891,
 * 4.2.3). The decoder checks for overflow in every step, since labels come from clients. It is not
 * checked that encoding the result again gives the same label: the decoder refuses the spellings
 * that would differ. What is not checked at all is listed in idna.h. */
#include "lib/schema/idna.h"

#include "lib/schema/scan.h"

enum { PREFIX_LEN = 4 };

struct label {
    uint32_t c[IDNA_LABEL_MAX];
    size_t len;
};

/* The parameters of punycode (RFC 3492, 5). */
enum { BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, FIRST_BIAS = 72, FIRST_N = 128 };

static uint32_t adapt(uint32_t delta, size_t points, bool is_first)
{
    uint32_t k = 0;

    delta /= is_first ? DAMP : 2;
    delta += delta / (uint32_t)points;
    for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
        delta /= BASE - T_MIN;
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0' + 26;
    c = (char)(c | 32);
    return c >= 'a' && c <= 'z' ? c - 'a' : -1;
}

/* Reads one variable-length integer (RFC 3492, 3.3) and adds it to *i. Every digit that continues
 * it is at least 1, so the sum exceeds its limit before the weight can overflow. */
static bool scan_delta(struct slice *rest, uint32_t bias, uint32_t *i)
{
    uint64_t weight = 1, sum = *i;

    for (uint32_t k = BASE;; k += BASE) {
        uint32_t threshold = k <= bias + T_MIN ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
        int digit = rest->len ? digit_of(*rest->data) : -1;

        if (digit < 0)
            return false;
        rest->data++, rest->len--;
        sum += (uint64_t)digit * weight;
        if (sum > UINT32_MAX)
            return false;
        *i = (uint32_t)sum;
        if ((uint32_t)digit < threshold)
            return true;
        weight *= BASE - threshold;
    }
}

/* Decodes punycode (RFC 3492, 6.2). Letters become lower case, since case has no meaning in an
 * A-label. */
static bool decode(struct slice text, struct label *out)
{
    uint32_t n = FIRST_N, i = 0, bias = FIRST_BIAS;
    size_t basic = text.len;

    while (basic && text.data[basic - 1] != '-')
        basic--;
    if (basic == 1 || basic == text.len) /* nothing before the delimiter, or nothing after it */
        return false;
    out->len = 0;
    for (size_t k = 0; k + 1 < basic; k++) {
        char c = text.data[k];

        out->c[out->len++] = (uint32_t)(c >= 'A' && c <= 'Z' ? c | 32 : c);
    }
    text.data += basic, text.len -= basic;
    while (text.len) {
        uint32_t before = i;
        size_t points = out->len + 1;

        if (!scan_delta(&text, bias, &i))
            return false;
        bias = adapt(i - before, points, before == 0);
        if (i / points > 0x10ffff - n)
            return false;
        n += i / (uint32_t)points;
        i %= (uint32_t)points;
        memmove(out->c + i + 1, out->c + i, (out->len - i) * sizeof(*out->c));
        out->c[i++] = n;
        out->len++;
    }
    return true;
}

static bool is_between_l(const struct label *l, size_t at)
{
    return at && at + 1 < l->len && l->c[at - 1] == 'l' && l->c[at + 1] == 'l';
}

static bool is_before_greek(const struct label *l, size_t at)
{
    return at + 1 < l->len && idna_is_in(IDNA_GREEK, l->c[at + 1]);
}

static bool is_after_hebrew(const struct label *l, size_t at)
{
    return at && idna_is_in(IDNA_HEBREW, l->c[at - 1]);
}

static bool is_among_cjk(const struct label *l, size_t at)
{
    (void)at;
    for (size_t i = 0; i < l->len; i++)
        if (idna_is_in(IDNA_CJK, l->c[i]))
            return true;
    return false;
}

/* Refuses a mix of Arabic-Indic and extended Arabic-Indic digits, which look alike. */
static bool has_one_kind_of_digits(const struct label *l, size_t at)
{
    uint32_t other = l->c[at] < 0x6f0 ? 0x6f0 : 0x660;

    for (size_t i = 0; i < l->len; i++)
        if (l->c[i] >= other && l->c[i] <= other + 9)
            return false;
    return true;
}

static bool is_after_virama(const struct label *l, size_t at)
{
    return at && idna_is_in(IDNA_VIRAMA, l->c[at - 1]);
}

/* A simplification: any two neighbours of a cursive script are taken to join. Joining types would
 * be more exact. */
static bool is_after_virama_or_joining(const struct label *l, size_t at)
{
    return is_after_virama(l, at) ||
           (at && at + 1 < l->len && idna_is_in(IDNA_JOINING, l->c[at - 1]) &&
            idna_is_in(IDNA_JOINING, l->c[at + 1]));
}

/* The contextual rules (RFC 5892, appendix A). */
static const struct {
    uint32_t first, last;
    bool (*holds)(const struct label *l, size_t at);
} contexts[] = {
    {0xb7, 0xb7, is_between_l},                   /* middle dot */
    {0x375, 0x375, is_before_greek},              /* keraia */
    {0x5f3, 0x5f4, is_after_hebrew},              /* geresh, gershayim */
    {0x660, 0x669, has_one_kind_of_digits},       /* Arabic-Indic */
    {0x6f0, 0x6f9, has_one_kind_of_digits},       /* extended Arabic-Indic */
    {0x200c, 0x200c, is_after_virama_or_joining}, /* zero width non-joiner */
    {0x200d, 0x200d, is_after_virama},            /* zero width joiner */
    {0x30fb, 0x30fb, is_among_cjk},               /* Katakana middle dot */
};

static bool is_in_context(const struct label *l, size_t at)
{
    for (size_t i = 0; i < sizeof(contexts) / sizeof(*contexts); i++)
        if (l->c[at] >= contexts[i].first && l->c[at] <= contexts[i].last)
            return contexts[i].holds(l, at);
    return true;
}

/* Returns true if the decoded label is valid (RFC 5891, 4.2.3). */
static bool is_u_label(const struct label *l)
{
    if (l->c[0] == '-' || l->c[l->len - 1] == '-' || idna_is_in(IDNA_MARK, l->c[0]))
        return false;
    if (l->len >= 4 && l->c[2] == '-' && l->c[3] == '-')
        return false;
    for (size_t i = 0; i < l->len; i++)
        if (idna_is_in(IDNA_DISALLOWED, l->c[i]) || !is_in_context(l, i))
            return false;
    return true;
}

bool idna_has_prefix(struct slice label)
{
    return label.len >= PREFIX_LEN && strncasecmp(label.data, "xn--", PREFIX_LEN) == 0;
}

bool idna_is_a_label(struct slice label)
{
    struct label decoded;

    return decode((struct slice){label.data + PREFIX_LEN, label.len - PREFIX_LEN}, &decoded) &&
           is_u_label(&decoded);
}
