# SPDX-License-Identifier: MIT
# Tokens of other issuers are believed by keys from a file or a URL, and all else is rejected.
use strict;
use warnings;
use IO::Select;
use JSON::PP;
use Leat::Provider qw(jwk_of make_key sign_token);
use Leat::Test;
use Test::More;

my $json = JSON::PP->new->canonical;
my ($file_key, $plain_key, $wrong_key) = map { make_key($_->[0], $_->[1]) } [qw(RS256 f1)], [qw(ES256 p1)],
    [qw(ES256 k1)];
my $op = Leat::Provider->new;
my $late = Leat::Provider->new;
my $late_port = $late->{port};
$late->stop;

my $leat = Leat::Test->new(migrations => {'0001_a.up.sql' => 'CREATE TABLE t (id INTEGER PRIMARY KEY);'},
    document => <<'API');
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: /v1}]
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
security: [{bearer: []}]
paths:
  /who:
    get:
      operationId: who
      responses:
        "200":
          description: who
          content: {application/json: {schema: {type: object, properties: {sub: {type: string}}}}}
      x-sql: {returns: one, sql: "SELECT :_sub AS sub"}
  /write:
    get:
      operationId: write
      security: [{bearer: [write]}]
      responses:
        "200":
          description: scopes
          content: {application/json: {schema: {type: object, properties: {scope: {type: string}}}}}
      x-sql: {returns: one, sql: "SELECT :_scope AS scope"}
API
$leat->write('file.jwks', $json->encode({keys => [jwk_of($file_key)]}));
$leat->write('plain.jwks', $json->encode({keys => [jwk_of($plain_key)]}));
sub config {
    my (%more) = @_;
    my %issuers = (
        file  => {issuer => 'https://file.example', audience => 'us', jwks => "$leat->{dir}/file.jwks"},
        plain => {issuer => 'https://plain.example', audience => 'us', jwks => "$leat->{dir}/plain.jwks",
            subjects => 'plain'},
        url   => {issuer => $op->{issuer}, audience => 'us', 'jwks-url' => "$op->{root}/jwks"},
        late  => {issuer => "http://127.0.0.1:$late_port", audience => 'us',
            'jwks-url' => "http://127.0.0.1:$late_port/jwks"},
        %more,
    );
    return 'identity: ' . $json->encode({issuers => \%issuers}) . "\n";
}
$leat->configure(config());
$leat->start;

