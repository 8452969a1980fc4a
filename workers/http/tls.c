/* SPDX-License-Identifier: MIT */
/*
 * TLS of a listener: one OpenSSL context for each certificate, chosen by the client's server name;
 * the first serves all other names. Session tickets are sealed with keys in shared memory, so that
 * any worker resumes a session that another began. A session belongs to one listener and one set of
 * client authorities, and cannot carry a client past a check that it never passed.
 */
#include "workers/http/connection.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lib/auth/secret/certificate.h"
#include "lib/conf/secret.h"
#include "lib/core/fault.h"
#include "lib/core/json/jget.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "lib/shm/ticket.h"
#include "workers/http/h2o_seam.h"

enum { NAMED_MAX = 64, TICKET_IV = 16 };

/* The contexts of one listener, attached to the first, which owns the others. */
struct contexts {
    size_t count;
    SSL_CTX *of[NAMED_MAX];
};

static bool fail(struct fault *fault, const struct worker_listener *l, const char *what,
                 const char *where)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;

    fault_set(fault, "TLS of %s: %s: %s%s%s", l->address, where, what, reason ? ": " : "",
              reason ? reason : "");
    ERR_clear_error();
    return false;
}

/* Answers OpenSSL's prompt for a passphrase with nothing. */
static int no_password(char *out, int size, int is_write, void *arg)
{
    (void)out, (void)size, (void)is_write, (void)arg;
    return 0;
}

static BIO *open_pem(const char *reference)
{
    struct slice pem = secret_find(http.worker->secrets, reference);

    return BIO_new_mem_buf(pem.data ? pem.data : "", (int)pem.len);
}

/* Returns whether the last PEM_read failed at the end of the text, and not at a broken block. */
static bool is_end_of_pem(void)
{
    unsigned long code = ERR_peek_last_error();
    bool is_end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;

    if (is_end)
        ERR_clear_error();
    return is_end;
}

/* Publishes when the certificate expires, unless another one of the worker does so earlier. */
static void publish_expiry(const char *reference)
{
    struct shm_slot *slot = http.worker->slot;
    uint64_t before = slot->gauges[GAUGE_CERTIFICATE_UNTIL];
    int64_t until = certificate_until(secret_find(http.worker->secrets, reference));

    if (until > 0 && (!before || (uint64_t)until < before))
        shm_set_gauge(slot, GAUGE_CERTIFICATE_UNTIL, (uint64_t)until);
}

static bool load_chain(SSL_CTX *context, const char *reference)
{
    BIO *in = open_pem(reference);
    X509 *certificate = PEM_read_bio_X509(in, NULL, no_password, NULL);
    bool ok = certificate && SSL_CTX_use_certificate(context, certificate) == 1;

    X509_free(certificate);
    while (ok && (certificate = PEM_read_bio_X509(in, NULL, no_password, NULL)))
        ok = SSL_CTX_add0_chain_cert(context, certificate) == 1;
    BIO_free(in);
    return ok && is_end_of_pem();
}

static bool load_key(SSL_CTX *context, const char *reference)
{
    BIO *in = open_pem(reference);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_password, NULL);
    bool ok =
        key && SSL_CTX_use_PrivateKey(context, key) == 1 && SSL_CTX_check_private_key(context) == 1;

    EVP_PKEY_free(key);
    BIO_free(in);
    return ok;
}

static bool load_authorities(SSL_CTX *context, const char *reference)
{
    BIO *in = open_pem(reference);
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    X509 *authority;
    int count = 0;

    while ((authority = PEM_read_bio_X509(in, NULL, no_password, NULL))) {
        X509_STORE_add_cert(store, authority);
        SSL_CTX_add_client_CA(context, authority);
        X509_free(authority);
        count++;
    }
    BIO_free(in);
    return count && is_end_of_pem();
}

static int set_mac_key(EVP_MAC_CTX *mac, struct shm_ticket *key)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->hmac, sizeof(key->hmac)),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
        OSSL_PARAM_construct_end()};

    return EVP_MAC_CTX_set_params(mac, params);
}

/* Returns, by SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 1 use the ticket, 2 use and renew, 0 start
 * afresh, -1 failure. */
static int on_ticket(SSL *ssl, unsigned char name[16], unsigned char *iv, EVP_CIPHER_CTX *cipher,
                     EVP_MAC_CTX *mac, int is_new)
{
    struct shm *shm = http.worker->shm;
    struct shm_ticket key;
    bool is_newest = true;
    int ok;

    (void)ssl;
    if (is_new ? !ticket_newest(shm, &key) : !ticket_find(shm, name, &key, &is_newest))
        return 0;
    if (is_new) {
        memcpy(name, key.name, sizeof(key.name));
        ok = RAND_bytes(iv, TICKET_IV) == 1 &&
             EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.aes, iv) == 1;
    } else {
        ok = EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.aes, iv) == 1;
    }
    ok = ok && set_mac_key(mac, &key) == 1;
    explicit_bzero(&key, sizeof(key));
    return !ok ? -1 : is_newest ? 1 : 2;
}

/* Ignores a ticket whose client certificate has expired since, so that a resumed session cannot
 * hide that. */
