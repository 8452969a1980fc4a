/* SPDX-License-Identifier: MIT */
#include "lib/schema/idna.h"

#include <assert.h>
#include <ctype.h>

#include <idn2.h>

#include "lib/core/memory.h"

bool idna_has_prefix(struct slice label)
{
    return label.len >= 4 && strncasecmp(label.data, "xn--", 4) == 0;
}

bool idna_is_a_label(struct slice label)
{
    unsigned char lower[IDNA_LABEL_MAX + 1] = "", *again = NULL;
    int code;

    assert(idna_has_prefix(label) && label.len <= IDNA_LABEL_MAX);
    for (size_t i = 0; i < label.len; i++) /* case has no meaning in an A-label */
        lower[i] = (unsigned char)tolower((unsigned char)label.data[i]);
    code = idn2_register_u8(NULL, lower, &again, 0);
    if (code == IDN2_MALLOC)
        memory_exhausted(label.len);
    idn2_free(again);
    return code == IDN2_OK;
}
