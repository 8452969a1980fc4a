/* SPDX-License-Identifier: MIT */
/* Properties, \p{…}. ECMA-262 accepts only the names in its tables 66 to 68, exactly as spelled;
 * PCRE2 accepts more names, and more loosely, and has other names for some. So our tables decide
 * what is a property, and the first name of a row is the one that PCRE2 gets. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <string.h>

#include "lib/schema/ecma_tree.h"

enum { NAME_MAX_BYTES = 63 };

static const char *const categories[] = {
    "L|Letter",
    "L&|LC|Cased_Letter",
    "Lu|Uppercase_Letter",
    "Ll|Lowercase_Letter",
    "Lt|Titlecase_Letter",
    "Lm|Modifier_Letter",
    "Lo|Other_Letter",
    "M|Mark|Combining_Mark",
    "Mn|Nonspacing_Mark",
    "Mc|Spacing_Mark",
    "Me|Enclosing_Mark",
    "N|Number",
    "Nd|Decimal_Number|digit",
    "Nl|Letter_Number",
    "No|Other_Number",
    "P|Punctuation|punct",
    "Pc|Connector_Punctuation",
    "Pd|Dash_Punctuation",
    "Ps|Open_Punctuation",
    "Pe|Close_Punctuation",
    "Pi|Initial_Punctuation",
    "Pf|Final_Punctuation",
    "Po|Other_Punctuation",
    "S|Symbol",
    "Sm|Math_Symbol",
    "Sc|Currency_Symbol",
    "Sk|Modifier_Symbol",
    "So|Other_Symbol",
    "Z|Separator",
    "Zs|Space_Separator",
    "Zl|Line_Separator",
    "Zp|Paragraph_Separator",
    "C|Other",
    "Cc|Control|cntrl",
    "Cf|Format",
    "Cs|Surrogate",
    "Co|Private_Use",
    "Cn|Unassigned",
    NULL,
};

static const char *const binaries[] = {
    "ASCII",
    "ASCII_Hex_Digit|AHex",
    "Alphabetic|Alpha",
    "Any",
    "Bidi_Control|Bidi_C",
    "Bidi_Mirrored|Bidi_M",
    "Case_Ignorable|CI",
    "Cased",
    "Changes_When_Casefolded|CWCF",
    "Changes_When_Casemapped|CWCM",
    "Changes_When_Lowercased|CWL",
    "Changes_When_NFKC_Casefolded|CWKCF",
    "Changes_When_Titlecased|CWT",
    "Changes_When_Uppercased|CWU",
    "Dash",
    "Default_Ignorable_Code_Point|DI",
    "Deprecated|Dep",
    "Diacritic|Dia",
    "Emoji",
    "Emoji_Component|EComp",
    "Emoji_Modifier|EMod",
    "Emoji_Modifier_Base|EBase",
    "Emoji_Presentation|EPres",
    "Extended_Pictographic|ExtPict",
    "Extender|Ext",
    "Grapheme_Base|Gr_Base",
    "Grapheme_Extend|Gr_Ext",
    "Hex_Digit|Hex",
    "IDS_Binary_Operator|IDSB",
    "IDS_Trinary_Operator|IDST",
    "ID_Continue|IDC",
    "ID_Start|IDS",
    "Ideographic|Ideo",
    "Join_Control|Join_C",
    "Logical_Order_Exception|LOE",
    "Lowercase|Lower",
    "Math",
    "Noncharacter_Code_Point|NChar",
    "Pattern_Syntax|Pat_Syn",
    "Pattern_White_Space|Pat_WS",
    "Quotation_Mark|QMark",
    "Radical",
    "Regional_Indicator|RI",
    "Sentence_Terminal|STerm",
    "Soft_Dotted|SD",
    "Terminal_Punctuation|Term",
    "Unified_Ideograph|UIdeo",
    "Uppercase|Upper",
    "Variation_Selector|VS",
    "White_Space|space",
    "XID_Continue|XIDC",
    "XID_Start|XIDS",
    NULL,
};

/* Returns the first name of the row that has `name`, or NULL. */
static const char *find_name(struct arena *arena, const char *const *rows, const char *name)
{
    for (; *rows; rows++)
        if (slice_is_choice(*rows, name))
            return arena_strndup(arena, *rows, strcspn(*rows, "|"));
    return NULL;
}

/* Asks PCRE2 whether it knows a script, since every version of Unicode adds some. */
static bool is_script(struct arena *arena, const char *name)
{
    const char *probe = arena_printf(arena, "\\p{sc:%s}", name);
    PCRE2_SIZE offset;
    int code;
    pcre2_code *found;

    if (name[0] < 'A' || name[0] > 'Z')
        return false;
    found =
        pcre2_compile((PCRE2_SPTR)probe, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &code, &offset, NULL);
    pcre2_code_free(found);
    return found != NULL;
}

/* Returns PCRE2's spelling of NAME or KEY=NAME, or NULL if ECMA has no such property. */
static const char *pcre_name(struct arena *arena, const char *key, const char *name)
{
    const char *found;

    if (!key) {
        found = find_name(arena, categories, name);
        return found ? found : find_name(arena, binaries, name);
    }
    if (slice_is_choice("General_Category|gc", key))
        return find_name(arena, categories, name);
    if (slice_is_choice("Script|sc", key) && is_script(arena, name))
        return arena_printf(arena, "sc:%s", name);
    if (slice_is_choice("Script_Extensions|scx", key) && is_script(arena, name))
        return arena_printf(arena, "scx:%s", name);
    return NULL;
}

bool ecma_property(struct ecma_parser *p, bool is_negated, const char **items)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_=";
    size_t from = p->at - 2, len;
    const char *name, *equals, *known;

    if (!ecma_takes(p, '{'))
        return ecma_refuse(p, from, "\\p needs a property name in braces");
    for (len = 0; p->at + len < p->len && p->text[p->at + len] && len < NAME_MAX_BYTES; len++)
        if (!strchr(letters, p->text[p->at + len]))
            break;
    name = arena_strndup(p->arena, p->text + p->at, len);
    p->at += len;
    if (!ecma_takes(p, '}'))
        return ecma_refuse(p, from, "\\p needs a property name in braces");
    if (strcmp(name, "Assigned") == 0) {
        name = "Cn";
        is_negated = !is_negated;
    }
    equals = strchr(name, '=');
    known = equals ? pcre_name(p->arena, arena_strndup(p->arena, name, (size_t)(equals - name)),
                               equals + 1)
                   : pcre_name(p->arena, NULL, name);
    if (!known)
        return ecma_refuse(p, from, "no Unicode property has exactly this name");
    *items = arena_printf(p->arena, "\\%c{%s}", is_negated ? 'P' : 'p', known);
    return true;
}