static SSL_TICKET_RETURN on_resume(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
                                   size_t name_len, SSL_TICKET_STATUS status, void *arg)
{
    bool is_good = status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW;
    X509 *peer = is_good ? SSL_SESSION_get0_peer(session) : NULL;

    (void)ssl, (void)name, (void)name_len, (void)arg;
    if (!is_good || (peer && X509_cmp_current_time(X509_get0_notAfter(peer)) <= 0))
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

/* Selects HTTP/1.1, our only protocol, and fails the handshake of a client that insists on
 * another. */
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                   const unsigned char *in, unsigned in_len, void *arg)
{
    static const unsigned char ours[] = "\x08http/1.1";

    (void)ssl, (void)arg;
    return SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_len, ours, sizeof(ours) - 1,
                                 in, in_len) == OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *find_name(const struct contexts *contexts, const char *name, unsigned flags)
{
    for (size_t i = 0; i < contexts->count; i++)
        if (X509_check_host(SSL_CTX_get0_certificate(contexts->of[i]), name, 0, flags, NULL) == 1)
            return contexts->of[i];
    return NULL;
}

/* Selects the certificate for the client's server name; an exact name precedes a wildcard. */
static int on_server_name(SSL *ssl, int *alert, void *arg)
{
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    SSL_CTX *context = name ? find_name(arg, name, X509_CHECK_FLAG_NO_WILDCARDS) : NULL;

    (void)alert;
    if (name && !context)
        context = find_name(arg, name, 0);
    if (context)
        SSL_set_SSL_CTX(ssl, context);
    return SSL_TLSEXT_ERR_OK;
}

static char *subject_of(SSL *ssl)
{
    X509 *peer = SSL_get0_peer_certificate(ssl);
    char *text, *copy = NULL;
    BIO *out;
    long len;

    if (!peer || SSL_get_verify_result(ssl) != X509_V_OK)
        return NULL;
    out = BIO_new(BIO_s_mem());
    X509_NAME_print_ex(out, X509_get_subject_name(peer), 0, XN_FLAG_RFC2253);
    len = BIO_get_mem_data(out, &text);
    if (len > 0)
        copy = xstrndup(text, (size_t)len);
    BIO_free(out);
    return copy;
}

/* Notes the end of the handshake, and who the client is. */
static void on_info(const SSL *ssl, int where, int value)
{
    h2o_socket_t *sock = seam_socket_of(ssl);
    struct connection *c = sock->on_close.data;

    (void)value;
    if (!(where & SSL_CB_HANDSHAKE_DONE) || !c->is_shaking)
        return;
    c->is_shaking = false;
    c->tls_subject = subject_of((SSL *)(uintptr_t)ssl);
}

/* Restricts a session to the conditions that its client has satisfied: the id is a SHA-256 of
 * them. */
static void set_session_id(SSL_CTX *context, const struct worker_listener *l)
{
    struct slice authorities = secret_find(http.worker->secrets, jget_text(l->tls, "client-ca"));
    unsigned char sum[EVP_MAX_MD_SIZE];
    struct buf text = {0};

    buf_printf(&text, "%s %s ", l->address, jget_text(l->tls, "client"));
    buf_put(&text, authorities.data, authorities.len);
    EVP_Digest(text.data, text.len, sum, NULL, EVP_sha256(), NULL);
    SSL_CTX_set_session_id_context(context, sum, SSL_MAX_SID_CTX_LENGTH);
    buf_fini(&text);
}

static SSL_CTX *new_context(const struct worker_listener *l)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    bool is_13 = strcmp(jget_text(l->tls, "minimum"), "1.3") == 0;

    if (!context)
        memory_exhausted(0);
    SSL_CTX_set_min_proto_version(context, is_13 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); /* tickets only */
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
    SSL_CTX_set_session_ticket_cb(context, NULL, on_resume, NULL);
    SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
    SSL_CTX_set_info_callback(context, on_info);
    set_session_id(context, l);
    return context;
}

static bool set_up(SSL_CTX *context, const struct worker_listener *l, struct json_object *item,
                   struct fault *fault)
{
    const char *certificate = jget_text(item, "certificate"), *key = jget_text(item, "key");
    const char *authorities = jget_text(l->tls, "client-ca");
    bool is_required = strcmp(jget_text(l->tls, "client"), "required") == 0;

    if (!load_chain(context, certificate))
        return fail(fault, l, "is not a PEM certificate", certificate);
    publish_expiry(certificate);
    if (!load_key(context, key))
        return fail(fault, l, "is not the certificate's unencrypted private key in PEM", key);
    if (!authorities)
        return true;
    if (!load_authorities(context, authorities))
        return fail(fault, l, "contains no PEM certificate", authorities);
    SSL_CTX_set_verify(context,
                       SSL_VERIFY_PEER | (is_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
    return true;
}

void tls_close(SSL_CTX *context)
{
    struct contexts *contexts = context ? SSL_CTX_get_app_data(context) : NULL;

    for (size_t i = 0; contexts && i < contexts->count; i++)
        SSL_CTX_free(contexts->of[i]);
    free(contexts);
}

SSL_CTX *tls_open(const struct worker_listener *l, struct fault *fault)
{
    struct contexts *contexts = xcalloc(1, sizeof(*contexts));

    for (size_t i = 0; i < jget_count(l->tls, "certificates"); i++) {
        SSL_CTX *context = new_context(l);

        contexts->of[contexts->count++] = context;
        SSL_CTX_set_app_data(contexts->of[0], contexts);
        if (!set_up(context, l, jget_item(l->tls, "certificates", i), fault)) {
            tls_close(contexts->of[0]);
            return NULL;
        }
    }
    SSL_CTX_set_tlsext_servername_callback(contexts->of[0], on_server_name);
    SSL_CTX_set_tlsext_servername_arg(contexts->of[0], contexts);
    return contexts->of[0];
}
