/* SPDX-License-Identifier: MIT */
/* Renders the documentation page used without Swagger UI, from the published document. All text
 * that comes from it goes through docs_put_escaped(). */
#include "workers/handlers/docs_page.h"

#include <string.h>

#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"

enum { DEPTH_MAX = 512 };

static const char *const methods[] = {"get",     "put",  "post",  "delete",
                                      "options", "head", "patch", "trace"};

/* A document being rendered. */
struct page {
    struct buf *out;
    const struct docs_entry *entry;
    struct json_object *tree;
    size_t number; /* of the document, as two may have a schema of the same name */
};

/* Joins the halves again, without the server's URL, and parses them. The result is the caller's,
 * and not expected to be NULL. */
static struct json_object *parse_document(const struct docs_entry *entry)
{
    struct json_object *tree = NULL;
    struct jread_fault fault;
    struct slice before = docs_text_half(entry->text, 0), after = docs_text_half(entry->text, 1);
    struct buf text = {0};

    buf_put(&text, before.data, before.len);
    buf_puts(&text, "\"\"");
    buf_put(&text, after.data, after.len);
    jread_text(text.data, text.len, DEPTH_MAX, NULL, &tree, &fault);
    buf_fini(&text);
    return tree;
}

/* Resolves "#/…". */
static struct json_object *resolve_reference(struct json_object *tree, struct json_object *node)
{
    const char *ref = jget_text(node, "$ref");
    struct json_object *target;

    return ref && *ref == '#' && json_pointer_get(tree, ref + 1, &target) == 0 ? target : node;
}

static void put_element(struct buf *out, const char *open, const char *text, const char *close)
{
    if (!text)
        return;
    buf_puts(out, open);
    docs_put_escaped(out, text);
    buf_puts(out, close);
}

/* Appends "Todo", "Todo[]", "string (date-time)", "string or null". */
static void put_type(struct page *p, struct json_object *schema)
{
    struct buf *out = p->out;
    const char *ref = jget_text(schema, "$ref"), *format = jget_text(schema, "format");
    struct json_object *type = jget(schema, "type"), *items = jget(schema, "items");
    const char *slash = ref ? strrchr(ref, '/') : NULL;

    if (slash) {
        buf_printf(out, "<a href=\"#schema-%zu-", p->number);
        docs_put_escaped(out, slash + 1);
        put_element(out, "\">", slash + 1, "</a>");
    } else if (items) {
        put_type(p, items);
        buf_puts(out, "[]");
    } else if (json_object_is_type(type, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(type); i++)
            put_element(out, i ? " or " : "",
                        json_object_get_string(json_object_array_get_idx(type, i)), "");
    } else {
        docs_put_escaped(out, type ? json_object_get_string(type) : "any");
    }
    put_element(out, " (", format, ")");
}

static void put_parameters(struct page *p, struct json_object *list)
{
    struct buf *out = p->out;
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;

    for (size_t i = 0; i < count; i++) {
        struct json_object *node = resolve_reference(p->tree, json_object_array_get_idx(list, i));
        const char *name = jget_text(node, "name"), *in = jget_text(node, "in");

        put_element(out, "<tr><td><code>", name ? name : "?", "</code>");
        put_element(out, "<td>", in ? in : "?",
                    jget_bool(node, "required") ? ", required<td>" : "<td>");
        put_type(p, jget(node, "schema"));
        put_element(out, "<td>", jget_text(node, "description"), "");
        buf_puts(out, "\n");
    }
}

/* Appends a row for each media type. */
static void put_content(struct page *p, const char *label, const char *note,
                        struct json_object *owner)
{
    struct buf *out = p->out;
    struct json_object *content = jget(owner, "content");

    put_element(out, "<tr><td>", label, "<td>");
    put_element(out, "", note, "<td>");
    if (content) {
        const char *separator = "";

        json_object_object_foreach(content, type, media)
        {
            buf_puts(out, separator);
            put_type(p, jget(media, "schema"));
            put_element(out, " <code>", type, "</code>");
            separator = "<br>";
        }
    }
    put_element(out, "<td>", jget_text(owner, "description"), "");
    buf_puts(out, "\n");
}

