/* SPDX-License-Identifier: MIT */
#include "workers/pipeline.h"

#include "workers/builtins.h"
#include "workers/layers/layers.h"
#include "workers/request/flow.h"

static const struct layer layers[] = {
    {"request id", layer_request_id},     /* so that every later line and answer can carry it */
    {"client", layer_client},             /* who asks, as trusted proxies tell */
    {"route", layer_route},               /* which operation, if any */
    {"cors", layer_cors},                 /* preflights, and who may read what follows */
    {"refuse", layer_refuse},             /* 400, 404, 405, 501; OPTIONS */
    {"negotiate", layer_negotiate},       /* 406 */
    {"content", layer_content},           /* how large the body is to be: 413, 417 */
    {"admission", layer_admit},           /* 503 past limits.in-flight and limits.buffered */
    {"limit", layer_limit},               /* rate limits by address or header: 429 */
    {"identify", layer_identify},         /* whom credentials stand for: 401 */
    {"limit caller", layer_limit_caller}, /* those by caller */
    {"authorize", layer_authorize},       /* the operation's security: 401, 403 */
    {"media", layer_media},               /* what the body is to be: 400, 415 */
    {"receive", layer_receive},           /* the body itself; all above have seen the head alone */
    {"read", layer_read},                 /* by its media type: 400, 413, 415 */
    {"validate", layer_validate},         /* parameters and body by their schemas: 400, 422 */
    {"handle", builtins_handle},          /* SQL, a built-in, or 501 */
};

void pipeline_open(void)
{
    flow_open(layers, sizeof(layers) / sizeof(*layers));
}
