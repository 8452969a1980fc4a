/* SPDX-License-Identifier: MIT */
#include "server/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "include/leat_control.h"
#include "lib/conf/conf.h"
#include "lib/core/file.h"
#include "lib/core/jget.h"
#include "lib/core/jread.h"
#include "lib/core/jwrite.h"
#include "lib/core/log.h"
#include "server/commands.h"
#include "server/master.h"

/* A client that does not read its answers is not answered further. */
enum { RPC_DEPTH = 16, BACKLOG = 64, UNREAD_MAX = 1 << 20 };

struct control_client {
    struct control_client *next;
    struct control *control; /* NULL: it is closing */
    uv_pipe_t pipe;
    struct buf line;
    struct json_object *deferred_id; /* of the request that is answered later */
    bool has_deferred;
};

struct reply {
    uv_write_t request;
    struct control_client *client;
    struct buf text;
};

static void on_closed(uv_handle_t *handle)
{
    struct control_client *client = handle->data;

    json_object_put(client->deferred_id);
    buf_fini(&client->line);
    free(client);
}

static void unlink_client(struct control_client *client)
{
    struct control_client **at = &client->control->clients;

    while (*at != client)
        at = &(*at)->next;
    *at = client->next;
}

static void client_close(struct control_client *client)
{
    if (!client->control)
        return;
    reload_forget(&client->control->master->reload, client);
    unlink_client(client);
    client->control->client_count--;
    client->control = NULL;
    uv_close((uv_handle_t *)&client->pipe, on_closed);
}

/* The newest activity goes to the end of the list. */
static void touch(struct control_client *client)
{
    struct control_client **at;

    unlink_client(client);
    for (at = &client->control->clients; *at; at = &(*at)->next)
        ;
    client->next = NULL;
    *at = client;
}

struct master *control_master(struct control_client *client)
{
    return client->control->master;
}

static void take_lines(struct control_client *client);

static void on_written(uv_write_t *request, int status)
{
    struct reply *reply = request->data;

    (void)status;
    take_lines(reply->client);
    buf_fini(&reply->text);
    free(reply);
}

/* Takes the text of `line`. */
static void send_line(struct control_client *client, struct buf *line)
{
    struct reply *reply = calloc(1, sizeof(*reply));
    uv_buf_t out;

    if (!reply)
        abort();
    buf_putc(line, '\n');
    reply->text = *line;
    reply->request.data = reply;
    reply->client = client;
    out = uv_buf_init(reply->text.data, (unsigned)reply->text.len);
    uv_write(&reply->request, (uv_stream_t *)&client->pipe, &out, 1, on_written);
}

static void begin_reply(struct buf *line, struct json_object *id)
{
    buf_puts(line, "{\"jsonrpc\":\"2.0\",\"id\":");
    jwrite_value(line, id);
}

void control_result(struct control_client *client, struct json_object *id, struct slice json)
{
    struct buf line = {0};

    begin_reply(&line, id);
    buf_puts(&line, ",\"result\":");
    buf_put(&line, json.data, json.len);
    buf_putc(&line, '}');
    send_line(client, &line);
}

bool control_defer(struct control_client *client, struct json_object *id)
{
    if (client->has_deferred)
        return false;
    client->has_deferred = true;
    client->deferred_id = json_object_get(id);
    return true;
}

void control_result_deferred(struct control_client *client, struct slice json)
{
    struct json_object *id = client->deferred_id;

    client->deferred_id = NULL;
    client->has_deferred = false;
    control_result(client, id, json);
    json_object_put(id);
}

void control_error(struct control_client *client, struct json_object *id, int code,
                   const char *message)
{
    struct buf line = {0};

    begin_reply(&line, id);
    buf_printf(&line, ",\"error\":{\"code\":%d,\"message\":", code);
    jwrite_string(&line, message, strlen(message));
    buf_puts(&line, "}}");
    send_line(client, &line);
}

