# SPDX-License-Identifier: MIT
# leat diff reports what breaks clients from one document to another, and so does a dry run of a reload.
use strict;
use warnings;
use JSON::PP;
use Leat::Test;
use Test::More;

my $api = <<'API';
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: /v1}]
paths:
  /things:
    get:
      operationId: listThings
      parameters: [{name: limit, in: query, schema: {type: integer, maximum: 100}}]
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                required: [items]
                properties: {items: {type: array, items: {$ref: "#/components/schemas/Thing"}}}
      x-sql: {returns: list, sql: "SELECT id, v FROM t LIMIT ifnull(:limit, 9)"}
    post:
      operationId: addThing
      requestBody:
        content:
          application/json:
            schema: {type: object, required: [v], properties: {v: {type: string}, note: {type: string}}}
      responses: {"200": {description: ok}}
      x-sql: {returns: none, sql: "INSERT INTO t (v) VALUES (:v || ifnull(:note, ''))"}
  /live:
    get: {operationId: live, responses: {"200": {description: ok}}, x-builtin: health.live}
components:
  schemas:
    Thing: {type: object, required: [id, v], properties: {id: {type: integer}, v: {type: string}}}
API
my $migration = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL);\n";
my $leat = Leat::Test->new(document => $api, migrations => {'0001_t.up.sql' => $migration});
my $old = "$leat->{dir}/old.yaml";
my $new = "$leat->{dir}/new.yaml";
$leat->write('old.yaml', $api);

sub diff { return run_command(Leat::Test::build() . '/leat', 'diff', @_) }

# Returns the document with each pair of texts replaced.
sub edited {
    my (@pairs) = @_;
    my $text = $api;
    while (my ($from, $to) = splice @pairs, 0, 2) {
        $text =~ s/\Q$from\E/$to/ or die "$from is not in the document";
    }
    return $text;
}

subtest 'a document does not differ from itself, however it is written' => sub {
    my $r = diff($old, $old);
    is("$r->{code} $r->{out}$r->{err}", "0 0 breaks, 0 other changes\n", 'a document and itself');

    my $schemas = <<'YAML';
  schemas:
    Id: {type: object, required: [id], properties: {id: {$ref: '#/components/schemas/Number'}}}
    Number: {type: integer}
    V: {type: object, required: [v], properties: {v: {type: string}}}
YAML
    my $all = 'allOf: [{$ref: "#/components/schemas/Id"}, {$ref: "#/components/schemas/V"}]';
    $leat->write('new.yaml',
        edited('$ref: "#/components/schemas/Thing"' => $all, "  schemas:\n" => $schemas, 'title: t' => 'title: other'));
    $r = diff($old, $new);
    is("$r->{code} $r->{out}$r->{err}", "0 0 breaks, 0 other changes\n", 'the same in other words');
};

subtest 'changes that clients may ignore are listed, with exit 0' => sub {
    $leat->write('new.yaml',
        edited('{name: limit,' => '{name: skip, in: query, schema: {type: integer}}, {name: limit,',
        "v: {type: string}}}\n" => "v: {type: string}, at: {type: string}}}\n"));
    my $r = diff($old, $new);
    is("$r->{code} $r->{err}$r->{out}", <<'TXT', 'changes: exit 0');
0 change  listThings query skip: the parameter is new
change  listThings 200 /items/0/at: the property is new
0 breaks, 2 other changes
TXT
};

subtest 'another form of errors breaks clients, with exit 1' => sub {
    my $form = "x-problems: {body: {error: \$error}}\npaths:";
    $leat->write('form.yaml', edited('paths:' => $form));
    $leat->write('new.yaml', edited('paths:' => $form =~ s/\$error/\$code/r =~ s/error:/code:/r));
    my $r = diff("$leat->{dir}/form.yaml", $new);
    is("$r->{code} $r->{err}$r->{out}", <<'TXT', 'a member is gone');
1 break   x-problems /error: the property has been removed
change  x-problems /code: the property is new and required
1 break, 1 other change
TXT
    $r = diff($old, $new);
    like("$r->{code} $r->{out}", qr{^1 break +x-problems: was application/problem\+json, is now application/json$}m,
        'a form instead of problem details');
};

