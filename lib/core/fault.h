/* SPDX-License-Identifier: MIT */
/*
 * Why a function returned false or NULL, for an operator or a log. The caller has it by value, and
 * nothing is owned or allocated:
 *
 *     struct fault fault;
 *
 *     if (!keyfile_ensure(path, alg, &fault))
 *         log_error("keys.failed", "reason=\"%s\"", fault.text);
 *
 * A function sets it when it fails; after a success it has no meaning. Errors of requests are
 * enum err (err.h); what finds several mistakes in a file fills struct diags (diag.h).
 */
#ifndef LEAT_CORE_FAULT_H
#define LEAT_CORE_FAULT_H

#include <stdbool.h>
#include <stddef.h>

enum { FAULT_TEXT = 1024 };

struct fault {
    bool has_offset; /* the place is known: */
    size_t offset;   /* in bytes from the start of the text that was read */
    char text[FAULT_TEXT];
};

/* Set the text, which is cut to fit, and with it the place, or none. All return false, for
 * `return fault_set(…)`. */
bool fault_set(struct fault *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool fault_set_at(struct fault *f, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts what was being done in front of the text: "path: …". */
bool fault_add_context(struct fault *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Empties it, for a function that must tell whether something that it called has set it. */
static inline void fault_clear(struct fault *f)
{
    f->has_offset = false;
    f->text[0] = '\0';
}

static inline bool fault_is_set(const struct fault *f)
{
    return f->text[0] != '\0';
}

#endif
