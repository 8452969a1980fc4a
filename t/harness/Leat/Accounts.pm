# SPDX-License-Identifier: MIT
# A server that has accounts, and people who use it.
#
#     my $leat = accounts(identity => 'access: 1m');   # conf/auth.yaml at /v1
#     register($leat, 'ann');                   # the answer; ann@example.org, with the usual password
#     my $r = login($leat, 'ann');              # {json}{access_token}, {json}{refresh_token}
#     $leat->get('/v1/auth/me', headers => bearer($r));
package Leat::Accounts;

use strict;
use warnings;
use Exporter qw(import);
use Leat::Test;
use Test::More;

our @EXPORT = qw(accounts address register login bearer joined me sql audits password);

# Rate limits and the login throttle do not interfere with tests; hashes are cheap.
my $usual = <<'YAML';
rate-limits: {login: {rate: 10000/min}, account: {rate: 100000/min}}
log: {level: debug}
YAML
my $identity = 'password: {memory: 8MiB, passes: 1, tries: 1000}';

# identity: more keys of identity; config: keys beside it.
sub accounts {
    my (%o) = @_;
    my $own = $o{identity} // '';
    my $document = slurp(Leat::Test::source() . '/conf/auth.yaml');
    $own .= ($own =~ /\S\z/ ? ', ' : '') . $identity unless $own =~ /\bpassword: \{/;
    return Leat::Test->new(
        document => $document,
        migrations => {'0001_things.up.sql' => 'CREATE TABLE things (id INTEGER PRIMARY KEY) STRICT;'},
        config => "$usual" . "identity: {$own}\n" . ($o{config} // ''),
        map({ exists $o{$_} ? ($_ => $o{$_}) : () } qw(workers files)),
    );
}

sub address { my ($name) = @_; return $name =~ /@/ ? $name : "$name\@example.org" }
sub password { return 'correct horse battery' }

sub register {
    my ($leat, $name, %o) = @_;
    my %body = (email => address($name), password => $o{password} // password());
    return $leat->post('/v1/auth/register', \%body, headers => $o{headers} // {});
}

# code: of the second factor; path: another operation, for a cookie
sub login {
    my ($leat, $name, %o) = @_;
    my %body = (email => address($name), password => $o{password} // password());
    $body{code} = $o{code} if defined $o{code};
    return $leat->post($o{path} // '/v1/auth/login', \%body, headers => $o{headers} // {});
}

# Returns the headers with the token of a login's answer, or with a token.
sub bearer {
    my ($r, %more) = @_;
    return {Authorization => 'Bearer ' . (ref $r ? $r->{json}{access_token} : $r), %more};
}

# Registers and logs in.
sub joined {
    my ($leat, $name, %o) = @_;
    register($leat, $name, %o);
    my $r = login($leat, $name, %o);
    is($r->{status}, 200, "$name is logged in") or diag($r->{body});
    return $r;
}

# Returns the status of auth.me for a login.
sub me { my ($leat, $r) = @_; return $leat->get('/v1/auth/me', headers => bearer($r))->{status} }

# Returns the rows of a statement that is run outside the server.
sub sql {
    my ($leat, $text) = @_;
    my $r = run_command('sqlite3', '-cmd', '.timeout 10000', "$leat->{dir}/app.db", "PRAGMA foreign_keys = on; $text");
    is($r->{err}, '', 'the statement runs') if $r->{err} ne '';
    return split /\n/, $r->{out};
}

# Returns the events of the audit, oldest first, of one account if it is named. No answer waits for
# a record in it, which may come after that of a later event, so this polls until nothing more comes.
sub audits {
    my ($leat, $name) = @_;
    my $user = 'SELECT id FROM _leat_users WHERE email = ' . (defined $name ? "'" . address($name) . "'" : 'NULL');
    my $who = defined $name ? "WHERE user_id = ($user)" : '';
    return split /\n/, Leat::Test::settled(sub {
        join "\n", sql($leat, "SELECT event FROM _leat_audit $who ORDER BY at, id");
    });
}

1;