static void put_operation(struct page *p, const char *path, const char *method,
                          struct json_object *item, struct json_object *operation)
{
    struct buf *out = p->out;
    struct json_object *body = resolve_reference(p->tree, jget(operation, "requestBody"));
    struct json_object *responses = jget(operation, "responses");

    put_element(out, "<h2 id=\"operation-", jget_text(operation, "operationId"), "\"");
    buf_puts(out, jget_text(operation, "operationId") ? "" : "<h2");
    buf_puts(out, jget_bool(operation, "deprecated") ? " class=\"deprecated\">" : ">");
    buf_puts(out, "<code><span class=\"method\">");
    for (const char *c = method; *c; c++)
        buf_putc(out, (char)(*c & ~0x20));
    put_element(out, "</span> ", p->entry->mount, "");
    put_element(out, "", path, "</code></h2>\n");
    put_element(out, "<p><strong>", jget_text(operation, "summary"), "</strong></p>\n");
    put_element(out, "<p>", jget_text(operation, "description"), "</p>\n");
    put_element(out, "<p>Operation <code>", jget_text(operation, "operationId"), "</code></p>\n");
    buf_puts(out, "<table>\n");
    put_parameters(p, jget(item, "parameters"));
    put_parameters(p, jget(operation, "parameters"));
    if (body)
        put_content(p, "body", jget_bool(body, "required") ? "required" : "optional", body);
    if (responses) {
        json_object_object_foreach(responses, code, response)
        {
            put_content(p, code, "answer", resolve_reference(p->tree, response));
        }
    }
    buf_puts(out, "</table>\n");
}

static void put_schemas(struct page *p, struct json_object *schemas)
{
    struct buf *out = p->out;

    if (!schemas)
        return;
    json_object_object_foreach(schemas, name, schema)
    {
        struct json_object *properties = jget(schema, "properties");

        buf_printf(out, "<h2 id=\"schema-%zu-", p->number);
        put_element(out, "", name, "\">");
        put_element(out, "<code>", name, "</code></h2>\n");
        put_element(out, "<p>", jget_text(schema, "description"), "</p>\n");
        if (!properties) {
            buf_puts(out, "<p>");
            put_type(p, schema);
            buf_puts(out, "</p>\n");
            continue;
        }
        buf_puts(out, "<table>\n");
        json_object_object_foreach(properties, key, property)
        {
            put_element(out, "<tr><td><code>", key, "</code><td>");
            put_type(p, property);
            put_element(out, "<td>", jget_text(property, "description"), "");
            buf_puts(out, "\n");
        }
        buf_puts(out, "</table>\n");
    }
}

static void put_paths(struct page *p, struct json_object *paths)
{
    json_object_object_foreach(paths, path, node)
    {
        struct json_object *item = resolve_reference(p->tree, node);

        for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
            if (jget(item, methods[i]))
                put_operation(p, path, methods[i], item, jget(item, methods[i]));
    }
}

static void put_document(struct buf *out, const struct docs_entry *entry, size_t number)
{
    struct page p = {.out = out, .entry = entry, .tree = parse_document(entry), .number = number};
    struct json_object *paths = jget(p.tree, "paths");

    put_element(out, "<h1>", entry->name, "</h1>\n");
    put_element(out, "<p><a href=\"", entry->json, "\">openapi.json</a> ");
    put_element(out, "<a href=\"", entry->yaml, "\">openapi.yaml</a></p>\n");
    put_element(out, "<p>", jget_text(jget(p.tree, "info"), "description"), "</p>\n");
    if (json_object_is_type(paths, json_type_object))
        put_paths(&p, paths);
    put_schemas(&p, jget(jget(p.tree, "components"), "schemas"));
    json_object_put(p.tree);
}

void docs_put_plain(struct buf *out, const char *title, const struct docs_entry *entries,
                    size_t count)
{
    docs_put_head(out, title);
    buf_puts(out, "<link rel=\"stylesheet\" href=\"docs.css\">\n</head>\n<body>\n<main>\n");
    for (size_t i = count; i-- > 0;) /* as everywhere, the last document comes first */
        put_document(out, &entries[i], i);
    buf_puts(out, "</main>\n</body>\n</html>\n");
}
