# SPDX-License-Identifier: MIT
# The built-ins of accounts answer in the form of errors that their document says, and each 401 has a
# challenge.
use strict;
use warnings;
use Leat::Accounts;
use Leat::Test;
use Test::More;

my $leat = accounts();
my $document = slurp("$leat->{dir}/api.yaml");
$document =~ s/^paths:/<<'YAML' . 'paths:'/me or die;
x-problems:
  body: {errors: $violations, code: $code}
  violations: {by: name, whole: body}
  messages: {format: is invalid}
  answers:
    "401": {name: token, message: is missing}
    bad-login: {name: credentials, message: invalid}
YAML
$leat->write('api.yaml', $document);
$leat->start;

# Tests the status and the body, and that a 401 has a challenge.
sub answers {
    my ($r, $status, $errors, $code, $name) = @_;
    is("$r->{status} $r->{headers}{'content-type'}", "$status application/json", "$name: $status");
    is_deeply($r->{json}, {errors => $errors, code => $code}, $name) or diag $r->{body};
    like($r->{headers}{'www-authenticate'}, qr/^Bearer realm=/, "$name: a challenge") if $status == 401;
}

subtest 'an error of an account has the form of the document' => sub {
    is(register($leat, 'ann')->{status}, 201, 'an account');
    answers(login($leat, 'ann', password => 'no'), 401, {credentials => ['invalid']}, 'bad-login', 'a wrong password');
    answers(login($leat, 'bob'), 401, {credentials => ['invalid']}, 'bad-login', 'nobody');
    answers($leat->get('/v1/auth/me'), 401, {token => ['is missing']}, 'unauthenticated', 'no token');
    answers($leat->get('/v1/auth/me', headers => bearer('x')), 401, {token => ['is missing']}, 'bad-credential',
        'a bad one');
    answers($leat->post('/v1/auth/refresh', {refresh_token => 'x'}), 401, {token => ['is missing']}, 'bad-refresh',
        'a bad refresh token');
    answers(register($leat, 'not an address@'), 422, {email => ['is invalid']}, 'invalid', 'a bad address');
    my $short = register($leat, 'carl', password => 'x')->{json};
    is_deeply([$short->{code}, keys %{$short->{errors}}], ['invalid', 'password'], 'a bad password');
};

all_done;
