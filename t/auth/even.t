# SPDX-License-Identifier: MIT
# The time of an answer does not reveal which accounts exist, because the work is the same: the hashes
# of a login, the commits of a request, and all that precedes its answer are counted, not timed.
use strict;
use warnings;
use Leat::Accounts;
use Leat::Program;
use Leat::Test;
use Test::More;

plan skip_all => 'a preloaded library disturbs the sanitizer' if is_sanitized();

my $library = <<'C';
/* Notes what a worker does, a line each: the cost of a hash that a password is compared with
 * ("m=8192,t=1,p=1"), an answer to a client, a letter. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static FILE *out;

__attribute__((constructor)) static void begin(void) /* before the sandbox */
{
    out = fopen(WHERE, "a");
}

static void note(const char *text, int len)
{
    if (out)
        fprintf(out, "%.*s\n", len, text), fflush(out);
}

#define REAL(name, type) ((type)dlsym(RTLD_NEXT, #name))

int argon2id_verify(const char *encoded, const void *password, size_t len)
{
    int (*real)(const char *, const void *, size_t) =
        REAL(argon2id_verify, int (*)(const char *, const void *, size_t));

    if (strlen(encoded) > 15)
        note(encoded + 15, (int)strcspn(encoded + 15, "$"));
    return real(encoded, password, len);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    ssize_t (*real)(int, const struct iovec *, int) = REAL(writev, ssize_t (*)(int, const struct iovec *, int));
    struct stat st;

    if (count && parts[0].iov_len > 4 && memcmp(parts[0].iov_base, "HTTP", 4) == 0 && fstat(fd, &st) == 0 &&
        S_ISSOCK(st.st_mode))
        note("answer", 6); /* before the client can have it */
    return real(fd, parts, count);
}

ssize_t write(int fd, const void *data, size_t len)
{
    ssize_t (*real)(int, const void *, size_t) = REAL(write, ssize_t (*)(int, const void *, size_t));
    char link[32], path[256] = "";

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    if (memmem(data, len, "To: ", 4) && readlink(link, path, sizeof(path) - 1) > 5 && strstr(path, "/mailbox"))
        note("letter", 6);
    return real(fd, data, len);
}
C

# Starts a server with one worker in which the library reports what it does.
sub watched {
    my (%o) = @_;
    my $leat = accounts(workers => 1, %o);
    $leat->write('note.c', $library);
    my $dir = $leat->{dir};
    compile(qw(-shared -fPIC -O1), "-DWHERE=\"$dir/notes\"", '-o', "$dir/note.so", "$dir/note.c", '-ldl');
    local $ENV{LD_PRELOAD} = "$dir/note.so";
    return $leat->start;
}
# Returns what a worker did while the code ran, up to the expected note.
sub notes {
    my ($leat, $do, $until) = @_;
    spew("$leat->{dir}/notes", '');
    $do->();
    wait_for(10, sub { slurp("$leat->{dir}/notes") =~ ($until // qr/answer\n/) });
    return join ' ', split /\n/, slurp("$leat->{dir}/notes");
}

subtest 'makes the same hashes for a login, whoever it is of' => sub {
    my $leat = watched(identity => 'password: {memory: 8MiB, passes: 1}');
    register($leat, $_) for qw(ann dormant disabled provider);
    my $costs = sub {
        my ($name, %o) = @_;
        return notes($leat, sub { login($leat, $name, password => 'wrong wrong', %o) });
    };
    is($costs->($_), 'm=8192,t=1,p=1 answer', "$_: one, where all cost the same") for qw(ann nobody);
    $leat->configure(slurp($leat->{config_path}) =~ s/memory: 8MiB, passes: 1/memory: 9MiB, passes: 2/r);
    is($leat->ctl('reload')->{code}, 0, 'hashes are to cost more');
    is(login($leat, 'ann')->{status}, 200, 'one has logged in since');
    sql($leat, "UPDATE _leat_users SET password_hash = NULL WHERE email LIKE 'provider%';"
        . " UPDATE _leat_users SET disabled_at = created_at WHERE email LIKE 'disabled%'");
    my $all = 'm=9216,t=2,p=1 m=8192,t=1,p=1 answer';
    is($costs->($_), $all, "$_: one at each cost that is in use") for qw(ann dormant disabled provider nobody);
    is($costs->($_, path => '/v1/auth/session'), $all, "$_: by cookie, too") for qw(dormant nobody);
    is(login($leat, 'dormant')->{status}, 200, 'who is right is let in');
    sql($leat, "DELETE FROM _leat_users WHERE email LIKE 'disabled%'");
    is($leat->ctl('reload')->{code}, 0, 'when all have logged in, and the others are gone');
    is($costs->($_), 'm=9216,t=2,p=1 answer', "$_: one is enough") for qw(ann nobody);
    done_testing;
};

subtest 'commits as often for one who is known as for one who is not, and mails after the answer' => sub {
    my $leat = watched(config => "mail: {from: us\@example.org, file: mailbox}\n");
    my $commits = sub {
        return $leat->ctl('metrics')->{out} =~ /^leat_database_commits_total (\d+)$/m ? $1 : die 'no commits';
    };
    notes($leat, sub { register($leat, 'ann') }, qr/letter\n/);
    my %body = (register => {password => password()});
    for my $row (['password/forgot', 204], ['email/verification', 204], ['register', 201]) {
        my ($path, $status) = @$row;
        my (%commits, %did);
        for my $name (qw(ann nobody)) {
            my $before = $commits->();
            my $gets_one = $name eq 'ann' || $path eq 'register';
            $did{$name} = notes($leat, sub {
                my $r = $leat->post("/v1/auth/$path", {email => address($name), %{$body{$path} // {}}});
                is($r->{status}, $status, "$path: of $name");
            }, $gets_one ? qr/letter\n/ : undef);
            $commits{$name} = $commits->() - $before;
        }
        is($commits{ann}, $commits{nobody}, 'as many commits for one who is known as for one who is not');
        is($did{ann}, 'answer letter', 'a letter is written once the request has been answered');
        is($did{nobody}, $path eq 'register' ? 'answer letter' : 'answer', 'to those who get one');
    }
    done_testing;
};

all_done;
