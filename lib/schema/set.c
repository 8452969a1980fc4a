/* SPDX-License-Identifier: MIT */
/* From documents to finished, proved programs, in an order that matters: compile until nothing is
 * queued (a dynamic reference may queue more), cut cycles, and only then run anything, because
 * defaults and hopeless schemas are proved by running the programs. A schema that several
 * operations share is compiled and proved once for each mode. */
#include <stdlib.h>
#include <string.h>

#include "lib/core/json/jget.h"
#include "lib/core/memory.h"
#include "lib/core/json/mark.h"
#include "lib/schema/compile.h"
#include "lib/schema/edges.h"
#include "lib/schema/proof.h"

static void prove_default(struct schema_set *set, const struct pending *p, bool bites)
{
    const char *where = mark_key(p->json, "default");
    struct violations v = {.arena = set->arena};
    enum budget_end end;

    if (proof_check(&set->proof_steps, &p->node, p->node.fallback, &v, &end))
        return;
    if (end == BUDGET_STEPS)
        registry_doubt(set, bites, where, "default: checking the defaults takes too many steps");
    else
        registry_doubt(set, bites, where, "default: %s%s%s", v.items[0].pointer,
                       *v.items[0].pointer ? " " : "", v.items[0].message);
}

/* Reports what only the finished program shows. `is_whole` is for the schema of a whole body,
 * answer or parameter. It bites if no body or answer is valid, or if an invalid default is filled
 * in, which happens everywhere in a body, and for a whole parameter. */
static void prove_pending(struct schema_set *set, const struct pending *p, bool is_whole)
{
    const char *why = schema_is_hopeless(&p->node, &set->proof_steps);
    bool is_request = p->mode == MODE_CLOSED || p->mode == MODE_BRANCH;

    if (why)
        registry_doubt(set, is_whole && p->mode != MODE_PLAIN, mark_where(p->json),
                       "no value can satisfy the schema: %s", why);
    if (p->node.fallback)
        prove_default(set, p, is_request || (p->mode == MODE_PLAIN && is_whole));
}

/* Proves the schema of a whole, through references. */
static void prove_whole(struct schema_set *set, const struct schema *node)
{
    for (size_t i = 0; node && i < SCHEMA_HEIGHT_MAX; i++) {
        if (node == &schema_anything)
            return;
        prove_pending(set, (const struct pending *)node, true); /* its first member */
        node = node->logic ? node->logic->ref : NULL;
    }
}

/* Compiles what dynamic references may lead to at run time. */
static void compile_dynamic_anchors(struct schema_set *set)
{
    for (struct resource *r = set->resources; r; r = r->next)
        for (struct anchor *a = r->dynamic; a; a = a->next)
            for (int mode = 0; mode < MODE_COUNT; mode++)
                if (!a->compiled[mode]) {
                    a->compiled[mode] =
                        &compile_enlist(set, a->json, r, (enum schema_mode)mode)->node;
                    registry_reach(set, r);
                }
}

/* Returns true if the schema applies itself without end. With dynamic references that shows only
 * when they are followed. */
static bool is_endless(struct schema_set *set, const struct schema *s)
{
    static const struct jvalue values[] = {{.type = JNULL},    {.type = JBOOLEAN, .boolean = true},
                                           {.type = JINTEGER}, {.type = JSTRING, .text = ""},
                                           {.type = JARRAY},   {.type = JOBJECT}};

    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        enum budget_end end;

        proof_check(&set->proof_steps, s, &values[i], NULL, &end);
        if (end == BUDGET_DEPTH || end == BUDGET_STEPS)
            return true;
    }
    return false;
}

static struct resource *base_of(struct schema_set *set, const char *base, struct json_object *json)
{
    struct resource *r = registry_document(set, base);

    if (!r) {
        schema_set_add(set, base, json);
        r = registry_document(set, base);
    }
    return r;
}

static const struct schema *compile_whole(struct schema_set *set, struct json_object *json,
                                          struct resource *resource, enum schema_mode mode)
{
    const struct schema *node = &compile_enlist(set, json, resource, mode)->node;
    const char *why;

