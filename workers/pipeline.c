/* SPDX-License-Identifier: MIT */
#include "workers/pipeline.h"

#include "workers/builtins.h"
#include "workers/layers/layers.h"
#include "workers/request/flow.h"

static const struct layer layers[] = {
    {"request id", layer_request_id}, /* first, as every later line and answer has it */
    {"client", layer_client},         /* the client, as trusted proxies report it */
    {"route", layer_route},           /* the operation, if any */
    {"cors", layer_cors},             /* preflights, and which pages may read the answer */
    {"refuse", layer_refuse},         /* 400, 404, 405, 501; OPTIONS */
    {"negotiate", layer_negotiate},   /* 406 */
    {"content", layer_content},       /* the announced size of the body: 413, 417 */
    {"admission", layer_admit},   /* 503 past limits.in-flight, limits.buffered, x-concurrency */
    {"limit", layer_limit},       /* rate limits by address or header: 429 */
    {"identify", layer_identify}, /* identities of the credentials: 401 */
    {"limit caller", layer_limit_caller}, /* rate limits by caller: 429 */
    {"authorize", layer_authorize},       /* the operation's security: 401, 403 */
    {"media", layer_media},               /* the media type of the body: 400, 415 */
    {"parameters", layer_parameters},     /* the parameters, by their schemas: 400, 422 */
    {"conditional", layer_conditional},   /* If-Match: 400, 412, 428, 501; Idempotency-Key: 400 */
    {"bound", builtins_admit},            /* that something answers the operation: 501 */
    {"receive", layer_receive},           /* the body itself; all layers above have only the head */
    {"read", layer_read},                 /* parses the body: 400, 413, 415 */
    {"validate", layer_validate},         /* the body, by its schemas: 422 */
    {"place", layer_take_place},          /* 503 past x-concurrency */
    {"handle", builtins_handle},          /* SQL or a built-in */
};

void pipeline_open(void)
{
    flow_open(layers, sizeof(layers) / sizeof(*layers));
}
