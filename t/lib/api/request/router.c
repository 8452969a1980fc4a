/* SPDX-License-Identifier: MIT */
#include "lib/api/request/router.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

struct fixture {
    struct arena arena, request;
    struct router router;
    struct route route;
};

static void set_up(struct fixture *f)
{
    *f = (struct fixture){0};
    router_init(&f->router, &f->arena);
}

static void tear_down(struct fixture *f)
{
    arena_fini(&f->arena);
    arena_fini(&f->request);
}

static void add(struct fixture *f, enum method method, const char *template)
{
    struct fault fault;
    void *equal;

    cr_expect(
        router_add(&f->router, method, template, (void *)(uintptr_t) template, &equal, &fault),
        "%s: %s", template, fault.text);
}

static enum route_result find(struct fixture *f, enum method method, const char *path)
{
    return router_find(&f->router, method, slice_of(path), &f->request, &f->route);
}

static const char *const templates[] = {
    "/",
    "/todos",
    "/todos/",
    "/todos/{id}",
    "/todos/mine",
    "/todos/{id}/items/{item}",
    "/todos/mine/x",
    "/a/{b}/c",
    "/{x}/y/c",
    "/sp%20ace",
    "/\xc3\xa4",
    "/jobs/{id}",
    "/jobs/{id}:cancel",
    "/jobs/{id}:cancel/log",
    "/files/{name}.json",
    "/files/{name}.tar.gz",
    "/files/{name}.{ext}",
    "/files/v{n}-{m}.json",
    "/compare/{a}...{b}",
    "/compare/head...{b}",
};

Test(router, finds_the_template)
{
    static const struct {
        const char *path, *template, *captures;
    } rows[] = {
        {"/", "/", ""},
        {"/todos", "/todos", ""},
        {"/todos/", "/todos/", ""},
        {"/todos/1", "/todos/{id}", "1,"},
        {"/todos/mine", "/todos/mine", ""},
        {"/todos/m%69ne", "/todos/mine", ""},
        {"/todos/Mine", "/todos/{id}", "Mine,"},
        {"/todos/mine/items/2", "/todos/{id}/items/{item}", "mine,2,"},
        {"/todos/a%20b/items/%C3%A4", "/todos/{id}/items/{item}", "a%20b,%C3%A4,"},
        {"/todos/a+b", "/todos/{id}", "a+b,"},
        {"/todos/%25", "/todos/{id}", "%25,"},
        {"/todos/...", "/todos/{id}", "...,"},
        {"/todos/%7Bid%7D", "/todos/{id}", "%7Bid%7D,"},
        {"/a/y/c", "/a/{b}/c", "y,"},
        {"/q/y/c", "/{x}/y/c", "q,"},
        {"/sp%20ace", "/sp%20ace", ""},
        {"/%c3%a4", "/\xc3\xa4", ""},
        {"/jobs/7", "/jobs/{id}", "7,"},
        {"/jobs/7:cancel", "/jobs/{id}:cancel", "7,"},
        {"/jobs/a:b:cancel", "/jobs/{id}:cancel", "a:b,"},
        {"/jobs/7%3Acancel", "/jobs/{id}", "7%3Acancel,"},
        {"/jobs/:cancel", "/jobs/{id}", ":cancel,"},
        {"/jobs/7:cancelled", "/jobs/{id}", "7:cancelled,"},
        {"/jobs/7:cancel/log", "/jobs/{id}:cancel/log", "7,"},
        {"/files/a.json", "/files/{name}.json", "a,"},
        {"/files/a%2ejson", "/files/{name}.json", "a,"},
        {"/files/a.json.json", "/files/{name}.json", "a.json,"},
        {"/files/a.tar.gz", "/files/{name}.tar.gz", "a,"},
        {"/files/a.b.c", "/files/{name}.{ext}", "a,b.c,"},
        {"/files/v1-2.json", "/files/v{n}-{m}.json", "1,2,"},
        {"/compare/x...y...z", "/compare/{a}...{b}", "x,y...z,"},
        {"/compare/head...z", "/compare/head...{b}", "z,"},
    };
    struct fixture f;

    set_up(&f);
    for (size_t i = 0; i < sizeof(templates) / sizeof(*templates); i++)
        add(&f, METHOD_GET, templates[i]);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char captures[128] = "";

        cr_expect(find(&f, METHOD_GET, rows[i].path) == ROUTE_FOUND, "%s", rows[i].path);
        cr_expect(f.route.target && strcmp(f.route.target, rows[i].template) == 0, "%s",
                  rows[i].path);
        for (size_t k = 0; k < f.route.capture_count; k++) {
            strncat(captures, f.route.captures[k].data, f.route.captures[k].len);
            strcat(captures, ",");
        }
        cr_expect_str_eq(captures, rows[i].captures, "%s: %s", rows[i].path, captures);
    }
    tear_down(&f);
}

Test(router, finds_no_path)
{
    static const char *const rows[] = {
        "/todo", "/todos/1/items",     "/todos/1/", "/todos//items/2",
        "//",    "/todos/1/items/2/3", "/a//c"};
    struct fixture f;

    set_up(&f);
    for (size_t i = 0; i < sizeof(templates) / sizeof(*templates); i++)
        add(&f, METHOD_GET, templates[i]);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(find(&f, METHOD_GET, rows[i]) == ROUTE_NO_PATH, "%s", rows[i]);
    tear_down(&f);
}