static void on_line(struct control_client *client, const char *text, size_t len)
{
    struct json_object *request = NULL, *id;
    struct jread_fault fault;
    const char *method, *version;

    if (!jread_text(text, len, RPC_DEPTH, NULL, &request, &fault)) {
        control_error(client, NULL, LEAT_CONTROL_PARSE, fault.message);
        return;
    }
    id = jget(request, "id");
    method = jget_text(request, "method");
    version = jget_text(request, "jsonrpc");
    if (!method || !version || strcmp(version, "2.0") != 0)
        control_error(client, id, LEAT_CONTROL_REQUEST, "not a JSON-RPC 2.0 request");
    else
        command_run(client, method, id);
    json_object_put(request);
}

static void take_lines(struct control_client *client)
{
    struct buf *b = &client->line;
    char *end;

    while (client->control && b->len &&
           uv_stream_get_write_queue_size((uv_stream_t *)&client->pipe) < UNREAD_MAX &&
           (end = memchr(b->data, '\n', b->len))) {
        size_t len = (size_t)(end - b->data);

        on_line(client, b->data, len);
        b->len -= len + 1;
        memmove(b->data, end + 1, b->len);
    }
    if (client->control && b->len >= LEAT_CONTROL_LINE_MAX) {
        log_warn("control.refused", "reason=\"a line of more than %d bytes\"",
                 LEAT_CONTROL_LINE_MAX);
        client_close(client);
    }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    static char bytes[16384];

    (void)handle, (void)suggested;
    *out = uv_buf_init(bytes, sizeof(bytes));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct control_client *client = stream->data;

    if (n < 0) {
        client_close(client);
        return;
    }
    touch(client);
    buf_put(&client->line, bytes->base, (size_t)n);
    take_lines(client);
}

/* Root and the master's own user may talk to it. */
static bool is_allowed(uv_pipe_t *pipe)
{
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t len = sizeof(peer);
    uv_os_fd_t fd;

    if (uv_fileno((uv_handle_t *)pipe, &fd) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
        return false;
    return peer.uid == 0 || peer.uid == geteuid();
}

static void on_connection(uv_stream_t *server, int status)
{
    struct control *c = server->data;
    struct control_client *client;

    if (status < 0)
        return;
    client = calloc(1, sizeof(*client));
    if (!client)
        abort();
    uv_pipe_init(&c->master->loop, &client->pipe, 0);
    client->pipe.data = client;
    client->control = c;
    client->next = c->clients;
    c->clients = client;
    c->client_count++;
    if (uv_accept(server, (uv_stream_t *)&client->pipe) < 0 || !is_allowed(&client->pipe)) {
        client_close(client);
        return;
    }
    touch(client);
    uv_read_start((uv_stream_t *)&client->pipe, on_alloc, on_read);
    if (c->client_count > CONTROL_CLIENTS_MAX)
        client_close(c->clients);
}

/* Whether another master answers at that path. */
static bool is_taken(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool taken;

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    taken = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    if (fd >= 0)
        close(fd);
    return taken;
}

bool control_open(struct control *c, struct master *m, struct json_object *config,
                  struct diags *diags)
{
    const char *path = conf_string(config, "control.socket");
    mode_t old;
    int rc;

    if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
        diag_error(diags, NULL, "control.socket: %s: the path is too long", path);
        return false;
    }
    if (is_taken(path)) {
        diag_error(diags, NULL, "control.socket: %s: another leat is running there", path);
        return false;
    }
    file_make_parent(path);
    unlink(path);
    c->master = m;
    uv_pipe_init(&m->loop, &c->pipe, 0);
    c->pipe.data = c;
    c->is_open = true;
    old = umask(0177);
    rc = uv_pipe_bind(&c->pipe, path);
    umask(old);
    if (rc == 0)
        c->path = strdup(path);
    if (rc == 0 && chmod(path, (mode_t)conf_int(config, "control.mode")) < 0)
        rc = -errno;
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&c->pipe, BACKLOG, on_connection);
    if (rc == 0)
        return true;
    diag_error(diags, NULL, "control.socket: %s: %s", path, uv_strerror(rc));
    return false;
}

void control_close(struct control *c)
{
    while (c->clients)
        client_close(c->clients);
    if (c->is_open)
        uv_close((uv_handle_t *)&c->pipe, NULL);
    if (c->path)
        unlink(c->path);
    free(c->path);
    c->path = NULL;
    c->is_open = false;
}
