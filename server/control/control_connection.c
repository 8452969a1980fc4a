/* SPDX-License-Identifier: MIT */
/*
 * The kernel names the peer (SO_PEERCRED, SO_PEERGROUPS), never what it sends. Requests are
 * answered in order, except one that a command has deferred: its id is kept, and others may follow.
 * A client that shuts its side still gets its answers; one that does not read them is not served
 * further.
 */
#include "server/control/control_connection.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "include/leat_control.h"
#include "lib/conf/conf.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"

#include <grp.h>

/* UNREAD_MAX: bytes of unread answers; while there are more, no request is taken */
enum { RPC_DEPTH = 16, UNREAD_MAX = 1 << 20, GROUPS_MAX = 256 };

struct control_connection {
    struct control_connection *next;
    struct control *control; /* NULL: the connection is closing */
    uv_pipe_t pipe;
    struct buf line;
    struct json_object *deferred_id; /* id of the request that is answered later */
    bool has_deferred, awaits_drain;
    bool has_ended; /* has shut its side: closed once it has its answers */
    struct ucred peer;
};

struct reply {
    uv_write_t request;
    struct control_connection *client;
    struct buf text;
};

static void on_closed(uv_handle_t *handle)
{
    struct control_connection *client = handle->data;

    json_object_put(client->deferred_id);
    buf_fini(&client->line);
    free(client);
}

static void unlink_client(struct control_connection *client)
{
    struct control_connection **at = &client->control->clients;

    while (*at != client)
        at = &(*at)->next;
    *at = client->next;
}

void control_connection_close(struct control_connection *client)
{
    if (!client->control)
        return;
    client->control->events->on_gone(client->control->owner, client);
    unlink_client(client);
    assert(client->control->client_count > 0);
    client->control->client_count--;
    client->control = NULL;
    uv_close((uv_handle_t *)&client->pipe, on_closed);
}

/* Moves the client to the end of the list, as the most recently active. */
static void touch(struct control_connection *client)
{
    struct control_connection **at;

    unlink_client(client);
    for (at = &client->control->clients; *at; at = &(*at)->next)
        ;
    client->next = NULL;
    *at = client;
}

static void take_lines(struct control_connection *client);

/* Returns whether the client has sent all and got all answers. */
static bool is_over(const struct control_connection *client)
{
    return client->has_ended && !client->has_deferred &&
           !uv_stream_get_write_queue_size((const uv_stream_t *)&client->pipe);
}

static void on_written(uv_write_t *request, int status)
{
    struct reply *reply = request->data;

    take_lines(reply->client);
    if (status < 0 || is_over(reply->client))
        control_connection_close(reply->client);
    buf_fini(&reply->text);
    free(reply);
}

/* Sends the text of `line`, which it takes. */
static void send_line(struct control_connection *client, struct buf *line)
{
    struct reply *reply = xcalloc(1, sizeof(*reply));
    uv_buf_t out;

    assert(line->len);
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

void control_result(struct control_connection *client, struct json_object *id, struct slice json)
{
    struct buf line = {0};

    begin_reply(&line, id);
    buf_puts(&line, ",\"result\":");
    buf_put(&line, json.data, json.len);
    buf_putc(&line, '}');
    send_line(client, &line);
}

bool control_defer(struct control_connection *client, struct json_object *id)
{
    assert(client->control);
    if (client->has_deferred)
        return false;
    client->has_deferred = true;
    client->deferred_id = json_object_get(id);
    return true;
}

void control_outcome(struct control_connection *client, struct json_object *id, bool ok,
                     const char *text)
{
    struct buf b = {0};

    buf_printf(&b, "{\"ok\":%s,\"text\":", ok ? "true" : "false");
    jwrite_string(&b, text, strlen(text));
    buf_putc(&b, '}');
    control_result(client, id, buf_slice(&b));
    buf_fini(&b);
}

/* Returns the kept id, which becomes the caller's. */
static struct json_object *take_deferred(struct control_connection *client)
{
    struct json_object *id = client->deferred_id;

    assert(client->has_deferred);
    client->deferred_id = NULL;
    client->has_deferred = client->awaits_drain = false;
    return id;
}

void control_result_deferred(struct control_connection *client, struct slice json)
{
    struct json_object *id = take_deferred(client);

    control_result(client, id, json);
    json_object_put(id);
}

void control_outcome_deferred(struct control_connection *client, bool ok, const char *text)
{
    struct json_object *id = take_deferred(client);

    control_outcome(client, id, ok, text);
    json_object_put(id);
}

void control_await_drain(struct control_connection *client)
{
    assert(client->has_deferred);
    client->awaits_drain = true;
}

void control_error(struct control_connection *client, struct json_object *id, int code,
                   const char *message)
{
    struct buf line = {0};

    begin_reply(&line, id);
    buf_printf(&line, ",\"error\":{\"code\":%d,\"message\":", code);
    jwrite_string(&line, message, strlen(message));
    buf_puts(&line, "}}");
    send_line(client, &line);
}

static void on_line(struct control_connection *client, const char *text, size_t len)
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
        client->control->events->on_request(client->control->owner, client, method,
                                            jget(request, "params"), id);
    json_object_put(request);
}

