# SPDX-License-Identifier: MIT
# With responses: strict a built-in commits nothing that it refuses to answer.
use strict;
use warnings;
use Leat::Accounts;
use Leat::Test;
use Leat::Totp;
use Test::More;

# The operations of accounts, and once more at /bad, where no answer fits its schema.
my $leat = accounts(config => "responses: strict\n");
my $bad  = slurp(Leat::Test::source() . '/conf/auth.yaml');
my $refuses = '{type: object, required: [nothing]}';
$bad =~ s/url: \/v1/url: \/bad/;
$bad =~ s/operationId: (\w)/operationId: bad\u$1/g;
$bad =~ s/(schema: )\{\$ref: "#\/components\/schemas\/(?:Registered|Tokens|Session|NewKey)"\}/$1$refuses/g;
$bad =~ s/required: \[(?:secret, uri|recovery_codes)\]/required: [nothing]/g;
$leat->write('bad.yaml', $bad);
my $documents = "[{document: $leat->{dir}/api.yaml}, {document: $leat->{dir}/bad.yaml}]";
$leat->configure(slurp("$leat->{dir}/leat.yaml") =~ s/^api: .*/api: $documents/mr);
$leat->start;

# Returns all rows of accounts, but the notes about failures and guesses.
sub rows {
    my $dump = run_command('sqlite3', '-cmd', '.timeout 10000', "$leat->{dir}/app.db", '.dump')->{out};
    return join "\n", grep { /^INSERT INTO _leat_/ && !/_leat_(?:audit|throttle)/ } split /\n/, $dump;
}

# Expects that the request is refused, and leaves no trace.
sub refused {
    my ($name, $request) = @_;
    my $before = rows();
    my $r = $request->();
    is("$r->{status} $r->{json}{error}", '500 internal error', "$name: refused");
    is($r->{headers}{'set-cookie'}, undef, "$name: no cookie");
    is(rows(), $before, "$name: no row is new or other");
}

my %ann = (email => address('ann'), password => password());
my $login = joined($leat, 'ann');
my ($token, $secret) = ({headers => bearer($login)});
sub ask { my ($path, %body) = @_; return $leat->post($path, \%body, %$token) }

subtest 'an account' => sub {
    refused('auth.register', sub { $leat->post('/bad/auth/register', {%ann, email => address('bob')}) });
    is(register($leat, 'bob')->{status}, 201, 'which can be made where the answer fits');
};

subtest 'a login' => sub {
    refused('auth.login', sub { $leat->post('/bad/auth/login', \%ann) });
    refused('auth.login-cookie', sub { $leat->post('/bad/auth/session', \%ann) });
    my %refresh = (refresh_token => $login->{json}{refresh_token});
    refused('auth.refresh', sub { $leat->post('/bad/auth/refresh', \%refresh) });
    is($leat->post('/v1/auth/refresh', \%refresh)->{status}, 200, 'the refresh token was not used up');
};

subtest 'an API key' => sub {
    refused('auth.keys.create', sub { ask('/bad/auth/keys', name => 'k') });
    my $key = ask('/v1/auth/keys', name => 'k', expires_in => 60);
    is($key->{status}, 201, 'which can be made where the answer fits');
    my $listed = $leat->get('/v1/auth/keys', headers => bearer($login))->{json}{items}[0];
    delete $listed->{used_at};
    is_deeply({%{$key->{json}}, key => undef}, {%$listed, key => undef}, 'and is answered as it is stored');
};

subtest 'a second factor' => sub {
    refused('auth.totp.enroll', sub { ask('/bad/auth/totp', password => password()) });
    settle();
    $secret = ask('/v1/auth/totp', password => password())->{json}{secret};
    refused('auth.totp.confirm', sub { ask('/bad/auth/totp/confirm', code => code($secret)) });
    is(ask('/v1/auth/totp/confirm', code => code($secret))->{status}, 200, 'its code was not used up');
    refused('a login with it', sub { $leat->post('/bad/auth/login', {%ann, code => code($secret, 1)}) });
    is(login($leat, 'ann', code => code($secret, 1))->{status}, 200, 'nor that of a login');
};
all_done;
