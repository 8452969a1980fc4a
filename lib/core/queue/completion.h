/* SPDX-License-Identifier: MIT */
/*
 * States when the result of a call is available. A function that sometimes ends at once and
 * sometimes takes longer returns one of these, and never calls `done` before it returns:
 *
 *     if (db_submit(db, &job) == DONE)
 *         on_done(&job);
 *
 * If a callback could run inside the call, it would find its caller in an intermediate state, and
 * the caller could find its own data freed.
 */
#ifndef LEAT_CORE_QUEUE_COMPLETION_H
#define LEAT_CORE_QUEUE_COMPLETION_H

enum completion {
    DONE,  /* it is there now, and `done` is not called */
    LATER, /* `done` is called once, in a later turn of the loop */
};

#endif
