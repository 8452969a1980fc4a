# SPDX-License-Identifier: MIT

leat_SOURCES += \
  server/commands/admin.c \
  server/commands/admin.h \
  server/commands/call.h \
  server/commands/command_limits.c \
  server/commands/commands.c \
  server/commands/commands.h \
  server/commands/report.c \
  server/commands/report.h \
  server/commands/verbs.def \
  server/commands/verbs.h \
  server/control/control.c \
  server/control/control.h \
  server/control/control_client.c \
  server/control/control_client.h \
  server/generation/alarm.c \
  server/generation/alarm.h \
  server/generation/child.c \
  server/generation/child.h \
  server/generation/fleet.c \
  server/generation/fleet.h \
  server/generation/generation.c \
  server/generation/generation.h \
  server/generation/ledger.c \
  server/generation/ledger.h \
  server/generation/logs.c \
  server/generation/logs.h \
  server/generation/segment.c \
  server/generation/segment.h \
  server/generation/supervise.c \
  server/generation/supervise.h \
  server/main.c \
  server/master.c \
  server/master.h \
  server/new.c \
  server/new.h \
  server/process/environment.c \
  server/process/environment.h \
  server/process/exit_status.h \
  server/process/installed.c \
  server/process/installed.h \
  server/process/notify.c \
  server/process/notify.h \
  server/process/pidfile.c \
  server/process/pidfile.h \
  server/process/privileges.c \
  server/process/privileges.h \
  server/process/reaper.c \
  server/process/reaper.h \
  server/process/subprocess.c \
  server/process/subprocess.h \
  server/reload/reload.c \
  server/reload/reload.h \
  server/reload/reload_steps.c \
  server/reload/reload_steps.h \
  server/reload/reload_waiters.c \
  server/reload/reload_waiters.h \
  server/reload/upgrade.c \
  server/reload/upgrade.h \
  server/sockets/listen.c \
  server/sockets/listen.h \
  server/sockets/unix_socket.c \
  server/sockets/unix_socket.h \
  server/start.c \
  server/start.h \
  server/watch.c \
  server/watch.h

leatctl_SOURCES += \
  server/commands/verbs.def \
  server/commands/verbs.h \
  server/leatctl/arguments.c \
  server/leatctl/arguments.h \
  server/leatctl/leatctl.c \
  server/leatctl/table.c \
  server/leatctl/table.h
