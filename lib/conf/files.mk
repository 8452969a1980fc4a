# SPDX-License-Identifier: MIT

libconf_a_SOURCES += \
  lib/conf/conf.c \
  lib/conf/conf.def \
  lib/conf/conf.h \
  lib/conf/conf_load.c \
  lib/conf/conf_rules.c \
  lib/conf/conf_rules.h \
  lib/conf/conf_sample.c \
  lib/conf/conf_types.def \
  lib/conf/database_keys.c \
  lib/conf/database_keys.h \
  lib/conf/database_source.c \
  lib/conf/database_source.h \
  lib/conf/file_clash.c \
  lib/conf/file_clash.h \
  lib/conf/logging.c \
  lib/conf/logging.h \
  lib/conf/os_account.c \
  lib/conf/os_account.h \
  lib/conf/postgresql_url.c \
  lib/conf/postgresql_url.h \
  lib/conf/release.c \
  lib/conf/release.h \
  lib/conf/secret.c \
  lib/conf/secret.h \
  lib/conf/units.c \
  lib/conf/units.h \
  lib/conf/value.c \
  lib/conf/value.h \
  lib/conf/value_text.c \
  lib/conf/value_text.h \
  lib/conf/yaml.c \
  lib/conf/yaml.h \
  lib/conf/yaml_anchor.c \
  lib/conf/yaml_anchor.h \
  lib/conf/yaml_scalar.c \
  lib/conf/yaml_scalar.h \
  lib/conf/yaml_surrogates.c \
  lib/conf/yaml_surrogates.h \
  lib/conf/yaml_write.c \
  lib/conf/yaml_write.h
