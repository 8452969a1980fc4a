/* SPDX-License-Identifier: MIT */
/* The constant answer as a module of kore, whose configuration alone can serve only files. */
#include <kore/kore.h>
#include <kore/http.h>

int health(struct http_request *req);

int health(struct http_request *req)
{
    static const char body[] = "{\"status\":\"ok\"}";

    http_response_header(req, "content-type", "application/json");
    http_response(req, HTTP_STATUS_OK, body, sizeof(body) - 1);
    return KORE_RESULT_OK;
}