# What breaks clients, as rows and as lines.
my @breaks = (
    ['addThing', 'body /note', 'required', 'is now required'],
    ['listThings', '200 /items/0/id', 'type', 'was integer, is now string'],
    ['listThings', 'query limit', 'maximum', 'was 100, is now 50'],
    ['live', '', 'operation', 'the operation is gone (GET /v1/live)'],
);
my @texts = ('addThing body /note: is now required', 'listThings 200 /items/0/id: type: was integer, is now string',
    'listThings query limit: maximum: was 100, is now 50', 'live: the operation is gone (GET /v1/live)');
my $broken = edited(
    'required: [v]' => 'required: [v, note]',
    '{id: {type: integer}' => '{id: {type: string}',
    'maximum: 100' => 'maximum: 50',
    '/live:' => '/alive:',
    'operationId: live' => 'operationId: alive',
);
$leat->write('new.yaml', $broken);

subtest 'changes that break clients are listed first, with exit 1' => sub {
    my $r = diff($old, $new);
    my @lines = split /\n/, $r->{out};
    is("$r->{code} $r->{err}", '1 ', 'a break: exit 1');
    is(pop @lines, '4 breaks, 1 other change', 'the counts come last');
    is(pop @lines, 'change  alive: the operation is new (GET /v1/alive)', 'changes before them');
    is_deeply([sort @lines], [map { "break   $_" } @texts], 'and breaks first');
};

# Pairs of documents of other kinds of change, and the lines that are printed.
my @kinds = (
    ['a value of a discriminator',
        post('oneOf: [{$ref: "#/components/schemas/A"}], discriminator: {propertyName: k, mapping: {a: A}}'),
        post('oneOf: [{$ref: "#/components/schemas/A"}], discriminator: {propertyName: k, mapping: {aa: A}}'),
        'break o body: the alternative "a" is gone', 'change o body: the alternative "aa" is new'],
    ['alternatives that overlap', post('oneOf: [{type: integer}]'), post('oneOf: [{type: integer}, {type: number}]'),
        'break o body: alternatives 1 and 2 now accept the same values, and so none of them',
        'change o body: type: was integer, is now number', 'change o body: an alternative (number) is new'],
    ['an error', answers('404', 'application/json: {schema: {type: string}}'),
        answers('404', 'application/json: {schema: {type: integer}}'), 'break o 404: type: was string, is now integer'],
    ['a media type', answers('200', 'text/plain: {}'), answers('200', 'text/csv: {}'),
        'break o 200: text/plain is no longer sent', 'change o 200: text/csv is now sent'],
    ['an integer in a path', path('integer'), path('string'), 'change o path id: type: was integer, is now string'],
    ['a member that was writeOnly', answers('200', 'application/json: {schema: {properties: {a: {writeOnly: true}}}}'),
        answers('200', 'application/json: {schema: {properties: {a: {}}}}'), 'change o 200 /a: the property is new'],
    ['a renamed scheme', secured('key'), secured('token')],
    ['a webhook', answers('200', '') . "webhooks: {w: {post: {responses: {'200': {description: d}}}}}\n",
        answers('200', ''), 'break webhook w POST: the request is no longer sent'],
);
sub operation { return "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {'/a$_[0]}\n" }
sub post {
    return operation("': {post: {operationId: o, requestBody: {content: {application/json: {schema: {$_[0]}}}}, "
        . 'responses: {"204": {description: d}}}}')
        . 'components: {schemas: {A: {required: [k], properties: {k: {}}}}}';
}
sub answers {
    return operation("': {get: {operationId: o, responses: {'$_[0]': {description: d, content: {$_[1]}}}}}");
}
sub path {
    return operation('/{id}\': {get: {operationId: o, parameters: [{name: id, in: path, required: true, schema: '
        . "{type: $_[0]}}], responses: {'200': {description: d}}}}");
}
sub secured {
    return operation("': {get: {operationId: o, security: [{$_[0]: []}], responses: {'200': {description: d}}}}")
        . "components: {securitySchemes: {$_[0]: {type: apiKey, in: header, name: X-Key}}}";
}

