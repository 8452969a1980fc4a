/* SPDX-License-Identifier: MIT */
/* A linter of Prometheus' text format 0.0.4, stricter than a scraper: HELP and TYPE of each family
 * once and first, families in one piece, no series twice, escapes, UTF-8, whole histograms. */
#ifndef LEAT_T_LIB_EXPOSITION_H
#define LEAT_T_LIB_EXPOSITION_H

/* NULL if `text` is well formed, otherwise what is wrong; *line is the last line that was read. */
const char *exposition_lint(const char *text, unsigned *line);

#endif
