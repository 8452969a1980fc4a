# SPDX-License-Identifier: MIT

leat_SOURCES += \
  server/admin.c \
  server/admin.h \
  server/alarm.c \
  server/alarm.h \
  server/call.h \
  server/child.c \
  server/child.h \
  server/command_limits.c \
  server/commands.c \
  server/commands.h \
  server/control.c \
  server/control.h \
  server/control_client.c \
  server/control_client.h \
  server/environment.c \
  server/environment.h \
  server/generation.c \
  server/generation.h \
  server/installed.c \
  server/installed.h \
  server/ledger.c \
  server/ledger.h \
  server/listen.c \
  server/listen.h \
  server/logs.c \
  server/main.c \
  server/master.c \
  server/master.h \
  server/privileges.c \
  server/privileges.h \
  server/new.c \
  server/new.h \
  server/notify.c \
  server/notify.h \
  server/pidfile.c \
  server/pidfile.h \
  server/reload.c \
  server/reload.h \
  server/reload_steps.c \
  server/reload_steps.h \
  server/report.c \
  server/report.h \
  server/segment.c \
  server/segment.h \
  server/start.c \
  server/start.h \
  server/subprocess.c \
  server/subprocess.h \
  server/supervise.c \
  server/supervise.h \
  server/unix_socket.c \
  server/unix_socket.h \
  server/upgrade.c \
  server/upgrade.h \
  server/verbs.def \
  server/verbs.h \
  server/watch.c \
  server/watch.h

leatctl_SOURCES += \
  server/arguments.c \
  server/arguments.h \
  server/leatctl.c \
  server/print.c \
  server/print.h \
  server/verbs.def \
  server/verbs.h