subtest 'each kind of change is seen for what it is to clients' => sub {
    for my $row (@kinds) {
        my ($what, $before, $after, @want) = @$row;
        $leat->write('before.yaml', $before);
        $leat->write('after.yaml', $after);
        my $r = diff("$leat->{dir}/before.yaml", "$leat->{dir}/after.yaml");
        my @lines = split /\n/, $r->{out} =~ s/^(\w+) +/$1 /gmr;
        pop @lines;
        is_deeply(\@lines, \@want, $what) or diag $r->{err};
        is($r->{code}, (grep { /^break/ } @want) ? 1 : 0, 'and its exit status');
    }
};

subtest 'schemas that refer to one another in a long chain are compared' => sub {
    my $refer = sub { return qq({"\$ref": "#/components/schemas/S$_[0]"}) };
    my $chain = join ', ', map { sprintf '"S%d": {"items": %s}', $_, $refer->($_ + 1) } 1 .. 9999;
    my $long = sub {
        my $content = '{"application/json": {"schema": ' . $refer->(1) . '}}';
        my $responses = qq({"200": {"description": "d", "content": $content}});
        return '{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, '
            . qq("paths": {"/a": {"get": {"operationId": "a", "responses": $responses}}},)
            . qq("components": {"schemas": {$chain, "S10000": {"type": "string", "maxLength": $_[0]}}}});
    };
    $leat->write("long$_.json", $long->($_)) for 1, 2;
    my $r = diff(map { "$leat->{dir}/long$_.json" } 1, 2);
    is("$r->{code} $r->{out}", "0 0 breaks, 0 other changes\n", 'no value is that deep') or diag $r->{err};
};

subtest '--json lists the same' => sub {
    for my $options (['--json'], ['-j']) {
        my $r = diff(@$options, $old, $new);
        is("$r->{code} $r->{err}", '1 ', "@$options: exit 1 too");
        my $rows = decode_json($r->{out});
        my @got = map { [@$_{qw(operation where keyword message)}] } grep { $_->{level} eq 'break' } @$rows;
        is_deeply([sort { "@$a" cmp "@$b" } @got], \@breaks, 'the same as JSON');
        is_deeply($rows->[-1], {level => 'change', operation => 'alive', where => '', keyword => 'operation',
            message => 'the operation is new (GET /v1/alive)'}, 'changes too');
    }
    is(diff('-j', $old, $old)->{out}, "[]\n", 'nothing as JSON');
};

subtest 'documents that cannot be compared are refused with the reason' => sub {
    $leat->write('new.yaml', edited('type: integer, maximum' => 'type: intger, maximum'));
    for my $pair ([$old, $new], [$new, $old]) {
        my $r = diff(@$pair);
        is("$r->{code} $r->{out}", '1 ', 'a document that is wrong: exit 1');
        like($r->{err}, qr{new\.yaml:8:\d+: type: intger is not a type}, 'and why');
    }
    my $r = diff($old, "$leat->{dir}/none.yaml");
    is($r->{code}, 1, 'no document: exit 1');
    like($r->{err}, qr{none\.yaml: cannot be read}, 'and why');
    is(diff(@$_)->{code}, 2, scalar(@$_) . ' arguments: usage') for [], [$old], [$old, $new, $new];
    ok(!-e "$leat->{dir}/app.db", 'no database was made');
};

$leat->start;
sub dry_run {
    my ($text) = @_;
    $leat->write('api.yaml', $text);
    my $dry = $leat->ctl('reload', '--dry-run');
    is("$dry->{code} $dry->{err}", '0 ', 'a dry run: exit 0');
    return [sort grep { /breaks clients/ } split /\n/, $dry->{out}];
}

subtest 'a dry run of a reload names the same breaks, and changes nothing' => sub {
    is_deeply(dry_run($api), [], 'nothing breaks');
    my $change = edited('{id: {type: integer}' => '{at: {type: string}, id: {type: integer}',
        'SELECT id, v' => "SELECT id, v, '' AS at");
    is_deeply(dry_run($change), [], 'a change alone does not');
    my $same = $broken =~ s/SELECT id/SELECT CAST(id AS TEXT) AS id/r;
    is_deeply(dry_run($same), [map { "new workers  breaks clients: $_" } @texts], 'breaks are named');
    is($leat->get('/v1/live')->{status}, 200, 'and nothing was changed');
};

all_done;
