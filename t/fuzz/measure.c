/* SPDX-License-Identifier: MIT */
/*
 * Prints the cost of inputs of the target "cost" on this machine: with optimized code, without the
 * fuzzer, with a body of a mebibyte, the best of some runs. The most expensive comes last.
 *
 *  find OUT/corpus/cost -type f | xargs OUT/measure | sort -n
 */
#include <stdio.h>

#include "lib/core/buf.h"
#include "lib/core/system/file.h"
#include "t/fuzz/cost_run.h"

enum { LARGE = 1 << 20, RUNS = 5, INPUT_MAX = 1024 };

static void measure(const char *path)
{
    struct buf text = {0};
    struct cost best = {0}, now;

    if (!file_read(path, INPUT_MAX, &text) || text.len < 2 || (unsigned char)text.data[0] < '0')
        return;
    for (int i = 0; i < RUNS; i++) {
        now = cost_run(buf_slice(&text), LARGE);
        if (!i || now.ns < best.ns)
            best = now;
    }
    printf("%8.2f ms %6.2f bytes/byte %6.2f ns/step, %zu bytes, schema %u, end %d: %s\n",
           (double)best.ns / 1e6, (double)best.bytes / (double)best.size,
           (double)best.ns / (double)(best.steps + 1), best.size, best.schema, (int)best.end, path);
    buf_fini(&text);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        measure(argv[i]);
    return 0;
}