sub claims {
    my ($issuer, %o) = @_;
    my %c = (iss => $issuer, aud => 'us', sub => 'u', iat => time, exp => time + 300, %o);
    delete @c{grep { !defined $c{$_} } keys %c};
    return \%c;
}
sub token { my ($issuer, $key, %o) = @_; return sign_token($key, claims($issuer, %{$o{claims} // {}}), %o) }
sub ask { my ($token) = @_; return $leat->get('/v1/who', headers => {Authorization => "Bearer $token"}) }
sub status { my ($token) = @_; my $r = ask($token); return $r ? $r->{status} : 0 }
sub accepts { my ($token) = @_; return wait_for(10, sub { status($token) == 200 }) }
# Tests the status on every worker, with near certainty.
sub all_say { my ($status, $token, $name) = @_; is_deeply([map { status($token) } 1 .. 12], [($status) x 12], $name) }

my ($file, $plain, $url) = ('https://file.example', 'https://plain.example', $op->{issuer});

subtest 'believes tokens by keys from a file and from a URL' => sub {
    my $r = ask(token($file, $file_key));
    is($r->{status}, 200, 'keys from a file') or diag $leat->log;
    is($r->{json}{sub}, 'file:u', 'the issuer\'s name stands before the subject');
    is(ask(token($plain, $plain_key))->{json}{sub}, 'u', 'unless it is taken as it is');
    my $token = token($url, $op->{key});
    ok(accepts($token), 'keys from a URL');
    is(ask($token)->{json}{sub}, 'url:u', 'by its name, too');
    ok(accepts(token($url, $op->{key}, claims => {sub => 'v', aud => ['others', 'us']})), 'for several audiences');
    done_testing;
};

subtest 'finds the scopes in the configured claim, and nowhere else' => sub {
    my %in = (list => 'scp', pointer => '/realm_access/roles', name => 'https://a.example/permissions');
    my $jwks = "$leat->{dir}/file.jwks";
    my $issuer = sub {
        return {issuer => "https://$_[0].example", audience => 'us', jwks => $jwks, 'scope-claim' => $in{$_[0]}};
    };
    $leat->configure(config(map { ($_ => $issuer->($_)) } keys %in));
    is($leat->ctl('reload')->{code}, 0, 'issuers with claims of their own');
    my $write = sub {
        my ($who, %claims) = @_;
        my $token = token("https://$who.example", $file_key, claims => \%claims);
        my $r = $leat->get('/v1/write', headers => {Authorization => "Bearer $token"});
        return "$r->{status} " . ($r->{json}{scope} // '-');
    };
    is($write->(file => scope => 'read write'), '200 read write', 'words, as RFC 8693 has them');
    is($write->(file => scp => ['write']), '403 -', 'and nowhere else');
    is($write->(list => scp => ['read', 'write']), '200 read write', 'a list');
    is($write->(list => scp => 'read write'), '200 read write', 'or words');
    is($write->(list => scope => 'write'), '403 -', 'not the usual claim then');
    is($write->(list => scp => $_), '403 -', 'no scope in ' . $json->encode([$_]))
        for ['read write', 1, undef, {}], [], {write => 1}, 1, 'writer', '';
    is($write->(pointer => realm_access => {roles => ['write', 'a b', '', 'c']}), '200 write c',
        'a pointer into a claim');
    is($write->(pointer => realm_access => $_), '403 -', 'to nothing') for ['write'], 'write', {roles => undef};
    is($write->(name => 'https://a.example/permissions' => ['write']), '200 write', 'a name that is a URL');
    $leat->configure(config());
    is($leat->ctl('reload')->{code}, 0, 'as before');
    done_testing;
};

subtest 'accepts a new key as soon as a token names it' => sub {
    my $old = token($url, $op->{key}, claims => {sub => 'old'});
    ok(accepts($old), 'before');
    my $new_key = make_key('ES256', 'k2');
    $op->set(keys => [map { jwk_of($_) } $op->{key}, $new_key]);
    my $new = token($url, $new_key, claims => {sub => 'new'});
    all_say(200, $new, 'a token of a new one waits until it is there');
    is(status($old), 200, 'the old one is there still');
    done_testing;
};

subtest 'rejects what is signed by another, expired, or meant for others' => sub {
    my $public = Leat::Provider::openssl('pkey', '-in', $op->{key}{file}, '-pubout');
    for my $row (
        ['the key of another issuer', token($url, $file_key)],
        ['that key, and its name', token($url, {%$file_key, kid => 'k1'})],
        ['the other way round', token($file, $op->{key})],
        ['an issuer whose subjects are plain, by another\'s key', token($plain, $file_key)],
        ['in this server\'s name', token('leat', $op->{key}, claims => {aud => 'leat'}, header => {typ => 'at+jwt'})],
        ['nobody\'s issuer', token('https://evil.example', $op->{key})], ['no issuer', token(undef, $op->{key})],
        ['another audience', token($url, $op->{key}, claims => {aud => 'others'})],
        ['no audience', token($url, $op->{key}, claims => {aud => undef})],
        ['our own audience, which it is not for', token($url, $op->{key}, claims => {aud => 'leat'})],
        ['a key that is not published', token($url, $wrong_key)],
        ['expired', token($url, $op->{key}, claims => {exp => time - 100})],
        ['endless', token($url, $op->{key}, claims => {exp => undef})],
        ['not yet good', token($url, $op->{key}, claims => {nbf => time + 100})],
        ['not signed', token($url, $op->{key}, header => {alg => 'none'})],
        ['the public key as a secret', token($url, $op->{key}, secret => $public)],
        ['another kind of token', token($url, $op->{key}, header => {typ => 'dpop+jwt'})],
        ['brings the place of its keys', token($url, $op->{key}, header => {jku => "$op->{root}/jwks"})]) {
        all_say(401, $row->[1], $row->[0]);
    }
    is(scalar(@{[$op->seen('elsewhere')]}), 0, 'nothing was fetched for it');
    done_testing;
};

subtest 'does not let strangers make it fetch at will' => sub {
    my $before = () = $op->seen('jwks');
    status(token($url, {%$wrong_key, kid => "x$_"})) for 1 .. 60;
    status(token($file, {%$file_key, kid => "x$_"})) for 1 .. 10;
    my $after = () = $op->seen('jwks');
    cmp_ok($after - $before, '<=', 2, 'once a worker at most');
    done_testing;
};

subtest 'forgets a withdrawn key, and keeps the others during an outage' => sub {
    my $other = Leat::Provider->new;
    my %there = (issuer => $other->{issuer}, audience => 'us', 'jwks-url' => "$other->{root}/jwks");
    $leat->configure(config(url => \%there));
    is($leat->ctl('reload')->{code}, 0, 'another issuer');
    my $old = token($other->{issuer}, $other->{key});
    ok(accepts($old), 'its key') for 1 .. 8;
    status(token($file, {%$file_key, kid => "z$_"})) for 1 .. 20; # a token of another asks for nothing here
    my $new_key = make_key('ES256', 'k2');
    $other->set(keys => [jwk_of($new_key)]);
    my $new = token($other->{issuer}, $new_key);
    ok(wait_for(10, sub { !grep { status($new) != 200 } 1 .. 12 }), 'every worker has the new one');
    all_say(401, $old, 'the old one is withdrawn, though its token had been verified');
    for my $fault (qw(down garbage text error slow)) {
        $other->set(fault => {jwks => $fault});
        status(token($other->{issuer}, {%$wrong_key, kid => "y$_"})) for 1 .. 8;
        all_say(200, $new, "it is good during an outage: $fault");
    }
    done_testing;
};

subtest 'lets requests wait for the keys, within bounds, and nobody else' => sub {
    my $token = token($url, $op->{key});
    $leat->configure(config());
    for (1 .. 5) {
        is($leat->ctl('reload')->{code}, 0, 'a reload');
        all_say(200, $token, 'who comes before the keys waits for them');
    }
    my $key = make_key('ES256', 's1');
    my $slow = Leat::Provider->new(key => $key);
    $slow->set(fault => {jwks => 'slow'});
    my %there = (issuer => $slow->{issuer}, audience => 'us', 'jwks-url' => "$slow->{root}/jwks");
    $leat->configure(config(url => \%there));
    is($leat->ctl('reload')->{code}, 0, 'and one to an issuer that is slow');
    $token = token($slow->{issuer}, $key);
    my @waiting = map { $leat->connect } 1 .. 20;
    syswrite $_, "GET /v1/who HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer $token\r\n\r\n" for @waiting;
    is(status(token($file, $file_key)), 200, 'others do not wait');
    is(IO::Select->new(@waiting)->can_read(1) // 0, 0, 'they do');
    close shift @waiting for 1 .. 5;
    $slow->reset;
    my %got;
    for (@waiting) {
        my $text = Leat::Test::read_all($_, 20, sub { $_[0] =~ /\}\z/ });
        $got{(Leat::Test::parse_answer($text) // {})->{status} // 'none'}++;
    }
    is_deeply(\%got, {200 => 15}, 'each is answered once the keys are there');
    $leat->configure(config(url => \%there) . "workers: 1\nlimits: {in-flight: 10}\n");
    $slow->set(fault => {jwks => 'slow'});
    is($leat->ctl('reload')->{code}, 0, 'a small server, and the slow issuer');
    my @strangers = map { $leat->connect } 1 .. 20;
    syswrite $_, "GET /v1/who HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer $token\r\n\r\n" for @strangers;
    is(wait_for(10, sub { (IO::Select->new(@strangers)->can_read(0) // 0) == 15 }), 1,
        'half of what it does at once may wait');
    is(status(token($file, $file_key)), 200, 'the rest is for others');
    close $_ for splice @strangers;
    $leat->configure(config(url => \%there));
    $slow->reset;
    is($leat->ctl('reload')->{code}, 0, 'as before');
    $slow->set(fault => {jwks => 'down'}, keys => []);
    my $again = token($slow->{issuer}, {%$wrong_key, kid => 'never'});
    is(status($again), 503, 'or are told to come again') for 1 .. 4;
    done_testing;
};

subtest 'starts while an issuer is down, and believes it later' => sub {
    my $key = make_key('ES256', 'l1');
    my $issuer = "http://127.0.0.1:$late_port";
    my $again = Leat::Provider->new(port => $late_port, key => $key);
    $leat->configure(config());
    $again->set(fault => {jwks => 'down'});
    is($leat->ctl('reload')->{code}, 0, 'the workers are ready all the same');
    is($leat->get('/readyz')->{status}, 200, 'and say so');
    ok(wait_for(10, sub { $again->seen('jwks') >= 2 }), 'both have asked');
    my $token = token($issuer, $key);
    is(status(token($file, $file_key)), 200, 'others are believed');
    $again->reset;
    ok(accepts($token), 'and it, once its keys are there');
    logged($leat, qr/jwks\.failed of=\Q$issuer\E reason=/, 'what was wrong is in the log');
    done_testing;
};

all_done;
