/* SPDX-License-Identifier: MIT */
/* A configuration file in a folder of its own, for the tests of what loads it. */
#ifndef LEAT_T_LIB_CONF_CONF_FIXTURE_H
#define LEAT_T_LIB_CONF_CONF_FIXTURE_H

#include <stdbool.h>

#include "lib/conf/conf.h"

struct conf_fixture {
    char folder[64], path[96]; /* path: of leat.yaml in the folder */
    struct diags diags;        /* of the last conf_fixture_load(), as is the next */
    struct json_object *conf;  /* NULL if it failed */
};

/* Makes the folder /tmp/leat-unit-NAME-XXXXXX. */
void conf_fixture_open(struct conf_fixture *f, const char *name);
void conf_fixture_close(struct conf_fixture *f);
/* Loads `text` as the file. Returns false, with errors in f->diags, if it is refused. */
bool conf_fixture_load(struct conf_fixture *f, const char *text);

#endif
