/* SPDX-License-Identifier: MIT */
/*
 * When the result of a call is there. A function that sometimes ends at once and sometimes takes
 * longer returns one of these, and never calls `done` before it returns:
 *
 *     if (db_submit(db, &job) == DONE)
 *         on_done(&job);
 *
 * A callback that might run inside the call would find its caller half-way, and the caller would
 * find what it holds freed.
 */
#ifndef LEAT_CORE_COMPLETION_H
#define LEAT_CORE_COMPLETION_H

enum completion {
    DONE,  /* it is there now, and `done` is not called */
    LATER, /* `done` is called once, in a later turn of the loop */
};

#endif
