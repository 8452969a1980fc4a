/* SPDX-License-Identifier: MIT */
/* The yardstick: the least that libh2o and SQLite can do for the answers that leat gives.
 *
 *     rawh2o PORT DATABASE [shared]
 *     GET /v1/health       {"status":"ok"}
 *     GET /v1/todos/ID     the row as JSON, under the headers that leat sends
 *     GET /v1/list         the 20 newest rows that are not done, in leat's envelope
 *
 * No validation, no limits, no error but 404. A read is a transaction of its own (autocommit), or
 * with "shared" the reads of one turn of the loop have one, as in leat. */
#include <arpa/inet.h>
#include <errno.h>
#include <h2o.h>
#include <h2o/http1.h>
#include <h2o/version.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

enum { UUID_TEXT = 36, NUMBERS = 2 * 20, CURSOR = 69 };

static h2o_globalconf_t config;
static h2o_context_t context;
static h2o_accept_ctx_t accepting;
static sqlite3 *db;
static sqlite3_stmt *by_id, *newest, *begin, *commit;
static sqlite3_stmt *row; /* the one whose current row is rendered */
static bool is_shared, is_reading;

static void fatal(const char *what, const char *why)
{
    fprintf(stderr, "rawh2o: %s: %s\n", what, why);
    exit(1);
}

/* Returns the next 10 random bytes; one system call yields a hundred times that. */
static const unsigned char *random_bytes(void)
{
    static unsigned char pool[1000];
    static size_t left;

    if (!left) {
        if (getrandom(pool, sizeof(pool), 0) != sizeof(pool))
            fatal("getrandom", strerror(errno));
        left = sizeof(pool);
    }
    left -= 10;
    return pool + left;
}

static void uuid_v7(char out[static UUID_TEXT])
{
    static const char hex[] = "0123456789abcdef";
    struct timespec now;
    unsigned char id[16];
    uint64_t ms;

    clock_gettime(CLOCK_REALTIME, &now);
    ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    for (int i = 0; i < 6; i++)
        id[i] = (unsigned char)(ms >> (40 - 8 * i));
    memcpy(id + 6, random_bytes(), 10);
    id[6] = (unsigned char)(0x70 | (id[6] & 0x0f));
    id[8] = (unsigned char)(0x80 | (id[8] & 0x3f));
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = hex[id[i] >> 4];
        *out++ = hex[id[i] & 15];
    }
}

/* Sends the answer; its body must live as long as the request: static, or in its pool. */
static int answer(h2o_req_t *req, int status, h2o_iovec_t body)
{
    static h2o_generator_t generator;

    req->res.status = status;
    req->res.reason = status == 200 ? "OK" : "Not Found";
    req->res.content_length = body.len;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   H2O_STRLIT("application/json"));
    h2o_start_response(req, &generator);
    h2o_send(req, &body, 1, H2O_SEND_STATE_FINAL);
    return 0;
}

static int on_health(h2o_handler_t *self, h2o_req_t *req)
{
    (void)self;
    return answer(req, 200, h2o_iovec_init(H2O_STRLIT("{\"status\":\"ok\"}")));
}

static char *put(char *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}

static char *put_integer(char *at, int column)
{
    char digits[24], *first = digits + sizeof(digits);
    int64_t value = sqlite3_column_int64(row, column);
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

    do
        *--first = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        *--first = '-';
    return put(at, first, (size_t)(digits + sizeof(digits) - first));
}

static char *put_escaped(char *at, char c)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *known = c ? strchr(from, c) : NULL;

    if (!known)
        return at + sprintf(at, "\\u%04x", (unsigned)c);
    *at++ = '\\';
    *at++ = to[known - from];
    return at;
}

static char *put_text(char *at, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    size_t len = (size_t)sqlite3_column_bytes(row, column);

    if (!text)
        return put(at, H2O_STRLIT("null"));
    *at++ = '"';
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == '"' || text[i] == '\\')
            at = put_escaped(at, text[i]);
        else
            *at++ = text[i];
    *at++ = '"';
    return at;
}

