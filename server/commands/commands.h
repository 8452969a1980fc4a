/* SPDX-License-Identifier: MIT */
/*
 * The commands of the control socket, and the parts of a master that they show and change. A new
 * one is a row of verbs.def and a function: see call.h.
 */
#ifndef LEAT_SERVER_COMMANDS_COMMANDS_H
#define LEAT_SERVER_COMMANDS_COMMANDS_H

#include "server/backup/backups.h"
#include "server/commands/admin.h"
#include "server/control/control.h"
#include "server/generation/fleet.h"
#include "server/reload/reload.h"
#include "server/reload/upgrade.h"
#include "server/sockets/listen.h"

struct commands {
    struct fleet *fleet;
    struct reload *reload;
    struct upgrade *upgrade;
    struct backups *backups;
    const struct listeners *listeners;
    uint64_t started_real_ms; /* when leat was started */
    void *owner;
    void (*stop)(void *owner); /* drains, then exits */
    struct admins admins;
};

/* Runs commands for the control socket, whose owner is a struct commands. */
extern const struct control_events command_events;

#endif
