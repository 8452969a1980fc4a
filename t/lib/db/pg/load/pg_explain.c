/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/load/pg_explain.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "lib/core/json/jread.h"

/* Plans are written with ` for ", and T for "Node Type". */
#define SCAN "{T:`Seq Scan`,`Relation Name`:`a`}"
#define FILTERED "{T:`Seq Scan`,`Relation Name`:`a`,`Filter`:`(n = 1)`}"
#define WHOLE_INDEX "{T:`Index Scan`,`Relation Name`:`a`}"
#define FOUND "{T:`Index Scan`,`Relation Name`:`a`,`Index Cond`:`(id = $1)`}"
#define LIMITED(plans) "{T:`Limit`,`Plans`:[" plans "]}"
#define JOINED(type) "{T:`Hash Join`,`Join Type`:`" type "`,`Plans`:[" SCAN "]}"

static struct json_object *read_plan(const char *text)
{
    struct json_object *plan = NULL;
    struct jread_fault fault;
    struct buf json = {0};

    for (; *text; text++) {
        if (*text == 'T' && text[1] == ':')
            buf_puts(&json, "\"Node Type\"");
        else
            buf_putc(&json, *text == '`' ? '"' : *text);
    }
    cr_assert(jread_text(json.data, json.len, 64, NULL, &plan, &fault), "%s", buf_text(&json));
    buf_fini(&json);
    return plan;
}

static const struct {
    const char *plan;
    bool is_walk;
} walks[] = {
    {SCAN, true},
    {FOUND, false},
    {WHOLE_INDEX, true},
    {LIMITED(WHOLE_INDEX), false},
    {LIMITED(SCAN), false},
    {LIMITED(FILTERED), true},
    {LIMITED("{T:`Sort`,`Plans`:[" WHOLE_INDEX "]}"), true},
    {LIMITED("{T:`Incremental Sort`,`Plans`:[" WHOLE_INDEX "]}"), false},
    {LIMITED("{T:`Nested Loop`,`Plans`:[" WHOLE_INDEX "," FOUND "]}"), false},
    {LIMITED("{T:`Nested Loop`,`Plans`:[" WHOLE_INDEX "," SCAN "]}"), true},
    {"{T:`Bitmap Heap Scan`,`Relation Name`:`a`,`Plans`:[{T:`Bitmap Index Scan`}]}", true},
    {"{T:`Bitmap Heap Scan`,`Relation Name`:`a`,`Plans`:[{T:`Bitmap Index Scan`,`Index "
     "Cond`:`n`}]}",
     false},
    {"{T:`Function Scan`,`Function Name`:`f`}", false},
};

Test(pg_explain, finds_walks_that_no_limit_ends)
{
    for (size_t i = 0; i < sizeof(walks) / sizeof(*walks); i++) {
        struct json_object *plan = read_plan(walks[i].plan);

        cr_expect_eq(pg_explain_walked(plan) != NULL, walks[i].is_walk, "%s", walks[i].plan);
        json_object_put(plan);
    }
}

Test(pg_explain, finds_what_weakens_not_null)
{
    static const struct {
        const char *plan;
        bool is_weak;
    } rows[] = {
        {JOINED("Inner"), false},
        {JOINED("Semi"), false},
        {JOINED("Left"), true},
        {JOINED("Right"), true},
        {"{T:`Sort`,`Plans`:[" JOINED("Full") "]}", true},
        {"{T:`Aggregate`,`Grouping Sets`:[],`Plans`:[" SCAN "]}", true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *plan = read_plan(rows[i].plan);

        cr_expect_eq(pg_explain_is_weak(plan), rows[i].is_weak, "%s", rows[i].plan);
        json_object_put(plan);
    }
}

Test(pg_explain, finds_writes)
{
    struct json_object *insert = read_plan(
        "{T:`ModifyTable`,`Operation`:`Insert`,`Relation Name`:`a`,`Schema`:`public`,`Plans`:["
        "{T:`Result`,`Output`:[`nextval('s')`,`($2)::text`,`$1`]}]}");
    struct json_object *locks = read_plan("{T:`LockRows`,`Plans`:[" FOUND "]}");
    struct json_object *within =
        read_plan("{T:`CTE Scan`,`Plans`:[{T:`ModifyTable`,`Operation`:`Delete`,`Relation "
                  "Name`:`_leat_keys`}]}");
    const char *schema, *table;

    cr_expect(pg_explain_writes(insert) && pg_explain_writes(locks) && pg_explain_writes(within));
    cr_expect(!pg_explain_deletes(insert) && !pg_explain_deletes(within));
    cr_expect_str_eq(pg_explain_own_target(within), "_leat_keys");
    cr_expect(!pg_explain_own_target(insert));
    cr_expect_eq(pg_explain_filled_by(insert, 1, &schema, &table), 3);
    cr_expect_eq(pg_explain_filled_by(insert, 2, &schema, &table), 2);
    cr_expect_eq(pg_explain_filled_by(insert, 3, &schema, &table), 0);
    cr_expect_str_eq(table, "a");
    json_object_put(insert);
    json_object_put(locks);
    json_object_put(within);
}

Test(pg_explain, finds_calls_but_not_in_strings)
{
    struct json_object *plan =
        read_plan("{T:`Result`,`Output`:[`public.f(1, g('no(1)', 'it''s no(2)'))`,`\\`Odd\\`(1)`,"
                  "`(a)`,`count (*)`]}");
    struct buf calls = {0};

    pg_explain_calls(plan, &calls);
    cr_expect_str_eq(buf_text(&calls), "{\"f\",\"g\",\"Odd\"}", "%s", buf_text(&calls));
    buf_fini(&calls);
    json_object_put(plan);
}
