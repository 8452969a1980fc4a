/* SPDX-License-Identifier: MIT */
#include "lib/core/channel.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

static int fds[2];

static void set_up(void)
{
    cr_assert(channel_pair(fds));
}

static void tear_down(void)
{
    close(fds[0]);
    close(fds[1]);
}

TestSuite(channel, .init = set_up, .fini = tear_down);

Test(channel, carries_messages)
{
    struct channel_message m;
    char longest[3000];

    for (int i = 0; i < 2; i++)
        cr_expect((fcntl(fds[i], F_GETFD) & FD_CLOEXEC) && (fcntl(fds[i], F_GETFL) & O_NONBLOCK));
    cr_expect(channel_receive(fds[0], &m) == 0);
    cr_expect(channel_send(fds[1], CHANNEL_READY, NULL) &&
              channel_send(fds[1], CHANNEL_FAILED, "why"));
    cr_expect(channel_receive(fds[0], &m) == 1 && m.type == CHANNEL_READY && !*m.text);
    cr_expect(channel_receive(fds[0], &m) == 1 && m.type == CHANNEL_FAILED);
    cr_expect_str_eq(m.text, "why");
    cr_expect(channel_receive(fds[0], &m) == 0);
    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    cr_expect(channel_send(fds[0], CHANNEL_DRAIN, longest), "a long text is cut");
    cr_expect(channel_receive(fds[1], &m) == 1 && strlen(m.text) == sizeof(m.text) - 1);
}

Test(channel, tells_when_the_other_side_is_gone)
{
    struct channel_message m;

    cr_expect(channel_send(fds[1], CHANNEL_DRAINING, "bye"));
    close(fds[1]);
    cr_expect(channel_receive(fds[0], &m) == 1 && m.type == CHANNEL_DRAINING,
              "the last message arrives");
    cr_expect(channel_receive(fds[0], &m) == -1);
    cr_expect(!channel_send(fds[0], CHANNEL_RETIRE, NULL), "and no SIGPIPE");
    fds[1] = -1;
}

Test(channel, does_not_wait_for_a_reader)
{
    int sent = 0;
    struct channel_message m;

    while (sent < 1000000 && channel_send(fds[0], CHANNEL_DRAIN, "x"))
        sent++;
    cr_expect(sent > 0 && sent < 1000000);
    while (channel_receive(fds[1], &m) == 1)
        sent--;
    cr_expect(sent == 0);
}

Test(channel, terminates_whatever_arrives)
{
    static const char raw[1024] = "\2\0\0\0abc";
    struct channel_message m;

    memset(&m, 'x', sizeof(m));
    cr_assert(send(fds[0], raw, 7, 0) == 7); /* no NUL */
    cr_expect(channel_receive(fds[1], &m) == 1 && memchr(m.text, 0, sizeof(m.text)));
    cr_assert(send(fds[0], raw, 3, 0) == 3);
    cr_expect(channel_receive(fds[1], &m) == CHANNEL_GARBAGE, "shorter than its type");
    cr_assert(send(fds[0], raw, sizeof(raw), 0) == sizeof(raw));
    cr_expect(channel_receive(fds[1], &m) == 1 && memchr(m.text, 0, sizeof(m.text)));
    cr_assert(send(fds[0], (char[4096]){2}, 4096, 0) == 4096);
    cr_expect(channel_receive(fds[1], &m) == CHANNEL_GARBAGE, "longer than any message");
    cr_assert(channel_send(fds[0], CHANNEL_READY, NULL));
    cr_expect(channel_receive(fds[1], &m) == CHANNEL_MESSAGE, "and the next is whole");
}

static int count_fds(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

Test(channel, takes_descriptors_only_where_they_are_wanted)
{
    struct channel_message m;
    int before = count_fds();

    cr_assert(channel_send_fds(fds[0], CHANNEL_REOPEN, fds));
    cr_expect(channel_receive(fds[1], &m) == CHANNEL_MESSAGE && m.fds[0] == -1 && m.fds[1] == -1);
    cr_expect(count_fds() == before, "the others are not left open");
    cr_assert(channel_send_fds(fds[0], CHANNEL_REOPEN, fds));
    cr_expect(channel_receive_fds(fds[1], &m) == CHANNEL_MESSAGE && m.fds[0] >= 0 && m.fds[1] >= 0);
    cr_expect(count_fds() == before + 2);
    close(m.fds[0]);
    close(m.fds[1]);
    cr_assert(channel_send(fds[0], CHANNEL_LEVEL, "info"));
    cr_expect(channel_receive_fds(fds[1], &m) == CHANNEL_MESSAGE && m.fds[0] == -1);
}