Test(router, refuses_malformed_paths)
{
    static const char *const rows[] = {
        "",          "todos",       "*",       "/.",     "/..",     "/a/../b", "/a/./b",
        "/%2e",      "/%2E%2e/x",   "/.%2E",   "/a%2Fb", "/a%2fb",  "/a%5Cb",  "/a%5cb",
        "/a%00b",    "/%",          "/%2",     "/%zz",   "/%2g",    "/a%",     "/%-1",
        "/todos/..", "/todos/1/..", "/%c0%ae", "/%ff",   "/%25%00",
    };
    struct fixture f;

    set_up(&f);
    add(&f, METHOD_GET, "/{any}");
    add(&f, METHOD_GET, "/todos/{any}");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(find(&f, METHOD_GET, rows[i]) == ROUTE_MALFORMED, "%s", rows[i]);
    tear_down(&f);
}

Test(router, knows_the_methods)
{
    struct fixture f;

    set_up(&f);
    add(&f, METHOD_GET, "/a");
    add(&f, METHOD_POST, "/a");
    add(&f, METHOD_DELETE, "/b");
    cr_expect(find(&f, METHOD_HEAD, "/a") == ROUTE_FOUND);
    cr_expect(find(&f, METHOD_PUT, "/a") == ROUTE_NO_METHOD && !f.route.target);
    cr_expect(f.route.allowed ==
              (1u << METHOD_GET | 1u << METHOD_HEAD | 1u << METHOD_POST | 1u << METHOD_OPTIONS));
    cr_expect(find(&f, METHOD_HEAD, "/b") == ROUTE_NO_METHOD);
    cr_expect(f.route.allowed == (1u << METHOD_DELETE | 1u << METHOD_OPTIONS));
    cr_expect(find(&f, METHOD_UNKNOWN, "/b") == ROUTE_NO_METHOD);
    cr_expect(find(&f, METHOD_OPTIONS, "/b") == ROUTE_NO_METHOD);
    cr_expect(find(&f, METHOD_UNKNOWN, "/c") == ROUTE_NO_PATH && f.route.allowed == 0);
    for (int m = 0; m < METHOD_COUNT; m++)
        cr_expect(method_parse(slice_of(method_name((enum method)m))) == (enum method)m);
    cr_expect(method_parse(slice_of("get")) == METHOD_UNKNOWN);
    cr_expect(method_parse(slice_of("")) == METHOD_UNKNOWN);
    cr_expect(method_name(METHOD_UNKNOWN) != NULL);
    tear_down(&f);
}

/* POST /t/search beside GET /t/{id}: the path decides, GET /t/search is 405. */
Test(router, chooses_the_path_before_the_method)
{
    struct fixture f;

    set_up(&f);
    add(&f, METHOD_POST, "/t/search");
    add(&f, METHOD_GET, "/t/{id}");
    cr_expect(find(&f, METHOD_POST, "/t/search") == ROUTE_FOUND);
    cr_expect(find(&f, METHOD_GET, "/t/search") == ROUTE_NO_METHOD);
    tear_down(&f);
}

Test(router, refuses_equal_templates)
{
    struct fixture f;
    struct fault fault;
    void *equal;

    set_up(&f);
    add(&f, METHOD_GET, "/a/{b}");
    add(&f, METHOD_PUT, "/a/{c}");
    add(&f, METHOD_GET, "/a/b");
    cr_expect(!router_add(&f.router, METHOD_GET, "/a/{x}", &f, &equal, &fault));
    cr_expect_str_eq(equal, "/a/{b}");
    cr_expect(!router_add(&f.router, METHOD_GET, "/a/%62", &f, &equal, &fault));
    cr_expect_str_eq(equal, "/a/b");
    tear_down(&f);
}

Test(router, refuses_malformed_templates)
{
    static const char *const rows[] = {"/{a}{b}", "/{a}b}", "/{a",   "/a}",   "/{}",       "/{{a}}",
                                       "/%zz",    "/a%",    "/a%00", "/a{}b", "/x{a}{b}y", "a"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fixture f;
        struct fault fault;
        void *equal;

        set_up(&f);
        cr_expect(!router_add(&f.router, METHOD_GET, rows[i], &f, &equal, &fault), "%s", rows[i]);
        cr_expect(fault_is_set(&fault) && !equal, "%s", rows[i]);
        tear_down(&f);
    }
}

Test(router, holds_so_many_segments)
{
    struct fixture f;
    char text[1024] = "";
    struct fault fault;
    void *equal;

    set_up(&f);
    for (int i = 0; i < ROUTER_SEGMENTS_MAX; i++)
        strcat(text, "/{a}");
    cr_expect(router_add(&f.router, METHOD_GET, text, &f, &equal, &fault));
    strcat(text, "/{a}");
    cr_expect(!router_add(&f.router, METHOD_GET, text, &f, &equal, &fault) && !equal);
    text[0] = '\0';
    for (int i = 0; i < ROUTER_SEGMENTS_MAX; i++)
        strcat(text, "/%61");
    cr_expect(find(&f, METHOD_GET, text) == ROUTE_FOUND);
    cr_expect(f.route.capture_count == ROUTER_SEGMENTS_MAX);
    strcat(text, "/a");
    cr_expect(find(&f, METHOD_GET, text) != ROUTE_FOUND);
    tear_down(&f);
}

Test(router, finds_among_many)
{
    struct fixture f;
    static char texts[500][32];

    set_up(&f);
    for (int i = 0; i < 500; i++) {
        snprintf(texts[i], sizeof(texts[i]), "/%d/{x}", (i * 7919) % 500);
        add(&f, METHOD_GET, texts[i]);
    }
    for (int i = 0; i < 500; i++) {
        char path[32];

        snprintf(path, sizeof(path), "/%d/v", (i * 7919) % 500);
        cr_expect(find(&f, METHOD_GET, path) == ROUTE_FOUND && f.route.target == texts[i]);
    }
    tear_down(&f);
}
