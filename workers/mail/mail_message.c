/* SPDX-License-Identifier: MIT */
/*
 * Builds messages of one text part. Everything outside ASCII is encoded, so that no server on the
 * way has to support SMTPUTF8 or 8BITMIME, or changes a byte; a text that is plain already stays
 * readable. is_sendable() is the gate against header injection: no value with a control character
 * passes it, so the put_ functions need not look.
 */
#include "workers/mail/mail_message.h"

#include <time.h>

#include "lib/core/text/mailbox.h"
#include "lib/core/text/utf8.h"
#include "lib/core/text/uuid.h"

enum {
    PLAIN_MAX = 200,     /* of a subject or name that is not encoded */
    WORD_BYTES = 15,     /* of an encoded-word, 3 characters each at most */
    TEXT_LINE_MAX = 998, /* RFC 5322, 2.1.1 */
    PRINTED_MAX = 75,    /* of a quoted-printable line, before its "=" (RFC 2045, 6.7) */
};

#define ATOMS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/^_`{|}~ "
/* Characters that an encoded-word, even in a name, need not encode (RFC 2047, 5). */
#define WORDS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"

static bool is_of(struct slice text, const char *allowed)
{
    for (size_t i = 0; i < text.len; i++)
        if (!text.data[i] || !strchr(allowed, text.data[i]))
            return false;
    return true;
}

static bool has_control(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
            return true;
    return false;
}

static bool is_ascii(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    return true;
}

/* Returns the number of bytes for the next encoded-word; no UTF-8 sequence is split. */
static size_t word_len(struct slice text)
{
    size_t len = text.len < WORD_BYTES ? text.len : WORD_BYTES;

    while (len < text.len && ((unsigned char)text.data[len] & 0xc0) == 0x80)
        len--;
    return len;
}

static void put_words(struct buf *out, struct slice text)
{
    while (text.len) {
        size_t len = word_len(text);

        buf_puts(out, "=?utf-8?Q?");
        for (size_t i = 0; i < len; i++) {
            if (strchr(WORDS, text.data[i]))
                buf_putc(out, text.data[i]);
            else
                buf_printf(out, "=%02X", (unsigned char)text.data[i]);
        }
        text.data += len;
        text.len -= len;
        buf_puts(out, text.len ? "?=\r\n " : "?=");
    }
}

static void put_subject(struct buf *out, struct slice subject)
{
    bool is_plain = is_ascii(subject) && subject.len <= PLAIN_MAX &&
                    !memmem(subject.data, subject.len, "=?", 2);

    buf_puts(out, "Subject: ");
    if (is_plain)
        buf_put(out, subject.data, subject.len);
    else
        put_words(out, subject);
    buf_puts(out, "\r\n");
}

static void put_from(struct buf *out, const struct mail_message *m)
{
    buf_puts(out, "From: ");
    if (is_of(m->from_name, ATOMS) && m->from_name.len <= PLAIN_MAX)
        buf_put(out, m->from_name.data, m->from_name.len);
    else
        put_words(out, m->from_name);
    buf_printf(out, "%s<%.*s>\r\n", m->from_name.len ? " " : "", (int)m->from.len, m->from.data);
}

static void put_date(struct buf *out, uint64_t real_ms)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(real_ms / 1000);
    struct tm t;

    gmtime_r(&seconds, &t);
    buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[t.tm_wday], t.tm_mday,
               months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static void put_id(struct buf *out, struct slice from)
{
    char id[UUID_TEXT];

    slice_cut(&from, '@');
    uuid_v7(id);
    buf_printf(out, "Message-ID: <%s@%.*s>\r\n", id, (int)from.len, from.data);
}

/* Returns whether the body can be sent as 7bit: no server on the way would have to change it. */
static bool is_plain_body(struct slice body)
{
    if (!is_ascii(body))
        return false;
    while (body.len) {
        struct slice line = slice_cut(&body, '\n');

        if (line.len > TEXT_LINE_MAX || has_control(line))
            return false;
    }
    return true;
}

static void put_plain(struct buf *out, struct slice body)
{
    while (body.len) {
        struct slice line = slice_cut(&body, '\n');

        buf_put(out, line.data, line.len);
        buf_puts(out, "\r\n");
    }
}

/* Returns whether a character of quoted-printable needs no escape. A space at the end of a line
 * does, or it would be lost. */
static bool is_printed_as_it_is(struct slice line, size_t i)
{
    unsigned char c = (unsigned char)line.data[i];

    return c == ' ' ? i + 1 < line.len : c > ' ' && c < 0x7f && c != '=';
}

static void put_printed(struct buf *out, struct slice body)
{
    while (body.len) {
        struct slice line = slice_cut(&body, '\n');
        size_t width = 0;

        for (size_t i = 0; i < line.len; i++) {
            bool as_it_is = is_printed_as_it_is(line, i);

            if (width + (as_it_is ? 1 : 3) > PRINTED_MAX) {
                buf_puts(out, "=\r\n");
                width = 0;
            }
            if (as_it_is)
                buf_putc(out, line.data[i]);
            else
                buf_printf(out, "=%02X", (unsigned char)line.data[i]);
            width += as_it_is ? 1 : 3;
        }
        buf_puts(out, "\r\n");
    }
}

static bool is_sendable(const struct mail_message *m)
{
    return mailbox_is_address(m->from) && mailbox_is_address(m->to) && !has_control(m->subject) &&
           !has_control(m->from_name) && utf8_is_valid(m->subject.data, m->subject.len) &&
           utf8_is_valid(m->from_name.data, m->from_name.len) &&
           utf8_is_valid(m->body.data, m->body.len);
}

bool mail_message_put(struct buf *out, const struct mail_message *m)
{
    bool is_plain = is_plain_body(m->body);

    if (!is_sendable(m))
        return false;
    put_date(out, m->real_ms);
    put_from(out, m);
    buf_printf(out, "To: <%.*s>\r\n", (int)m->to.len, m->to.data);
    put_subject(out, m->subject);
    put_id(out, m->from);
    buf_printf(out,
               "Auto-Submitted: auto-generated\r\n" /* RFC 3834: suppresses out-of-office replies */
               "MIME-Version: 1.0\r\n"
               "Content-Type: text/plain; charset=utf-8\r\n"
               "Content-Transfer-Encoding: %s\r\n\r\n",
               is_plain ? "7bit" : "quoted-printable");
    if (is_plain)
        put_plain(out, m->body);
    else
        put_printed(out, m->body);
    return true;
}
