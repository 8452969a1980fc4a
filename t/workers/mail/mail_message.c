/* SPDX-License-Identifier: MIT */
#include "workers/mail/mail_message.h"

#include <string.h>

#include <criterion/criterion.h>

static struct buf out;

static void tear_down(void)
{
    buf_fini(&out);
}

TestSuite(mail_message, .fini = tear_down);

static bool put(const char *name, const char *to, const char *subject, const char *body)
{
    struct mail_message m = {slice_of(name), slice_of("no@todo.example"),
                             slice_of(to),   slice_of(subject),
                             slice_of(body), 1700000000123};

    out.len = 0;
    return mail_message_put(&out, &m) && buf_text(&out);
}

Test(mail_message, is_whole)
{
    const char *id;

    cr_assert(put("Todo", "ada@example.com", "Hello", "One\nTwo\n"));
    cr_expect(strstr(out.data, "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
                               "From: Todo <no@todo.example>\r\n"
                               "To: <ada@example.com>\r\n"
                               "Subject: Hello\r\n"
                               "Message-ID: <") == out.data,
              "%s", out.data);
    id = strstr(out.data, "Message-ID: <") + 13;
    cr_expect(strncmp(id + 36, "@todo.example>\r\nAuto-Submitted: auto-generated\r\n", 48) == 0,
              "%s", out.data);
    cr_expect(strstr(out.data, "\r\nMIME-Version: 1.0\r\n"
                               "Content-Type: text/plain; charset=utf-8\r\n"
                               "Content-Transfer-Encoding: 7bit\r\n\r\nOne\r\nTwo\r\n"),
              "%s", out.data);
}

Test(mail_message, encodes_what_it_must)
{
    static const struct {
        const char *name, *subject, *body, *want;
    } rows[] = {
        {"", "s", "b", "From: <no@todo.example>\r\n"},
        {"To-do's", "s", "b", "From: To-do's <no@todo.example>\r\n"},
        {"Todo, Inc.", "s", "b", "From: =?utf-8?Q?Todo=2C=20Inc=2E?= <no@todo.example>\r\n"},
        {"B\303\274cher", "s", "b", "From: =?utf-8?Q?B=C3=BCcher?= <no@todo.example>\r\n"},
        {"", "Gr\303\274\303\237e", "b", "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n"},
        {"", "=?utf-8?Q?a?=", "b", "Subject: =?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?=\r\n"},
        {"", "aaaaaaaaaaaaaa\303\274b", "b",
         "Subject: =?utf-8?Q?aaaaaaaaaaaaaa?=\r\n =?utf-8?Q?=C3=BCb?=\r\n"},
        {"", "s", "\303\274\n", "quoted-printable\r\n\r\n=C3=BC\r\n"},
        {"", "s", "a=\303\274 \nb \n", "\r\n\r\na=3D=C3=BC=20\r\nb=20\r\n"},
        {"", "s", "tab\there", "quoted-printable\r\n\r\ntab=09here\r\n"},
        {"", "s", ".\n", "7bit\r\n\r\n.\r\n"},
        {"", "s", "a\r\nb\n", "quoted-printable\r\n\r\na=0D\r\nb\r\n"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_assert(put(rows[i].name, "a@b", rows[i].subject, rows[i].body), "%zu", i);
        cr_expect(strstr(out.data, rows[i].want), "%zu: %s", i, out.data);
    }
}

Test(mail_message, keeps_lines_short)
{
    char body[4096], subject[180];

    memset(body, 'x', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    for (size_t i = 0; i + 3 < sizeof(subject); i += 3)
        memcpy(subject + i, "\342\202\254", 4);
    subject[177] = '\0';
    cr_assert(put("", "a@b", subject, body));
    for (struct slice rest = buf_slice(&out); rest.len;) {
        struct slice line = slice_cut(&rest, '\n');

        cr_expect(line.len <= 78, "%.*s", (int)line.len, line.data);
    }
}

Test(mail_message, refuses_what_would_become_a_header)
{
    cr_expect(!put("", "a@b\r\nBcc: c@d", "s", "b") && !out.len);
    cr_expect(!put("", "a@b, c@d", "s", "b"));
    cr_expect(!put("", "a@b", "s\r\nBcc: c@d", "b"));
    cr_expect(!put("", "a@b", "s\nBcc: c@d", "b"));
    cr_expect(!put("N\r\nBcc: c@d", "a@b", "s", "b"));
    cr_expect(!put("", "a@b", "\377", "b"));
    cr_expect(!put("", "a@b", "s", "\377"));
    cr_expect(!out.len);
}
