/* SPDX-License-Identifier: MIT */
#include "workers/layers/forwarded.h"
#include "workers/http/http.h"
#include "workers/layers/layers.h"

static struct forwarded_fields read_fields(struct request *r)
{
    enum forwarded_mode mode = r->listener->forwarded;
    struct forwarded_fields fields = {0};

    if (mode != FORWARDED_X)
        fields.forwarded = http_header_list(r, "forwarded");
    if (mode != FORWARDED_RFC7239) {
        fields.for_ = http_header_list(r, "x-forwarded-for");
        fields.proto = http_header_list(r, "x-forwarded-proto");
        fields.host = http_header_list(r, "x-forwarded-host");
        fields.prefix = http_header_list(r, "x-forwarded-prefix");
    }
    return fields;
}

static void read_forwarded(struct request *r)
{
    struct forwarded_fields fields = read_fields(r);
    struct forwarded told;

    forwarded_read(&fields, r->listener->trusted, r->listener->trusted_count, &told);
    if (told.client[0])
        r->client = arena_strdup(&r->arena, told.client);
    if (told.proto.len)
        r->scheme = slice_is_nocase(told.proto, "https") ? "https" : "http";
    if (told.host.len)
        r->host = told.host;
    r->prefix = told.prefix;
}

enum flow layer_client(struct request *r)
{
    r->client = r->peer;
    r->scheme = r->is_tls ? "https" : "http";
    r->host = http_header(r, "host");
    if (r->is_trusted && r->listener->forwarded != FORWARDED_OFF)
        read_forwarded(r);
    return FLOW_NEXT;
}