/* Returns the most bytes that the current row can take as JSON. */
static size_t room_for_row(void)
{
    size_t texts = 0;

    for (int column = 2; column <= 6; column++)
        texts += (size_t)sqlite3_column_bytes(row, column);
    return 128 + NUMBERS + 6 * texts;
}

static char *put_row(char *at)
{
    at = put_integer(put(at, H2O_STRLIT("{\"id\":")), 0);
    at = put_integer(put(at, H2O_STRLIT(",\"list_id\":")), 1);
    at = put_text(put(at, H2O_STRLIT(",\"title\":")), 2);
    at = sqlite3_column_int(row, 3) ? put(at, H2O_STRLIT(",\"done\":true,\"tags\":"))
                                    : put(at, H2O_STRLIT(",\"done\":false,\"tags\":"));
    at = put(at, (const char *)sqlite3_column_text(row, 4),
             (size_t)sqlite3_column_bytes(row, 4)); /* the column contains a JSON array */
    at = put_text(put(at, H2O_STRLIT(",\"due\":")), 5);
    at = put_text(put(at, H2O_STRLIT(",\"created_at\":")), 6);
    *at++ = '}';
    return at;
}

/* Renders the current row; allocates for the worst case at once. */
static h2o_iovec_t render(h2o_mem_pool_t *pool)
{
    char *body = h2o_mem_alloc_pool(pool, room_for_row());

    return h2o_iovec_init(body, (size_t)(put_row(body) - body));
}

static void add_headers(h2o_req_t *req)
{
    char *id = h2o_mem_alloc_pool(&req->pool, UUID_TEXT);

    uuid_v7(id);
    h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("x-request-id"), 0, NULL, id,
                          UUID_TEXT);
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CACHE_CONTROL, NULL,
                   H2O_STRLIT("no-store"));
    h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("x-content-type-options"), 0,
                          NULL, H2O_STRLIT("nosniff"));
    h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("referrer-policy"), 0, NULL,
                          H2O_STRLIT("no-referrer"));
    h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("content-security-policy"), 0,
                          NULL, H2O_STRLIT("default-src 'none'; frame-ancestors 'none'"));
    h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("cross-origin-resource-policy"),
                          0, NULL, H2O_STRLIT("same-origin"));
}

/* Returns the number after the handler's path; 0, which is no row's id, if there is anything
 * else. */
static int64_t id_of(const h2o_req_t *req)
{
    size_t from = req->pathconf->path.len, len = req->path_normalized.len;
    int64_t id = 0;

    for (size_t i = from; i < len; i++) {
        char c = req->path_normalized.base[i];

        if (c < '0' || c > '9' || len - from > 18)
            return 0;
        id = id * 10 + (c - '0');
    }
    return id;
}

static void run(sqlite3_stmt *stmt)
{
    if (sqlite3_step(stmt) != SQLITE_DONE)
        fatal("a transaction", sqlite3_errmsg(db));
    sqlite3_reset(stmt);
}

/* Begins the transaction that the reads of this turn share. */
static void read_with(sqlite3_stmt *stmt)
{
    row = stmt;
    if (!is_shared || is_reading)
        return;
    run(begin);
    is_reading = true;
}

static void end_turn(void)
{
    if (is_reading)
        run(commit);
    is_reading = false;
}

static int on_todo(h2o_handler_t *self, h2o_req_t *req)
{
    h2o_iovec_t body = h2o_iovec_init(H2O_STRLIT("{\"error\":\"not found\"}"));
    bool is_found;

    (void)self;
    read_with(by_id);
    sqlite3_bind_int64(by_id, 1, id_of(req));
    is_found = sqlite3_step(by_id) == SQLITE_ROW;
    if (is_found)
        body = render(&req->pool);
    sqlite3_reset(by_id);
    add_headers(req);
    return answer(req, is_found ? 200 : 404, body);
}

