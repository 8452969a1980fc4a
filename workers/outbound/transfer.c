/* SPDX-License-Identifier: MIT */
/*
 * Sets up one libcurl handle. Every option that lets a request leave the path that outbound.h
 * promises is set here explicitly: protocols, redirects, proxies of the environment, TLS versions,
 * sizes and times. Where a connection goes is decided in on_socket(), the only place that sees the
 * resolved address. The handle belongs to the loop until it is submitted, then to the thread, and
 * to the loop again once it has finished; no lock guards it.
 */
#include "workers/outbound/transfer.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/core/memory.h"
#include "config.h"

enum {
    TIMEOUT_MS = 5000,
    CONNECT_MS = 3000,
    SLOW_BYTES = 64,
    SLOW_SECONDS = 10, /* a transfer slower than SLOW_BYTES a second for this long is given up */
    LIMIT_BYTES = 1 << 20,
    HEADER_BYTES = 64 << 10
};

_Static_assert(OUTBOUND_ERROR_MAX >= CURL_ERROR_SIZE, "what libcurl writes there");

void transfer_free(struct transfer **t_)
{
    struct transfer *t = *t_;

    *t_ = NULL;
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    curl_slist_free_all(t->recipients);
    buf_fini(&t->body);
    buf_fini(&t->answer);
    free(t);
}

static size_t on_answer(char *data, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;

    if (t->answer.len + size * n > t->limit_bytes) {
        t->fault = "the response is too long";
        return 0;
    }
    buf_put(&t->answer, data, size * n);
    return size * n;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;

    (void)data;
    t->header_bytes += size * n;
    if (t->header_bytes <= HEADER_BYTES)
        return size * n;
    t->fault = "the response has too many headers";
    return 0;
}

static size_t on_message(char *to, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    size_t len = t->body.len - t->sent < size * n ? t->body.len - t->sent : size * n;

    memcpy(to, t->body.data + t->sent, len);
    t->sent += len;
    return len;
}

/* Opens the socket if the resolved address is allowed. */
static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct transfer *t = arg;

    (void)purpose;
    if (destination_allows(t->destination, t->allow, t->allow_count, &a->addr))
        return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
    t->fault = "the address is not public; see outbound.allow";
    return CURL_SOCKET_BAD;
}

/* Restricts where the transfer connects. A connection to an address that only this origin may reach
 * is not reused by others. */
static void set_network(struct transfer *t, const struct outbound_request *o)
{
    t->destination = destination_of(o);
    if (t->destination != DESTINATION_PUBLIC) {
        curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, 1L);
    }
    curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t);
}

/* Sets the headers. Returns false if one contains a line end, which would start another header. */
static bool set_headers(struct transfer *t, const struct outbound_request *o)
{
    for (size_t i = 0; i < o->header_count; i++) {
        struct buf line = {0};
        struct curl_slist *list;

        buf_printf(&line, "%s: %s", o->headers[i].name, o->headers[i].value);
        list = strpbrk(buf_text(&line), "\r\n") ? NULL
                                                : curl_slist_append(t->headers, buf_text(&line));
        buf_fini(&line);
        if (!list)
            return false;
        t->headers = list;
    }
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    return true;
}

static void set_http(struct transfer *t, const struct outbound_request *o)
{
    curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
    set_network(t, o);
    curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(t->easy, CURLOPT_USERAGENT, "leat/" PACKAGE_VERSION);
    curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    if (o->method == OUTBOUND_GET)
        return;
    curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body.len);
    curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, buf_text(&t->body));
}

static void set_text(CURL *easy, CURLoption option, struct slice text)
{
    struct buf copy = {0};

    if (!text.len)
        return;
    buf_put(&copy, text.data, text.len);
    curl_easy_setopt(easy, option, buf_text(&copy));
    explicit_bzero(copy.data, copy.cap);
    buf_fini(&copy);
}

static void set_mail(struct transfer *t, const struct outbound_envelope *e)
{
    static const long levels[] = {[OUTBOUND_TLS_REQUIRED] = CURLUSESSL_ALL,
                                  [OUTBOUND_TLS_OPTIONAL] = CURLUSESSL_TRY,
                                  [OUTBOUND_TLS_OFF] = CURLUSESSL_NONE};

    curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(t->easy, CURLOPT_USE_SSL, levels[e->starttls]);
    curl_easy_setopt(t->easy, CURLOPT_MAIL_FROM, e->from);
    t->recipients = curl_slist_append(NULL, e->to);
    curl_easy_setopt(t->easy, CURLOPT_MAIL_RCPT, t->recipients);
    set_text(t->easy, CURLOPT_USERNAME, e->username);
    set_text(t->easy, CURLOPT_PASSWORD, e->password);
    curl_easy_setopt(t->easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(t->easy, CURLOPT_READFUNCTION, on_message);
    curl_easy_setopt(t->easy, CURLOPT_READDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->body.len);
}

static void set_options(struct transfer *t, const struct outbound_request *o)
{
    CURL *easy = t->easy;
    uint64_t timeout_ms = o->timeout_ms ? o->timeout_ms : TIMEOUT_MS;
    struct curl_blob ca = {(void *)(uintptr_t)o->ca.data, o->ca.len, CURL_BLOB_COPY};

    curl_easy_setopt(easy, CURLOPT_URL, o->url);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* do not wait for a slow name server */
    curl_easy_setopt(easy, CURLOPT_PROXY, "");      /* ignores the environment */
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    if (ca.data)
        curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca);
    if (o->method == OUTBOUND_MAIL)
        set_mail(t, o->envelope);
    else
        set_http(t, o);
}

struct transfer *transfer_new(struct outbound_request *o)
{
    struct transfer *t = xcalloc(1, sizeof(*t));

    if (!(t->easy = curl_easy_init()))
        memory_exhausted(0);
    t->request = o;
    t->limit_bytes = o->limit_bytes ? o->limit_bytes : LIMIT_BYTES;
    buf_put(&t->body, o->body.data, o->body.len);
    set_options(t, o);
    if (set_headers(t, o))
        return t;
    transfer_free(&t);
    return NULL;
}

void transfer_end(struct transfer *t, int code)
{
    const char *type = NULL;
    long status = 0;

    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
    if (type)
        snprintf(t->content_type, sizeof(t->content_type), "%s", type);
    if (code == CURLE_OK || (t->recipients && status >= 400)) /* or a mail server has refused */
        t->status = (int)status;
    if (code != CURLE_OK && !t->fault && !t->error[0])
        t->fault = curl_easy_strerror((CURLcode)code);
    if (code != CURLE_OK && t->fault) /* the last cause: curl may have tried several addresses */
        snprintf(t->error, sizeof(t->error), "%s", t->fault);
}
