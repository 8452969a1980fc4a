/* SPDX-License-Identifier: MIT */
#include "server/process/environment.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/core/buf.h"
#include "lib/core/system/file.h"
#include "lib/core/memory.h"

enum { CONFIG_MAX = 4 << 20 };

static const char reference[] = "env:";
static const char name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "abcdefghijklmnopqrstuvwxyz0123456789_";

/* Variables of the service manager, which are for the master only. */
static const char managers[] = "NOTIFY_SOCKET|WATCHDOG_USEC|WATCHDOG_PID";

static char **hidden; /* names of variables */
static size_t hidden_count;

static bool is_hidden(const char *name, size_t len)
{
    struct slice rest = slice_of(managers);

    for (size_t i = 0; i < hidden_count; i++)
        if (slice_is((struct slice){name, len}, hidden[i]))
            return true;
    while (rest.len) {
        struct slice manager = slice_cut(&rest, '|');

        if (manager.len == len && memcmp(manager.data, name, len) == 0)
            return true;
    }
    return false;
}

static void hide(const char *name, size_t len)
{
    if (!len || is_hidden(name, len))
        return;
    hidden = xreallocarray(hidden, hidden_count + 1, sizeof(*hidden));
    hidden[hidden_count++] = xstrndup(name, len);
}

static void hide_named(const char *at)
{
    while ((at = strstr(at, reference))) {
        at += strlen(reference);
        hide(at, strspn(at, name_characters));
    }
}

bool environment_hide_named(const char *path)
{
    struct buf text = {0};
    bool ok = file_read(path, CONFIG_MAX, &text);
    int error = errno;

    if (ok)
        hide_named(buf_text(&text));
    buf_fini(&text);
    errno = error;
    return ok || (error != EMFILE && error != ENFILE && error != ENOMEM);
}

static void on_value(void *arg, struct json_object *value)
{
    const char *text = json_object_get_string(value);

    (void)arg;
    if (text && strncmp(text, reference, strlen(reference)) == 0)
        hide(text + strlen(reference), strlen(text) - strlen(reference));
}

void environment_hide_secrets(struct json_object *config)
{
    for (size_t i = 0; i < conf_key_count; i++)
        if (conf_keys[i].type == CONF_SECRET || conf_keys[i].type == CONF_PEM)
            conf_each(config, conf_keys[i].path, on_value, NULL);
}

char **environment_visible(void)
{
    size_t count = 0, kept = 0;
    char **list;

    while (environ[count])
        count++;
    list = xcalloc(count + 1, sizeof(*list));
    for (size_t i = 0; i < count; i++)
        if (!is_hidden(environ[i], strcspn(environ[i], "=")))
            list[kept++] = environ[i];
    return list;
}
