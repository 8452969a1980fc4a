/* SPDX-License-Identifier: MIT */
/*
 * Functions of libh2o 2.2.5 that the executable defines itself: the library calls them through
 * its PLT, so these win. They must be visible to the dynamic linker, hence no static and no hidden
 * visibility; guard_start() proves at start that they are the ones that are called.
 *
 *     phr_parse_request        strict heads, limited in size (head.c)
 *     phr_decode_chunked       strict chunks (chunked.c)
 *     h2o_send_error_generic   the library's own errors as problem details
 *     SSL_shutdown             alerts that reach the client (tls.c)
 *
 * A head that is refused is reported to the library as a whole "GET" in HTTP/1.0 with no headers,
 * whose path is one of our own static strings: the handler knows it by its address, and the
 * library closes the connection after the answer.
 */
#include "workers/http/internal.h"

#include <dlfcn.h>
#include <sys/epoll.h>

#include "workers/http/chunked.h"
#include "workers/http/head.h"

struct phr_header {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};

struct phr_chunked_decoder {
    size_t bytes_left_in_chunk;
    char consume_trailer;
    char _hex_count;
    char _state;
};

int phr_parse_request(const char *buf, size_t len, const char **method, size_t *method_len,
                      const char **path, size_t *path_len, int *minor_version,
                      struct phr_header *headers, size_t *num_headers, size_t last_len);
ssize_t phr_decode_chunked(struct phr_chunked_decoder *decoder, char *buf, size_t *bufsz);

static size_t header_bytes_max = 16384;
static char refused[ERR_COUNT][2]; /* a path for each error */

static void refuse(enum err err, const char **method, size_t *method_len, const char **path,
                   size_t *path_len, int *minor_version, size_t *num_headers)
{
    *method = "GET";
    *method_len = 3;
    *path = refused[err];
    *path_len = 1;
    *minor_version = 0;
    *num_headers = 0;
}

int phr_parse_request(const char *buf, size_t len, const char **method, size_t *method_len,
                      const char **path, size_t *path_len, int *minor_version,
                      struct phr_header *headers, size_t *num_headers, size_t last_len)
{
    static struct head head;
    int result;

    /* Nothing new ended a line: a client that sends byte by byte costs no parse each. */
    if (last_len && last_len < len && len < header_bytes_max &&
        !memchr(buf + last_len, '\n', len - last_len))
        return HEAD_INCOMPLETE;
    result = head_parse((char *)(uintptr_t)buf, len, header_bytes_max, &head);
    if (result == HEAD_INCOMPLETE)
        return HEAD_INCOMPLETE;
    if (head.err) {
        refuse(head.err, method, method_len, path, path_len, minor_version, num_headers);
        return result;
    }
    *method = head.method.data;
    *method_len = head.method.len;
    *path = head.target.data;
    *path_len = head.target.len;
    *minor_version = head.minor_version;
    *num_headers = head.field_count;
    for (size_t i = 0; i < head.field_count; i++)
        headers[i] = (struct phr_header){head.fields[i].name.data, head.fields[i].name.len,
                                         head.fields[i].value.data, head.fields[i].value.len};
    return result;
}

ssize_t phr_decode_chunked(struct phr_chunked_decoder *decoder, char *buf, size_t *bufsz)
{
    struct chunked c = {.left = decoder->bytes_left_in_chunk,
                        .digits = (unsigned char)decoder->_hex_count,
                        .state = (unsigned char)decoder->_state};
    ssize_t result = chunked_decode(&c, buf, bufsz);

    decoder->bytes_left_in_chunk = c.left;
    decoder->_hex_count = (char)c.digits;
    decoder->_state = (char)c.state;
    return result;
}

void h2o_send_error_generic(h2o_req_t *req, int status, const char *reason, const char *body,
                            int flags)
{
    (void)reason, (void)body, (void)flags;
    server_answer_error(req, status == 413   ? ERR_BODY_SIZE
                             : status == 417 ? ERR_EXPECTATION
                             : status < 500  ? ERR_BAD_REQUEST
                                             : ERR_INTERNAL);
}

enum err guard_head_error(const h2o_req_t *req)
{
    const char *path = req->input.path.base;

    if (path >= refused[0] && path < refused[0] + sizeof(refused))
        return (enum err)((size_t)(path - refused[0]) / sizeof(refused[0]));
    return OK;
}

bool guard_start(size_t header_bytes, const char **why)
{
    static const struct {
        const char *name;
        void *ours;
    } overrides[] = {{"phr_parse_request", (void *)phr_parse_request},
                     {"phr_decode_chunked", (void *)phr_decode_chunked},
                     {"h2o_send_error_generic", (void *)h2o_send_error_generic},
                     {"epoll_ctl", (void *)epoll_ctl},
                     {"SSL_shutdown", (void *)SSL_shutdown}};

    header_bytes_max = header_bytes;
    for (int i = 0; i < ERR_COUNT; i++)
        refused[i][0] = '/';
    for (size_t i = 0; i < sizeof(overrides) / sizeof(*overrides); i++)
        if (dlsym(RTLD_DEFAULT, overrides[i].name) != overrides[i].ours) {
            *why = "a guard of libh2o is not in force: the program was linked wrongly";
            return false;
        }
    return true;
}