    do {
        compile_todo(set);
        if (set->has_dynamic)
            compile_dynamic_anchors(set);
    } while (set->todo);
    for (struct pending *p = set->fresh; p; p = p->older)
        if ((why = schema_cut_cycles(&p->node, set->arena)))
            registry_doubt(set, true, mark_where(p->json), "%s", why);
    if (set->has_dynamic && set->diags && is_endless(set, node))
        registry_doubt(set, true, mark_where(json), "the schema applies itself endlessly");
    if (set->diags && !set->is_unbound)
        prove_whole(set, node);
    for (; set->fresh; set->fresh = set->fresh->older)
        if (set->diags)
            prove_pending(set, set->fresh, false);
    return node;
}

const struct schema *schema_compile(struct schema_set *set, const char *base,
                                    struct json_object *json, enum schema_use use)
{
    static const enum schema_mode modes[] = {[SCHEMA_PLAIN] = MODE_PLAIN,
                                             [SCHEMA_REQUEST] = MODE_CLOSED,
                                             [SCHEMA_RESPONSE] = MODE_RESPONSE};
    struct resource *resource;

    if (!json)
        return &schema_anything;
    resource = base_of(set, base, json);
    registry_scan(set, json, resource, NULL);
    return compile_whole(set, json, resource, modes[use]);
}

void schema_set_compile_all(struct schema_set *set, const char *uri)
{
    struct resource *r = registry_document(set, uri);
    struct json_object *schemas = jget(jget(r ? r->root : NULL, "components"), "schemas");

    if (!json_object_is_type(schemas, json_type_object))
        return;
    json_object_object_foreach(schemas, name, schema)
    {
        if (!schema)
            registry_complain(set, mark_where(schemas),
                              "%s: a schema must be a map or a boolean, not null", name);
        else if (json_object_is_type(schema, json_type_object) ||
                 json_object_is_type(schema, json_type_boolean)) /* others are reported elsewhere */
            compile_whole(set, schema, r, MODE_PLAIN);
    }
}

void schema_set_unbind(struct schema_set *set)
{
    set->is_unbound = true;
}

struct schema_set *schema_set_new(struct arena *arena, struct diags *diags, schema_load_fn load,
                                  void *arg)
{
    struct schema_set *set = xcalloc(1, sizeof(*set));

    *set = (struct schema_set){
        .arena = arena, .diags = diags, .load = load, .load_arg = arg, .proof_steps = PROOF_STEPS};
    set->last = &set->todo;
    set->by_uri = lh_kchar_table_new(16, NULL);
    set->anchors = lh_kchar_table_new(16, NULL);
    set->roots = lh_kptr_table_new(16, NULL);
    set->scanned = lh_kptr_table_new(64, NULL);
    for (int i = 0; i < MODE_COUNT; i++)
        set->compiled[i] = lh_kptr_table_new(64, NULL);
    for (int i = 0; i < 2; i++)
        set->said[i] = lh_kptr_table_new(64, NULL);
    set->reached = json_object_new_object();
    set->metaschemas = json_object_new_array();
    return set;
}

void schema_set_free(struct schema_set **set)
{
    if (!*set)
        return;
    lh_table_free((*set)->by_uri);
    lh_table_free((*set)->anchors);
    lh_table_free((*set)->roots);
    lh_table_free((*set)->scanned);
    for (int i = 0; i < MODE_COUNT; i++)
        lh_table_free((*set)->compiled[i]);
    for (int i = 0; i < 2; i++)
        lh_table_free((*set)->said[i]);
    json_object_put((*set)->reached);
    json_object_put((*set)->metaschemas);
    free(*set);
    *set = NULL;
}

void schema_set_annotate_formats(struct schema_set *set)
{
    set->annotates_formats = true;
}

bool schema_set_has_hidden(const struct schema_set *set)
{
    return set->has_hidden;
}

bool schema_set_has_defaults(const struct schema_set *set)
{
    return set->has_defaults;
}
