# SPDX-License-Identifier: MIT
# x-idempotency in a document: what is refused at load, what is published, what breaks clients, and that no
# statement reads the answers that are kept.
use strict;
use warnings;
use Leat::Idempotency;
use Leat::Test;
use Test::More;

my $leat = keeping(workers => 1);

# Returns what the check says of the document with these texts replaced, without the place.
sub found {
    my (@pairs) = @_;
    $leat->write('api.yaml', document(@pairs));
    my $r = $leat->leat('check');
    return join "\n", $r->{code}, map { s/^\S*?api\.yaml:\d+:\d+: //r } split /\n/, $r->{err};
}

subtest 'what cannot be kept is refused at load' => sub {
    is(found(), '0', 'the document is good');
    my $form = 'must be required, optional, or a map {required: bool, expires: duration} '
        . 'with a duration such as 24h, of at most 365d';
    for my $value ('yes', 'true', '1', '[required]', '{required: yes please}', '{expires: 0s}', '{expires: 366d}',
        '{expires: 24}', '{expires: soon}', '{expire: 1h}', 'optional2') {
        is(found('optional' => $value), "1\nmake: x-idempotency: $form", "($value)");
    }
    for my $value ('required', '{}', '{required: true}', '{expires: 365d}', '{required: false, expires: 1m30s}') {
        is(found('optional' => $value), '0', $value);
    }
    is(found('operationId: countThings' => "operationId: countThings\n      x-idempotency: required"),
        "1\ncountThings: x-idempotency: requires a statement that writes", 'a read');
    my $public = 'make: x-idempotency: the operation must require authentication, because an answer is kept for its '
        . 'caller alone';
    for my $security ('[]', '[{}]', '[{bearer: []}, {}]') {
        like(found('x-idempotency: optional' => "x-idempotency: optional\n      security: $security"),
            qr/^1\n(?:.*\n)*\Q$public\E(?:\n|\z)/, "for anybody: $security");
    }
    is(found('x-idempotency: required' . "\n      requestBody: {required: true, content: {application/octet"
            => 'x-idempotency: sometimes' . "\n      requestBody: {required: true, content: {application/octet"),
        "1\nkeepBytes: x-idempotency: $form", 'each operation is looked at');
    like(found('operationId: brief' => "operationId: live\n      x-builtin: health.live",
        'x-sql: {returns: one, sql: "INSERT INTO bytes (b) VALUES (x\'00\') RETURNING id"}' => ''),
        qr/^live: x-idempotency: requires x-sql$/m, 'a built-in');
};

subtest 'no statement reads the answers' => sub {
    my $read = 'SELECT count(*) AS count FROM things';
    for my $sql ('SELECT body AS v FROM _leat_idempotency', 'SELECT key AS v FROM "_leat_idempotency"',
        'SELECT i.subject AS v FROM _LEAT_idempotency AS i', 'SELECT body AS v FROM main._leat_idempotency') {
        isnt(found($read => $sql =~ s/"/\\"/gr), '0', $sql);
    }
    for my $sql ('DELETE FROM _leat_idempotency', "UPDATE _leat_idempotency SET body = ''",
        'INSERT INTO _leat_idempotency (key) VALUES (1)') {
        isnt(found('INSERT INTO bytes (b) VALUES (x\'00\') RETURNING id' => "$sql RETURNING 1 AS id"), '0', $sql);
    }
    my $trigger = 'CREATE TRIGGER leak AFTER INSERT ON bytes BEGIN UPDATE things SET v = (SELECT body FROM '
        . "_leat_idempotency); END;\n";
    $leat->write('migrations/0002_b.up.sql', $trigger);
    like(found(), qr/the trigger leak names _leat_idempotency/, 'nor does a trigger');
    unlink "$leat->{dir}/migrations/0002_b.up.sql";
};

subtest 'the published document tells of the key and of replays' => sub {
    $leat->write('api.yaml', document());
    $leat->start;
    my $api = $leat->get('/v1/openapi.json')->{json} // $leat->get('/openapi.json')->{json};
    my $follow = sub { my $name = ($_[0]{'$ref'} // '') =~ m{([^/]+)\z} ? $1 : ''; $api->{components}{$_[1]}{$name} };
    my %keys = map {
        my ($path, $method) = @$_;
        my @of = map { $_->{'$ref'} ? $follow->($_, 'parameters') : $_ }
            @{$api->{paths}{$path}{$method}{parameters} // []};
        ("$method $path" => join '', map { $_->{required} ? 'required' : 'optional' }
            grep { $_->{in} eq 'header' && $_->{name} eq 'Idempotency-Key' } @of)
    } ['/things', 'post'], ['/things', 'get'], ['/things/{id}', 'put'], ['/things/{id}', 'delete'], ['/brief', 'post'];
    is_deeply(\%keys, {'post /things' => 'optional', 'get /things' => '', 'put /things/{id}' => 'required',
        'delete /things/{id}' => 'optional', 'post /brief' => 'required'}, 'the header, and whether it is required');
    my $post = $api->{paths}{'/things'}{post}{responses};
    ok($post->{201}{headers}{'Idempotent-Replayed'}, 'an answer may be a replay');
    ok(!$api->{paths}{'/things'}{get}{responses}{200}{headers}{'Idempotent-Replayed'}, 'a read is none');
    is(join(' ', grep { $post->{$_} } 400, 409, 422), '400 409 422', 'the errors');
    unlike($leat->get('/openapi.json')->{body}, qr/x-idempotency/, 'the key of Leat stays private');
};

subtest 'leat diff tells what breaks clients' => sub {
    my $with = sub { $leat->write("$_[0].yaml", $_[1]); "$leat->{dir}/$_[0].yaml" };
    my $none = $with->('none', document("      x-idempotency: optional\n" => ''));
    my $optional = $with->('optional', document());
    my $required = $with->('required', document('x-idempotency: optional' => 'x-idempotency: {required: true}'));
    for my $case ([$none, $optional, 'change  make header Idempotency-Key: is now optional'],
        [$none, $required, 'break   make header Idempotency-Key: is now required'],
        [$optional, $required, 'break   make header Idempotency-Key: is now required'],
        [$required, $optional, 'change  make header Idempotency-Key: is now optional'],
        [$required, $none, 'break   make header Idempotency-Key: is no longer honoured'],
        [$optional, $optional, '']) {
        my ($from, $to, $want) = @$case;
        my $r = run_command(Leat::Test::build() . '/leat', 'diff', $from, $to);
        is(join("\n", grep { /Idempotency-Key/ } split /\n/, $r->{out}), $want, $want || 'no change');
        is($r->{code}, $want =~ /^break/ ? 1 : 0, 'exit');
    }
};

subtest 'the example of the manual answers as printed' => sub {
    my $page = slurp(Leat::Test::source() . '/man/leat-api.7');
    my ($document) = $page =~ /^\.\\" example: document idempotency\n\.Bd -literal\n(.*?)^\.Ed$/ms;
    my ($turns) = $page =~ /^\.\\" example: caller\n\.Bd -literal\n(.*?)^\.Ed$/ms;
    my ($migration) = $page =~ /^(CREATE TABLE drafts .*?)^\.Ed$/ms;
    my $example = keeping(workers => 1, document => $document, migrations => {'0001_a.up.sql' => $migration})->start;
    local $ENV{TOKEN} = sent('ann')->{Authorization} =~ s/^Bearer //r;
    for my $turn (grep { $_ ne '' } split /^\$ /m, $turns) {
        my ($command, @want) = split /\n/, $turn;
        my $r = run_command('sh', '-c', $command =~ s/localhost:8080/127.0.0.1:$example->{port}/r);
        is($r->{out} =~ s/"request_id":"[^"]*"/"request_id":"..."/r, join('', @want), $command) or diag($r->{err});
    }
};

subtest 'an answer that is not as promised is neither sent nor kept' => sub {
    my $object = 'schema: {type: object, properties: {id: {type: integer}, v: {type: string';
    my $strict = keeping(workers => 1, config => "responses: strict\n",
        document => document(qq("201": {description: d, content: {application/json: {$object) =>
            qq("201": {description: d, content: {application/json: {$object, maxLength: 3)))->start;
    my $posts = sub { make($strict, 'ann', 'k', {v => $_[0]}) };
    is($posts->('four')->{status}, 500, 'it is refused');
    is(rows($strict) . kept($strict), '00', 'nothing is written');
    is($posts->('two')->{status}, 201, 'the key can be used');
    is(rows($strict) . kept($strict), '11', 'and is kept then');
};

subtest 'a database that an older version has set up' => sub {
    my $old = keeping(workers => 1);
    is($old->leat('migrate', 'up')->{code}, 0, 'its migrations are applied');
    sql($old, 'DROP TABLE _leat_idempotency');
    $old->configure($old->{identity} . "database: {path: $old->{dir}/app.db, migrations: $old->{folder}}\n");
    $old->launch;
    is($old->wait_exit(30), 1, 'the server does not start');
    like($old->log, qr/has no table for x-idempotency; run leat migrate up/, 'and says what to do');
    is($old->leat('migrate', 'up')->{code}, 0, 'that is done');
    unlink $old->{log};
    $old->start;
    is(make($old, 'ann', 'k', {v => 'x'})->{status}, 201, 'then it serves');
};

all_done;
