/* SPDX-License-Identifier: MIT */
#include "workers/mail/mail_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/json/jget.h"

static char folder[64], path[128];
static struct diags diags;
static struct buf out;

static void set_up(void)
{
    strcpy(folder, "/tmp/leat-unit-text-XXXXXX");
    cr_assert(mkdtemp(folder));
}

static void tear_down(void)
{
    diags_fini(&diags);
    buf_fini(&out);
    unlink(path);
    rmdir(folder);
}

TestSuite(mail_text, .init = set_up, .fini = tear_down);

static const char *fill(const char *text, const struct mail_variables *v)
{
    out.len = 0;
    mail_text_put(&out, slice_of(text), v);
    return buf_text(&out);
}

Test(mail_text, fills_in)
{
    static const struct mail_variables v = {"https://a/?t=1", "T0", "ada@example.com", NULL};
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"plain", "plain"},
        {"", ""},
        {"a {{token}} b", "a T0 b"},
        {"{{link}}{{token}}", "https://a/?t=1T0"},
        {"{{email}}\n", "ada@example.com\n"},
        {"a\n{{app}}\nb\n", "a\nb\n"},
        {"a\n{{app}} {{token}}\nb", "a\n T0\nb"},
        {"a\n\n\nb\n", "a\n\n\nb\n"},
        {"{ {token} } {{", "{ {token} } "},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_str_eq(fill(rows[i].text, &v), rows[i].want, "%s: %s", rows[i].text, out.data);
    cr_expect_str_eq(fill("{{token}}", &(struct mail_variables){.token = "a\r\nBcc: \tb\177"}),
                     "a  Bcc:  b ");
}

Test(mail_text, has_one_of_each_kind)
{
    static const struct mail_variables v = {"LINK", "TOKEN", "EMAIL", "APP"};
    struct mail_text texts[MAIL_KIND_COUNT];

    mail_text_read(NULL, texts);
    for (int kind = 0; kind < MAIL_KIND_COUNT; kind++) {
        bool has_proof = kind == MAIL_VERIFY_EMAIL || kind == MAIL_RESET_PASSWORD;

        out.len = 0;
        mail_text_put(&out, texts[kind].subject, &v);
        mail_text_put(&out, texts[kind].body, &v);
        cr_expect(strstr(buf_text(&out), "EMAIL") && strstr(out.data, "APP") &&
                      !strstr(out.data, "{{"),
                  "%s", out.data);
        cr_expect(has_proof == (strstr(out.data, "TOKEN") != NULL) &&
                  has_proof == (strstr(out.data, "LINK") != NULL));
    }
}

static struct json_object *load(const char *name, const char *text, size_t len)
{
    FILE *file;

    if (path[0])
        unlink(path);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    cr_assert(file);
    fwrite(text, 1, len, file);
    fclose(file);
    diags_fini(&diags);
    return mail_text_load(folder, &diags);
}

Test(mail_text, takes_files)
{
    static const char text[] = "Subject:  Hi {{app}} \r\n\r\nCode: {{token}}\r\n";
    struct json_object *loaded = load("verify-email.txt", text, sizeof(text) - 1);
    struct mail_text texts[MAIL_KIND_COUNT];

    cr_assert(!diags.count, "%s", diags.items[0].message);
    mail_text_read(loaded, texts);
    cr_expect(slice_is(texts[MAIL_VERIFY_EMAIL].subject, "Hi {{app}}"));
    cr_expect(slice_is(texts[MAIL_VERIFY_EMAIL].body, "Code: {{token}}\n"));
    cr_expect(texts[MAIL_EMAIL_IN_USE].body.len > 0);
    json_object_put(loaded);
}

Test(mail_text, finds_what_is_wrong)
{
    static const struct {
        const char *name, *text, *where, *message;
    } rows[] = {
        {"verify-email.txt", "Subject: s\n\n{{token}}\n{{tokn}}\n", ":4",
         "{{tokn}} is not a variable"},
        {"verify-email.txt", "Subject: {{x}}\n\n{{link}}\n", ":1", "{{x}} is not a variable"},
        {"verify-email.txt", "Subject: s\n\n{{token}} {{link", ":3", "{{}} is not a variable"},
        {"verify-email.txt", "Subject: s\n\nnothing\n", ":1", "neither {{link}} nor {{token}}"},
        {"password-changed.txt", "Subject: s\n\n{{token}}\n", ":3", "has no value"},
        {"email-in-use.txt", "Hello\n", ":1", "not \"Subject: "},
        {"email-in-use.txt", "", ":1", "not \"Subject: "},
        {"email-in-use.txt", "Subject:\n\nx\n", ":1", "the subject is empty"},
        {"email-in-use.txt", "Subject: s\n\n\377\n", ":1", "not valid UTF-8"},
        {"verify.txt", "Subject: s\n", "", "verify.txt is not the name of a message"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        json_object_put(load(rows[i].name, rows[i].text, strlen(rows[i].text)));
        cr_assert(diags.count == 1, "%zu: %zu", i, diags.count);
        cr_expect(strstr(diags.items[0].message, rows[i].message), "%zu: %s", i,
                  diags.items[0].message);
        cr_expect(strstr(diags.items[0].where, *rows[i].where ? rows[i].where : folder), "%zu: %s",
                  i, diags.items[0].where);
    }
    diags_fini(&diags);
    json_object_put(mail_text_load("/nowhere", &diags));
    cr_expect(diags.errors > 0);
}
