/* SPDX-License-Identifier: MIT */
/*
 * The proofs of h2o_seam.def. libh2o has no hooks for what we change in it: the executable defines
 * functions that the library calls, and the dynamic linker prefers those. Nothing fails where that
 * stops working (a library linked statically or with -Bsymbolic, one that calls another function
 * instead): the worker would serve with the library's lenient parser and without our limits. So
 * each worker proves each row before it serves, and refuses to start, with the row's name, if one
 * fails.
 *
 * An override is proved by two facts: the library's relocations name the symbol, so the linker has
 * bound it; and the whole process resolves that name to our function. What is private is proved by
 * a probe: the library is made to use it, on a socket pair that nobody else knows.
 */
#include "workers/http/h2o_seam.h"

#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "workers/http/libh2o.h"

_Static_assert(H2O_LIBRARY_VERSION_MAJOR == 0 && H2O_LIBRARY_VERSION_MINOR == 13,
               "libh2o 0.13 (H2O 2.2) is needed: h2o_seam.def is true of no other");

bool seam_prove_overrides(size_t header_bytes, struct fault *fault)
{
    static const struct {
        const char *symbol;
        void *ours;
    } overrides[] = {
#define OVERRIDE(symbol, purpose) {#symbol, (void *)symbol},
#define PRIVATE(what, probe, proof, purpose)
#include "workers/http/h2o_seam.def"
#undef OVERRIDE
#undef PRIVATE
    };

    seam_limit_heads(header_bytes);
    if (!libh2o_find()) {
        fault_set(fault, "the code of libh2o cannot be located");
        return false;
    }
    for (size_t i = 0; i < sizeof(overrides) / sizeof(*overrides); i++) {
        const char *symbol = overrides[i].symbol;

        if (libh2o_imports(symbol) && dlsym(RTLD_DEFAULT, symbol) == overrides[i].ours)
            continue;
        fault_set(fault, "this libh2o does not use our %s(); libh2o 2.2.5 is needed", symbol);
        return false;
    }
    return true;
}

static void ignore_event(h2o_socket_t *sock, const char *err)
{
    (void)sock, (void)err;
}

/* Creates a socket whose peer keeps silent. Returns NULL, and no peer, if there is none to be
 * had. */
static h2o_socket_t *open_probe(int *peer)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return NULL;
    *peer = pair[1];
    return h2o_evloop_socket_create(http.context.loop, pair[0],
                                    H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
}

static void close_probe(h2o_socket_t *sock, int peer)
{
    h2o_socket_close(sock);
    close(peer);
}

static bool probe_reader(void)
{
    int peer;
    h2o_socket_t *sock = open_probe(&peer);
    bool is_set;

    if (!sock)
        return false;
    h2o_socket_read_start(sock, ignore_event);
    is_set = sock->_cb.read == ignore_event;
    close_probe(sock, peer);
    return is_set;
}

static bool probe_buffer(void)
{
    size_t room = h2o_socket_buffer_prototype._initial_buf.capacity;

    return room > 0 && room < SEAM_LARGE_READ;
}

static h2o_socket_t *shaking; /* the socket of the handshake that probe_bio() began */

static void note_handshake(const SSL *ssl, int where, int value)
{
    (void)value;
    if (where & SSL_CB_HANDSHAKE_START)
        shaking = seam_socket_of(ssl);
}

static bool probe_bio(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    int peer;
    h2o_socket_t *sock = context ? open_probe(&peer) : NULL;
    bool is_socket;

    if (sock) {
        SSL_CTX_set_info_callback(context, note_handshake);
        *h2o_buffer_reserve(&sock->input, 1).base = '\x16';
        sock->input->size = 1; /* the first byte of a handshake, so that it begins at once */
        h2o_socket_ssl_handshake(sock, context, NULL, ignore_event);
        close_probe(sock, peer);
    }
    is_socket = sock && shaking == sock;
    SSL_CTX_free(context);
    return is_socket;
}

bool seam_prove_privates(struct fault *fault)
{
    static const struct {
        const char *what, *proof;
        bool (*is_true)(void);
    } privates[] = {
#define OVERRIDE(symbol, purpose)
#define PRIVATE(what, probe, proof, purpose) {what, proof, probe},
#include "workers/http/h2o_seam.def"
#undef OVERRIDE
#undef PRIVATE
    };

    for (size_t i = 0; i < sizeof(privates) / sizeof(*privates); i++)
        if (!privates[i].is_true()) {
            fault_set(fault, "this libh2o fails the probe of %s (%s); libh2o 2.2.5 is needed",
                      privates[i].what, privates[i].proof);
            return false;
        }
    return true;
}

void seam_end_reading(h2o_socket_t *sock)
{
    sock->_cb.read(sock, h2o_socket_error_closed);
}

h2o_socket_t *seam_socket_of(const SSL *ssl)
{
    return BIO_get_data(SSL_get_rbio(ssl));
}
