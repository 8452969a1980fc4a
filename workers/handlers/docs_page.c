/* SPDX-License-Identifier: MIT */
#include "workers/handlers/docs_page.h"

#include "lib/core/json/jwrite.h"

const char docs_style[] =
    "body{margin:0;background:#fff;color:#222}\n"
    "main{max-width:60rem;margin:0 auto;padding:1rem;font:1rem/1.5 sans-serif}\n"
    "main h1{margin-top:2rem}\n"
    "main h2{margin:2rem 0 0;padding-top:1rem;border-top:1px solid #ccc;font-size:1.1rem}\n"
    "main p{margin:.5rem 0;white-space:pre-line}\n"
    "main table{border-collapse:collapse;margin:.5rem 0}\n"
    "main th,main td{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}\n"
    "main th{font-weight:normal;color:#666}\n"
    "main .method{display:inline-block;min-width:4rem;font-weight:bold}\n"
    "main .deprecated{text-decoration:line-through}\n";

void docs_put_escaped(struct buf *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            buf_puts(out, "&amp;");
            break;
        case '<':
            buf_puts(out, "&lt;");
            break;
        case '>':
            buf_puts(out, "&gt;");
            break;
        case '"':
            buf_puts(out, "&quot;");
            break;
        case '\'':
            buf_puts(out, "&#39;");
            break;
        default:
            buf_putc(out, *text);
        }
    }
}

void docs_put_head(struct buf *out, const char *title)
{
    buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    docs_put_escaped(out, title);
    buf_puts(out, "</title>\n");
}

void docs_put_swagger(struct buf *out, const char *title, bool has_several)
{
    docs_put_head(out, title);
    buf_puts(out,
             "<link rel=\"stylesheet\" href=\"swagger-ui.css\">\n"
             "<link rel=\"stylesheet\" href=\"docs.css\">\n"
             "<link rel=\"icon\" type=\"image/png\" sizes=\"32x32\" href=\"favicon-32x32.png\">\n"
             "<link rel=\"icon\" type=\"image/png\" sizes=\"16x16\" href=\"favicon-16x16.png\">\n"
             "</head>\n<body>\n<div id=\"swagger-ui\"></div>\n"
             "<script src=\"swagger-ui-bundle.js\"></script>\n");
    if (has_several) /* the bar with the list of documents */
        buf_puts(out, "<script src=\"swagger-ui-standalone-preset.js\"></script>\n");
    buf_puts(out, "<script src=\"docs.js\"></script>\n</body>\n</html>\n");
}

static void put_text(struct buf *out, const char *text)
{
    jwrite_string(out, text, strlen(text));
}

void docs_put_script(struct buf *out, const struct docs_entry *entries, size_t count)
{
    buf_puts(out, "window.ui = SwaggerUIBundle({\n  dom_id: \"#swagger-ui\",\n"
                  "  deepLinking: true,\n  persistAuthorization: true,\n"
                  "  validatorUrl: null,\n");
    if (count == 1) {
        buf_puts(out, "  url: ");
        put_text(out, entries[0].json);
        buf_puts(out, "\n});\n");
        return;
    }
    buf_puts(out, "  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],\n"
                  "  layout: \"StandaloneLayout\",\n"
                  "  plugins: [() => ({components: {Logo: () => null}})], // has inline style\n"
                  "  urls: [");
    for (size_t i = 0; i < count; i++) {
        buf_puts(out, i ? ",\n    {url: " : "\n    {url: ");
        put_text(out, entries[i].json);
        buf_puts(out, ", name: ");
        put_text(out, entries[i].name);
        buf_putc(out, '}');
    }
    buf_puts(out, "\n  ],\n  \"urls.primaryName\": ");
    put_text(out, entries[count - 1].name);
    buf_puts(out, "\n});\n");
}
