/* SPDX-License-Identifier: MIT */
/* Verifies in this order: size, three parts, header, key and signature, and only then the payload
 * is decoded, because until then it is a stranger's. The key decides on the algorithm: keys are
 * looked up by `kid` and `alg` together. A token is refused if its header points to a key (jwk,
 * jku, x5u) or names an extension that we do not know (crit, b64). If it has no `kid`, several keys
 * may fit; at most TRIES_MAX are tried, since each costs a signature. */
#include "lib/auth/jose/jws.h"

#include "lib/core/text/base64.h"
#include "lib/auth/jose/signature.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/jwrite.h"

enum { HEADER_MAX = 3072, DEPTH = 8, TRIES_MAX = 16 };

struct jws_parts {
    struct slice header, payload, signature; /* all in base64url */
    struct slice input;                      /* the signed bytes */
};

/* Splits the token into three parts. */
static bool split_token(struct slice token, struct jws_parts *p)
{
    const char *first = token.len ? memchr(token.data, '.', token.len) : NULL;
    const char *end = token.data + token.len, *second;

    if (!first || !(second = memchr(first + 1, '.', (size_t)(end - first - 1))))
        return false;
    p->header = (struct slice){token.data, (size_t)(first - token.data)};
    p->payload = (struct slice){first + 1, (size_t)(second - first - 1)};
    p->signature = (struct slice){second + 1, (size_t)(end - second - 1)};
    p->input = (struct slice){token.data, (size_t)(second - token.data)};
    return true; /* a further point is not base64url, and fails there */
}

/* Parses any JSON but null; later checks ask for members. The caller's, or NULL. */
static struct json_object *read_header(struct slice text)
{
    char bytes[HEADER_MAX];
    struct json_object *header = NULL;
    struct jread_fault fault;
    ssize_t len = -1;

    if (text.len <= base64_size(sizeof(bytes)))
        len = base64_decode(text, bytes);
    if (len >= 0)
        jread_plain(bytes, (size_t)len, DEPTH, &header, &fault);
    return header;
}

static bool is_media_type(struct slice typ, const char *type)
{
    static const char prefix[] = "application/";
    size_t len = sizeof(prefix) - 1;

    if (typ.len > len && strncasecmp(typ.data, prefix, len) == 0)
        typ = (struct slice){typ.data + len, typ.len - len};
    return slice_is_nocase(typ, type);
}

/* Reads a text member; data is NULL if it is absent. Returns false if it is not text. */
static bool get_slice(struct json_object *json, const char *name, struct slice *out)
{
    struct json_object *member;

    *out = (struct slice){NULL, 0};
    if (!json_object_object_get_ex(json, name, &member))
        return true;
    if (!json_object_is_type(member, json_type_string))
        return false;
    *out = jslice(member);
    return true;
}

static enum jwt_fault check_type(struct json_object *header, const char *type)
{
    struct slice typ;

    if (!get_slice(header, "typ", &typ))
        return JWT_MALFORMED;
    if (type)
        return typ.data && is_media_type(typ, type) ? JWT_OK : JWT_TYPE;
    return !typ.data || is_media_type(typ, "JWT") || is_media_type(typ, "at+jwt") ? JWT_OK
                                                                                  : JWT_TYPE;
}

/* Checks the header, except for the key. *kid lies in `header`. */
static enum jwt_fault check_header(struct json_object *header, const char *type, enum jose_alg *alg,
                                   struct slice *kid)
{
    static const struct {
        const char *name;
        enum jwt_fault fault;
    } refused[] = {{"crit", JWT_CRITICAL},
                   {"b64", JWT_CRITICAL},
                   {"jwk", JWT_LEADS_TO_KEY},
                   {"jku", JWT_LEADS_TO_KEY},
                   {"x5u", JWT_LEADS_TO_KEY}};
    struct slice name;

    if (!get_slice(header, "alg", &name) || !name.data || !get_slice(header, "kid", kid))
        return JWT_MALFORMED;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        if (json_object_object_get_ex(header, refused[i].name, NULL))
            return refused[i].fault;
    *alg = jose_find(name);
    return *alg ? check_type(header, type) : JWT_ALG;
}

static enum jwt_fault check_signature(const struct keyset *keys, enum jose_alg alg,
                                      struct slice kid, const struct jws_parts *p)
{
    unsigned char bytes[SIGNATURE_MAX];
    struct slice signature = {(char *)bytes, 0};
    enum jwt_fault fault = JWT_KEY;
    struct jwk *key;
    size_t from = 0;
    ssize_t len = -1;

    if (p->signature.len <= base64_size(sizeof(bytes)))
        len = base64_decode(p->signature, bytes);
    if (len < 0)
        return JWT_MALFORMED;
    signature.len = (size_t)len;
    for (int i = 0; i < TRIES_MAX && (key = keyset_find(keys, kid, alg, &from)); i++) {
        if (signature_is_valid(key, p->input, signature))
            return JWT_OK;
        fault = JWT_SIGNATURE;
    }
    return fault;
}

enum jwt_fault jws_verify(const struct keyset *keys, const char *type, struct slice token,
                          struct buf *payload)
{
    struct json_object *header;
    enum jose_alg alg = JOSE_UNSAID;
    enum jwt_fault fault;
    struct slice kid;
    struct jws_parts p;
    ssize_t len;

    if (token.len > JWT_TOKEN_MAX)
        return JWT_SIZE;
    if (!split_token(token, &p) || !(header = read_header(p.header)))
        return JWT_MALFORMED;
    fault = check_header(header, type, &alg, &kid);
    if (!fault)
        fault = check_signature(keys, alg, kid, &p);
    json_object_put(header);
    if (fault)
        return fault;
    len = base64_decode(p.payload, buf_reserve(payload, p.payload.len));
    if (len < 0)
        return JWT_MALFORMED;
    payload->len += (size_t)len;
    return JWT_OK;
}

static void put_header(const struct jwk *key, const char *type, struct buf *out)
{
    struct buf header = {0};

    buf_printf(&header, "{\"alg\":\"%s\"", jose_spec(jwk_alg(key))->name);
    if (type) {
        buf_puts(&header, ",\"typ\":");
        jwrite_string(&header, type, strlen(type));
    }
    buf_puts(&header, ",\"kid\":");
    jwrite_string(&header, jwk_kid(key), strlen(jwk_kid(key)));
    buf_putc(&header, '}');
    base64_put(out, header.data, header.len);
    buf_fini(&header);
}

bool jws_sign(struct jwk *key, const char *type, struct slice payload, struct buf *out)
{
    unsigned char signature[SIGNATURE_MAX];
    size_t start = out->len, len;

    put_header(key, type, out);
    buf_putc(out, '.');
    base64_put(out, payload.data, payload.len);
    if (!signature_make(key, (struct slice){out->data + start, out->len - start}, signature,
                        &len)) {
        out->len = start;
        return false;
    }
    buf_putc(out, '.');
    base64_put(out, signature, len);
    return true;
}