/* Sends a page. Its cursor is as long as leat's, and of no use. */
static int on_list(h2o_handler_t *self, h2o_req_t *req)
{
    static char text[65536];
    char *at = put(text, H2O_STRLIT("{\"items\":[")), *body;

    (void)self;
    read_with(newest);
    sqlite3_bind_int(newest, 1, 0);
    sqlite3_bind_int(newest, 2, 21);
    for (int count = 0; sqlite3_step(newest) == SQLITE_ROW && count < 20; count++) {
        if (room_for_row() > sizeof(text) / 21)
            fatal("a row", "is too long");
        if (count)
            *at++ = ',';
        at = put_row(at);
    }
    sqlite3_reset(newest);
    at = put(at, H2O_STRLIT("],\"next\":\""));
    memset(at, 'x', CURSOR);
    at = put(at + CURSOR, H2O_STRLIT("\"}"));
    body = h2o_mem_alloc_pool(&req->pool, (size_t)(at - text));
    memcpy(body, text, (size_t)(at - text));
    add_headers(req);
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_VARY, NULL,
                   H2O_STRLIT("accept-encoding"));
    return answer(req, 200, h2o_iovec_init(body, (size_t)(at - text)));
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
        fatal(sql, sqlite3_errmsg(db));
    return stmt;
}

#define COLUMNS "SELECT id, list_id, title, done, tags, due, created_at FROM todos "

static void open_database(const char *path)
{
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
            SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA query_only = ON", NULL, NULL, NULL) !=
            SQLITE_OK)
        fatal(path, sqlite3_errmsg(db));
    by_id = prepare(COLUMNS "WHERE id = ?");
    newest = prepare(COLUMNS "WHERE done = ? ORDER BY created_at DESC, id DESC LIMIT ?");
    begin = prepare("BEGIN");
    commit = prepare("COMMIT");
}

static void on_connection(h2o_socket_t *listener, const char *err)
{
    h2o_socket_t *sock = err ? NULL : h2o_evloop_socket_accept(listener);

    if (sock)
        h2o_accept(&accepting, sock);
}

static void listen_on(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    h2o_socket_t *sock;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 1024) != 0)
        fatal(port, strerror(errno));
    sock = h2o_evloop_socket_create(context.loop, fd, H2O_SOCKET_FLAG_DONT_READ);
    h2o_socket_read_start(sock, on_connection);
}

static void serve(h2o_hostconf_t *host, const char *path, int (*fn)(h2o_handler_t *, h2o_req_t *))
{
    h2o_pathconf_t *conf = h2o_config_register_path(host, path, 0);

    h2o_create_handler(conf, sizeof(h2o_handler_t))->on_req = fn;
}

int main(int argc, char **argv)
{
    h2o_hostconf_t *host;

    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return printf("libh2o %s, SQLite %s\n", H2O_VERSION, sqlite3_libversion()) < 0;
    is_shared = argc == 4 && strcmp(argv[3], "shared") == 0;
    if (argc != 3 + is_shared)
        fatal("usage", "rawh2o PORT DATABASE [shared] | --version");
    open_database(argv[2]);
    h2o_config_init(&config);
    host = h2o_config_register_host(&config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    serve(host, "/v1/health", on_health);
    serve(host, "/v1/todos/", on_todo);
    serve(host, "/v1/list", on_list);
    h2o_context_init(&context, h2o_evloop_create(), &config);
    accepting = (h2o_accept_ctx_t){.ctx = &context, .hosts = config.hosts};
    listen_on(argv[1]);
    for (;;) {
        if (h2o_evloop_run(context.loop, INT32_MAX) != 0 && errno != EINTR)
            fatal("h2o_evloop_run", strerror(errno));
        end_turn();
    }
}
