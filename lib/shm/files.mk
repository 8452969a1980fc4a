# SPDX-License-Identifier: MIT

libshm_a_SOURCES += \
  lib/shm/activity.c \
  lib/shm/activity.h \
  lib/shm/ban.c \
  lib/shm/ban.h \
  lib/shm/counts.def \
  lib/shm/epoch.c \
  lib/shm/epoch.h \
  lib/shm/facts.def \
  lib/shm/layout.h \
  lib/shm/gauges.def \
  lib/shm/layout_counts.h \
  lib/shm/layout_database.h \
  lib/shm/layout_limits.h \
  lib/shm/limit.c \
  lib/shm/limit.h \
  lib/shm/metrics.c \
  lib/shm/metrics.h \
  lib/shm/shm.c \
  lib/shm/shm.h \
  lib/shm/stats.c \
  lib/shm/stats.h \
  lib/shm/ticket.c \
  lib/shm/ticket.h \
  lib/shm/trouble.c \
  lib/shm/trouble.def \
  lib/shm/trouble.h \
  lib/shm/writer_use.c \
  lib/shm/writer_use.h
