# SPDX-License-Identifier: MIT
# A document may describe the account built-ins less strictly than conf/auth.yaml, and no input breaks
# them even then.
use strict;
use warnings;
use Leat::Accounts;
use Leat::Test;
use Test::More;

# Path → method, built-in, status, and the members that it requires, of any type.
my %operations = (
    register => ['post',   'register',         201, qw(email password)],
    login    => ['post',   'login',            200, qw(email password)],
    refresh  => ['post',   'refresh',          200, qw(refresh_token)],
    verify   => ['post',   'verify-email',     204, qw(token)],
    send     => ['post',   'send-verification', 204, qw(email)],
    forgot   => ['post',   'forgot-password',  204, qw(email)],
    reset    => ['post',   'reset-password',   204, qw(token new_password)],
    key      => ['post',   'keys.create',      201, qw(name)],
    change   => ['put',    'change-password',  204, qw(current_password new_password)],
    enroll   => ['post',   'totp.enroll',      200, qw(password)],
    confirm  => ['post',   'totp.confirm',     200, qw(code)],
    disable  => ['post',   'totp.disable',     204, qw(password)],
);
my %is_private = map { $_ => 1 } qw(key change enroll confirm disable);
my $document = <<'YAML';
openapi: 3.1.0
info: {title: Loose, version: 1.0.0}
servers: [{url: /loose}]
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
paths:
  /keys/{id}:
    delete:
      operationId: revokeOne
      security: [{bearer: []}]
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"204": {description: Gone.}}
      x-builtin: auth.keys.revoke
  /sessions:
    delete:
      operationId: revokeSome
      security: [{bearer: []}]
      parameters: [{name: id, in: query, required: true, schema: {type: array, items: {type: string}}}]
      responses: {"204": {description: Gone.}}
      x-builtin: auth.sessions.revoke
YAML
for my $name (sort keys %operations) {
    my ($method, $builtin, $status, @members) = @{$operations{$name}};
    my $security = $is_private{$name} ? '[{bearer: []}]' : '[]';
    my $required = join ', ', @members;
    my $content = $status == 204 ? '' : ', content: {application/json: {schema: {}}}';
    my $schema = "{type: object, required: [$required]}";
    $document .= <<"YAML";
  /$name:
    $method:
      operationId: loose-$name
      security: $security
      requestBody: {required: true, content: {application/json: {schema: $schema}}}
      responses: {"$status": {description: Done.$content}}
      x-builtin: auth.$builtin
YAML
}
my $leat = accounts(files => {'loose.yaml' => $document});
$leat->configure(slurp($leat->{config_path}) =~ s{^api: \[}{api: [{document: $leat->{dir}/loose.yaml}, }mr);
$leat->start;
my $ann = joined($leat, 'ann');

my %good = (email => address('ann'), password => password(), current_password => password(),
    new_password => 'another long secret', name => 'k', token => 'x', code => '123456', refresh_token => 'x',
    scopes => ['a'], expires_in => 60);
my @values = (undef, 0, 1.5, -1, 1e300, JSON::PP::true, [], {}, ['x'], {x => 1}, '', "\0", "a\0b", "\x{feff}",
    'x' x 100_000);

subtest 'answers no 5xx, whatever a member is' => sub {
    for my $name (sort keys %operations) {
        my ($method, undef, undef, @members) = @{$operations{$name}};
        my @all = $name eq 'key' ? (@members, 'scopes', 'expires_in') : $name eq 'login' ? (@members, 'code')
            : @members;
        for my $member (@all) {
            my @broken;
            for my $value (@values) {
                my %body = (map({ $_ => $good{$_} } @members), $member => $value);
                my $r = $leat->request(uc $method, "/loose/$name", json => \%body,
                    headers => $is_private{$name} ? bearer($ann) : {});
                my $status = $r ? $r->{status} : 'none';
                my $text = substr JSON::PP->new->allow_nonref->encode($value), 0, 20;
                push @broken, "$text: $status" if !$r || $r->{status} >= 500;
            }
            is("@broken", '', "$name: $member may be anything");
        }
    }
    done_testing;
};

subtest 'takes an id of another type, and a name for text' => sub {
    is($leat->delete('/loose/keys/5', headers => bearer($ann))->{status}, 404, 'an id that is a number');
    is($leat->delete('/loose/sessions?id=5&id=6', headers => bearer($ann))->{status}, 404, 'or a list');
    is_deeply([sql($leat, 'SELECT DISTINCT typeof(name) FROM _leat_api_keys')], ['text'], 'keys have names');
    done_testing;
};

subtest 'keeps its workers, and logs no error' => sub {
    is(scalar $leat->worker_pids, 2, 'the workers live');
    unlike($leat->log, qr/ error /, 'and nothing went wrong') or diag grep { / error / } split /^/, $leat->log;
    done_testing;
};

all_done;