static void take_lines(struct control_connection *client)
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
        control_connection_close(client);
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
    struct control_connection *client = stream->data;

    if (n < 0) {
        client->has_ended = true;
        uv_read_stop(stream);
        if (n != UV_EOF || is_over(client))
            control_connection_close(client);
        return;
    }
    touch(client);
    buf_put(&client->line, bytes->base, (size_t)n);
    take_lines(client);
}

static bool read_peer(struct control_connection *client)
{
    socklen_t len = sizeof(client->peer);
    uv_os_fd_t fd;

    return uv_fileno((uv_handle_t *)&client->pipe, &fd) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &client->peer, &len) == 0;
}

/* Returns whether the peer is in the group, its primary one or another. */
static bool is_member(const struct control_connection *client, const char *name)
{
    const struct group *group = name ? getgrnam(name) : NULL;
    gid_t groups[GROUPS_MAX];
    socklen_t len = sizeof(groups);
    uv_os_fd_t fd;

    if (!group)
        return false;
    if (client->peer.gid == group->gr_gid)
        return true;
    if (uv_fileno((const uv_handle_t *)&client->pipe, &fd) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
        return false;
    for (size_t i = 0; i < len / sizeof(*groups); i++)
        if (groups[i] == group->gr_gid)
            return true;
    return false;
}

enum control_role control_role_of(struct control_connection *client)
{
    struct json_object *config = client->control->events->config(client->control->owner);

    if (client->peer.uid == 0 || client->peer.uid == geteuid())
        return ROLE_ADMIN;
    if (!config)
        return ROLE_NONE;
    if (is_member(client, conf_string(config, "control.admins")))
        return ROLE_ADMIN;
    return is_member(client, conf_string(config, "control.readers")) ? ROLE_READER : ROLE_NONE;
}

struct control_peer control_peer_of(const struct control_connection *client)
{
    return (struct control_peer){client->peer.uid, client->peer.pid};
}

/* Closes the client that is idle for longest; one that waits for an answer is not idle. */
static void make_room(struct control *c)
{
    struct control_connection *client = c->clients;

    assert(client);
    while (client->has_deferred && client->next)
        client = client->next;
    control_connection_close(client);
}

/* Opens the connection on `fd`, which it takes. Returns false if that failed. */
static bool open_client(struct control_connection *client, int fd)
{
    int rc = uv_pipe_open(&client->pipe, fd);

    if (rc < 0)
        close(fd);
    return rc == 0 && read_peer(client) &&
           uv_read_start((uv_stream_t *)&client->pipe, on_alloc, on_read) == 0;
}

/* Pauses accepting when no descriptor is free; clients wait in the backlog. */
static void refuse_for_now(struct control *c)
{
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
        return;
    if (!c->is_starved)
        log_error("control.accept", "error=\"%s\": retrying", strerror(errno));
    c->is_starved = true;
    control_pause(c);
}

void control_connection_accept(struct control *c)
{
    int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct control_connection *client;

    if (fd < 0) {
        refuse_for_now(c);
        return;
    }
    c->is_starved = false;
    client = xcalloc(1, sizeof(*client));
    uv_pipe_init(c->loop, &client->pipe, 0);
    client->pipe.data = client;
    client->control = c;
    client->next = c->clients;
    c->clients = client;
    c->client_count++;
    if (!open_client(client, fd)) {
        control_connection_close(client);
        return;
    }
    touch(client);
    if (c->client_count > CONTROL_CONNECTIONS_MAX)
        make_room(c);
}

void control_connection_tell_drained(struct control *c, const char *text)
{
    struct control_connection *next;

    for (struct control_connection *client = c->clients; client; client = next) {
        next = client->next;
        if (client->awaits_drain)
            control_outcome_deferred(client, true, text);
    }
}
