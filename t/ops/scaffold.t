# SPDX-License-Identifier: MIT
# A document that leat scaffold writes for tables of every kind passes the check, and works when served.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $later = "ALTER TABLE lists ADD COLUMN sort INTEGER NOT NULL DEFAULT 0 CHECK (sort >= 0);\n";
my %tables = ('0002_later.up.sql' => $later, '0001_tables.up.sql' => <<'SQL');
CREATE TABLE lists (
  id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE,
  kind VARCHAR(20) NOT NULL DEFAULT normal CHECK (kind IN ('normal', 'it''s', 'null')));
CREATE TABLE "order items" (
  "order" INTEGER NOT NULL REFERENCES lists (id), "Position" INT NOT NULL,
  "unit price" DECIMAL(10,2) NOT NULL CHECK ("unit price" > 0),
  "limit" BOOLEAN NOT NULL DEFAULT FALSE, "_hidden" TEXT, "a-b" TEXT, "a b" TEXT, "say ""hi""" TEXT,
  note TEXT CHECK (note IS NULL OR length(note) <= 5), "null" TEXT,
  total REAL GENERATED ALWAYS AS ("unit price" * "Position") STORED,
  twice REAL AS ("unit price" * 2) VIRTUAL,
  PRIMARY KEY ("order", "Position"), UNIQUE ("a-b"), UNIQUE (note)) WITHOUT ROWID;
CREATE UNIQUE INDEX again ON "order items" (note);
CREATE TABLE people (
  id TEXT PRIMARY KEY, email TEXT NOT NULL COLLATE NOCASE, bio TEXT DEFAULT "none",
  boss TEXT REFERENCES people (id), list_id INTEGER REFERENCES lists, active BOOL DEFAULT 1, meta JSON,
  prefs TEXT NOT NULL DEFAULT '{}', tags TEXT NOT NULL DEFAULT '[]',
  level INTEGER NOT NULL DEFAULT (1 + 1) CHECK (level BETWEEN 0 AND 9), anything, seen_at TEXT,
  birthday DATE, photo BLOB, created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at INTEGER NOT NULL DEFAULT (unixepoch()),
  CONSTRAINT "email must (have) at" CHECK (email LIKE '%@%' AND length(email) < 50));
CREATE UNIQUE INDEX people_email ON people (email);
CREATE UNIQUE INDEX people_lower ON people (lower(bio)) WHERE bio <> 'none';
CREATE INDEX people_boss ON people (boss);
CREATE INDEX people_list ON people (list_id);
CREATE TABLE countries (
  code TEXT PRIMARY KEY NOT NULL CHECK (length(code) = 2),
  name TEXT NOT NULL CONSTRAINT name_not_blank CHECK (trim(name) <> '')) STRICT, WITHOUT ROWID;
CREATE TABLE boxes (id INTEGER PRIMARY KEY);
CREATE TABLE box (id INTEGER PRIMARY KEY, v ANY) STRICT;
CREATE TABLE new_box (id INTEGER PRIMARY KEY, v INTEGER NOT NULL);
CREATE TABLE secrets (id INTEGER PRIMARY KEY, data BLOB NOT NULL, name TEXT);
CREATE TABLE times (id INTEGER PRIMARY KEY AUTOINCREMENT, created_at INTEGER NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE keyless (a TEXT, b TEXT);
CREATE TABLE blobs (id BLOB PRIMARY KEY);
CREATE VIRTUAL TABLE words USING fts5(text);
CREATE VIEW "all lists" AS
  SELECT id, title, (SELECT count(*) FROM people p WHERE p.list_id = lists.id) AS people FROM lists;
CREATE VIEW counts AS SELECT count(*) AS n, max(title) FROM lists;
CREATE TABLE été (id INTEGER PRIMARY KEY, "température" REAL, "_" INTEGER, "1st" INTEGER);
SQL
my @tables = ('lists', 'order items', qw(people countries boxes box new_box secrets times), 'all lists', 'counts',
    'été');
my $document;

my $head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n";
my $leat = Leat::Test->new(document => "${head}servers: [{url: /api}]\npaths: {}\n", migrations => \%tables);

subtest 'writes a document that the check accepts' => sub {
    my $r = $leat->leat('scaffold', @tables);
    is("$r->{code} $r->{err}", '0 ', 'a document of tables of every kind');
    $document = $r->{out};
    like($document, qr{^servers: \[\{url: /api\}\]$}m, 'with the mount of the first document');
    ok(!-e "$leat->{dir}/app.db", 'no database was made');
    $leat->write('api.yaml', $document);
    $r = $leat->leat('check');
    is("$r->{code} $r->{out}$r->{err}", "0 OK\n", 'the check finds nothing in it');
    like($leat->leat('scaffold', 'lists')->{out}, qr{^servers: \[\{url: /v1\}\]$}m,
        'where the paths are taken, another mount');
    done_testing;
};

subtest 'describes what a client may send as the table has it' => sub {
    like($document, qr/^  order items:$/m, 'a table with an odd name');
    my ($new_person) = $document =~ /^    NewPeople:\n(.*?)^    \w/ms;
    my %property = $new_person =~ /^        (\w+): (\{.*\})$/mg;
    is_deeply(\%property, {
        email => '{type: string, maxLength: 49}', bio => '{type: [string, "null"]}', boss => '{type: [string, "null"]}',
        list_id => '{type: [integer, "null"]}', active => '{type: [boolean, "null"]}',
        meta => '{type: [object, array, "null"], additionalProperties: true}',
            prefs => '{type: object, additionalProperties: true}',
        tags => '{type: array}', level => '{type: integer, minimum: 0, maximum: 9}', anything => '{}',
        seen_at => '{type: [string, "null"], format: date-time}', birthday => '{type: [string, "null"], format: date}',
    }, 'what a client may send: as the table has it, and nothing that is the server\'s');
    is_deeply([$new_person =~ /^      required: (.*)$/m], ['[email]'], 'and what it must');
    like($document, qr/enum: \[normal, it's, "null"\], maxLength: 20/, 'choices');
    like($document, qr/unit_price: \{type: number, exclusiveMinimum: 0\}/, 'a bound');
    like($document, qr/# photo is left out: JSON cannot/, 'a BLOB is left out, which is said');
    like($document, qr/# No post: data is a BLOB/, 'and so is an operation that cannot be');
    unlike($document, qr/createSecret/, 'which is not there');
    unlike($document, qr/(?:create|patch|delete)(?:AllList|Count)\b/, 'a view is only read');
    unlike($document, qr/foreign-key:/, 'of several foreign keys none is told apart');
    like($document, qr/^    AllList:\n.*?^        title: \{type: \[string, "null"\]\}$/ms,
        'what a view may give NULL for');
    is(() = $document =~ /x-allow-scan: true/g, 1, 'what can be read in no order but by a scan says so');
    my @ids = $document =~ /operationId: (\w+)/g;
    my %once;
    is_deeply([grep { $once{$_}++ } @ids], [], 'every operationId once');
    my @items = grep { /OrderItem/ } @ids;
    is_deeply(\@items, [qw(listOrderItems createOrderItem getOrderItem patchOrderItem deleteOrderItem)],
        'singular and plural');
    done_testing;
};

$leat->start;

subtest 'creates and changes rows by the rules of the table' => sub {
    my $r = $leat->post('/api/lists', {title => 'A'});
    is($r->{status}, 201, 'created');
    is_deeply($r->{json}, {id => 1, title => 'A', kind => 'normal', sort => 0}, 'with defaults');
    is($r->{headers}{location}, '/api/lists/1', 'location');
    is($leat->get($r->{headers}{location})->{status}, 200, 'which is there');
    $r = $leat->post('/api/lists', {title => 'A'});
    is("$r->{status} $r->{json}{code} $r->{json}{errors}[0]{pointer}", '409 title.taken /title', 'UNIQUE: 409');
    is($leat->post('/api/lists', {title => 'B', kind => 'other'})->{status}, 422, 'a value outside the choices: 422');
    is($leat->post('/api/lists', {title => 'B', sort => -1})->{status}, 422, 'below a bound of a later migration: 422');
    is($leat->post('/api/lists', {title => 'B', id => 7})->{status}, 422, 'a key that SQLite assigns is not asked for');
    is($leat->post('/api/lists', {})->{status}, 422, 'what is required');
    is($leat->post('/api/lists', {title => $_, kind => "it's"})->{status}, 201, "list $_") for qw(B C D);
    is_deeply($leat->patch('/api/lists/2', {sort => 5})->{json}, {id => 2, title => 'B', kind => "it's", sort => 5},
        'patched: what was sent');
    is($leat->patch('/api/lists/2', {title => 'A'})->{status}, 409, 'a patch to a title that is taken');
    is($leat->patch('/api/lists/99', {title => 'Z'})->{status}, 404, 'a patch of nothing');
    done_testing;
};

subtest 'lists in pages, newest first' => sub {
    my (@seen, $cursor);
    do {
        my $r = $leat->get('/api/lists?limit=2' . ($cursor ? "&cursor=$cursor" : ''));
        push @seen, map { $_->{id} } @{$r->{json}{items}};
        $cursor = $r->{json}{next};
    } while ($cursor && @seen < 20);
    is_deeply(\@seen, [4, 3, 2, 1], 'pages, newest first');
    done_testing;
};

subtest 'serves names that need quotes, and a key of two columns' => sub {
    my %row = (order => 1, Position => 2, unit_price => 1.5, hidden => 'h', a_b => 'x', a_b2 => 'y', say__hi_ => 'z',
        null => 'n');
    my $r = $leat->post('/api/order_items', \%row);
    is($r->{status}, 201, 'a row with a key of two columns') or diag $r->{body};
    is($r->{headers}{location}, '/api/order_items/1/2', 'its location');
    is_deeply($r->{json}, {%row, limit => JSON::PP::false, note => undef, total => 3, twice => 3},
        'generated columns are read');
    $r = $leat->post('/api/order_items', {order => 1, Position => 2, unit_price => 1});
    is("$r->{status} $r->{json}{code}", '409 Position.taken', 'a key that is taken: 409');
    is($leat->post('/api/order_items', {order => 99, Position => 1, unit_price => 1})->{status}, 422,
        'a reference to nothing: 422');
    is($leat->delete('/api/lists/1')->{status}, 409, 'what is referred to is not deleted: 409');
    is($leat->post('/api/order_items', {order => 1, Position => 3, unit_price => 1, note => '123456'})->{status}, 422,
        'too long');
    is($leat->post('/api/order_items', {order => 2, Position => 1, unit_price => 1, limit => JSON::PP::true})->{status},
        201, 'another row');
    my $orders = sub {
        return [map { "$_->{order}.$_->{Position}" } @{$leat->get("/api/order_items?$_[0]")->{json}{items}}];
    };
    is_deeply($orders->('limit=true'), ['2.1'], 'a filter by a boolean that is called limit');
    is_deeply($orders->('order=1'), ['1.2'], 'a filter by a foreign key');
    $r = $leat->get('/api/order_items?limit2=1');
    is_deeply($orders->("limit2=1&cursor=$r->{json}{next}"), ['2.1'], 'and pages by both columns');
    is($leat->patch('/api/order_items/1/2', {a_b2 => undef, limit => JSON::PP::true})->{json}{a_b2}, undef,
        'a null sets null');
    is($leat->delete('/api/order_items/1/2')->{status}, 204, 'deleted');
    is($leat->delete('/api/order_items/1/2')->{status}, 404, 'once');
    is($leat->delete('/api/lists/1')->{status}, 204, 'now nothing refers to it');
    done_testing;
};

subtest 'generates a key where the table allows NULL, and answers each constraint with its code' => sub {
    my $r = $leat->post('/api/people',
        {email => 'a@b', meta => [1], prefs => {x => 1}, tags => ['t'], anything => 'any',
        seen_at => '2026-01-02T03:04:05Z'});
    is($r->{status}, 201, 'a person') or diag $r->{body};
    my $id = $r->{json}{id};
    like($id, qr/^[0-9a-f]{8}-[0-9a-f]{4}-7/, 'has a UUID');
    is_deeply([@{$r->{json}}{qw(bio active meta prefs tags level)}], ['none', JSON::PP::true, [1], {x => 1}, ['t'], 2],
        'defaults and JSON');
    like($r->{json}{created_at}, qr/^\d{4}-\d\d-\d\dT.*Z$/, 'created_at is the server\'s');
    like($r->{json}{updated_at}, qr/^\d{10}$/, 'updated_at too, in the unit of the table');
    is($leat->post('/api/people', {email => 'c@d', boss => $id, bio => undef})->{json}{bio}, undef,
        'a null is not a default');
    my $mails = sub { return [map { $_->{email} } @{$leat->get("/api/people?$_[0]")->{json}{items}}] };
    is_deeply($mails->('limit=5'), ['c@d', 'a@b'], 'listed');
    is_deeply($mails->("boss=$id"), ['c@d'], 'by reference');
    $r = $leat->get('/api/people?limit=1');
    is_deeply($mails->("limit=1&cursor=$r->{json}{next}"), ['a@b'], 'in pages');
    $r = $leat->post('/api/people', {email => 'A@B'});
    is("$r->{status} $r->{json}{code}", '409 email.taken', 'taken, by its collation');
    $r = $leat->patch("/api/people/$id", {email => 'nobody'});
    is("$r->{status} $r->{json}{code}", '422 email must (have) at', 'a CHECK with a name: 422 with its code');
    is($leat->patch("/api/people/$id", {boss => 'none'})->{status}, 422, 'a reference to nothing: 422');
    is($leat->patch("/api/people/$id", {created_at => 'x'})->{status}, 422, 'created_at is not for clients');
    done_testing;
};

subtest 'takes a natural key from the client' => sub {
    my $r = $leat->post('/api/countries', {code => 'de', name => 'Germany'});
    is("$r->{status} $r->{headers}{location}", '201 /api/countries/de', 'a natural key');
    is($leat->post('/api/countries', {code => 'de', name => 'x'})->{json}{code}, 'code.taken', 'is taken');
    is($leat->post('/api/countries', {code => 'deu', name => 'x'})->{status}, 422, 'or too long');
    is($leat->post('/api/countries', {code => 'fr', name => ' '})->{json}{code}, 'name_not_blank',
        'a CHECK of a column');
    done_testing;
};

subtest 'serves tables without columns to send, views, and names in other alphabets' => sub {
    is($leat->request('POST', '/api/boxes')->{status}, 201, 'a row of nothing but its key');
    is_deeply($leat->post('/api/box', {v => 'x'})->{json}, {id => 1, v => 'x'}, 'a column of any type');
    is($leat->post('/api/new_box', {v => 3})->{status}, 201, 'a name that would be another\'s schema');
    is($leat->request('POST', '/api/times')->{status}, 201, 'only times');
    is($leat->request('PATCH', '/api/times/1')->{status}, 405, 'which nobody patches');
    is_deeply($leat->get('/api/all_lists?limit=1')->{json}{items}, [{id => 2, title => 'B', people => 0}], 'a view');
    is($leat->get('/api/all_lists/3')->{json}{title}, 'C', 'read by its id');
    is($leat->get('/api/counts')->{json}[0]{n}, 3, 'a view without one');
    is($leat->post('/api/_t__', {})->{status}, 404, 'no such path');
    my %odd = (temp__rature => 20.5, column => 1, '1st' => 2);
    is_deeply($leat->post('/api/t__', \%odd)->{json}, {id => 1, %odd}, 'other alphabets');
    is($leat->get('/api/secrets')->{status}, 200, 'what has a BLOB is listed without it');
    done_testing;
};

subtest 'refuses tables that it cannot describe, and says why' => sub {
    my $no = sub {
        my ($table, $why) = @_;
        my $got = $leat->leat('scaffold', 'lists', $table);
        is("$got->{code} $got->{out}", '1 ', "$table: exit 1, and no document");
        like($got->{err}, $why, 'and why');
    };
    $no->('keyless', qr/^keyless has no primary key/);
    $no->('blobs', qr/^blobs has a BLOB in its primary key/);
    $no->('words', qr/^words is a virtual table/);
    $no->($_, qr/^no such table: \Q$_\E; available: all lists, blobs, .*times, words, été$/)
        for qw(nope words_data sqlite_sequence _leat_migrations);
    is(run_command(Leat::Test::build() . '/leat', 'scaffold')->{code}, 2, 'no name: usage');
    is($leat->leat('scaffold', 'LISTS')->{code}, 0, 'names as SQL has them: in any case of letters');
    done_testing;
};

subtest 'reads a live database that has no migrations, and makes none' => sub {
    my $live = Leat::Test->new(document => $document, config => "database: {path: $leat->{dir}/app.db}\n");
    my $r = $live->leat('scaffold', 'boxes');
    is($r->{code}, 0, 'of a live database') or diag $r->{err};
    $live->configure("database: {path: $live->{dir}/none.db}\n");
    $r = $live->leat('scaffold', 'boxes');
    is($r->{code}, 1, 'of none: exit 1');
    ok(!-e "$live->{dir}/none.db", 'and none was made');
    done_testing;
};

subtest 'answers the violation of the only foreign key precisely' => sub {
    my $one = Leat::Test->new;
    my $r = $one->leat('scaffold', qw(lists todos audit));
    like($r->{out},
        qr{foreign-key: \{status: 422, code: list\.unknown, pointer: /list_id, message: no such list\}},
        'the answer of the only foreign key');
    like($r->{out}, qr{^servers: \[\{url: /v2\}\]$}m, 'beside /v1');
    $one->write('scaffold.yaml', $r->{out});
    $one->configure("api: [{document: $one->{api}}, {document: scaffold.yaml}]\n");
    $r = $one->leat('check');
    is("$r->{code} $r->{err}", '0 ', 'and both serve');
    $one->start;
    $r = $one->post('/v2/todos', {list_id => 9, title => 'x'});
    is("$r->{status} $r->{json}{code}", '422 list.unknown', 'a list that is not there');
    $r = $one->delete('/v2/lists/1');
    is($r->{status}, 409, 'a list that has todos');
    isnt($r->{json}{code} // '', 'list.unknown', 'is there');
    done_testing;
};

my $cheap = "rate-limits: {login: {rate: 1000/min}}\nidentity: {password: {memory: 8MiB, passes: 1}}\n";
my $owned = Leat::Test->new(document => slurp(Leat::Test::source() . '/conf/auth.yaml'), config => $cheap,
    migrations => {'0001_a.up.sql' => <<'SQL'});
CREATE TABLE books (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES _leat_users, title TEXT NOT NULL,
  UNIQUE (owner_id, title), UNIQUE (id, owner_id));
CREATE TABLE pages (id INTEGER PRIMARY KEY, reader TEXT NOT NULL, book_id INTEGER NOT NULL,
  no INTEGER NOT NULL DEFAULT 0, FOREIGN KEY (book_id, reader) REFERENCES books (id, owner_id));
CREATE INDEX pages_by_reader ON pages (reader, id);
CREATE TABLE profiles (user_id TEXT PRIMARY KEY NOT NULL REFERENCES _leat_users (id), name TEXT);
CREATE TABLE transfers (id INTEGER PRIMARY KEY, giver TEXT NOT NULL REFERENCES _leat_users (id),
  taker TEXT NOT NULL REFERENCES _leat_users (id));
CREATE TABLE notes (id INTEGER PRIMARY KEY, about TEXT REFERENCES _leat_users (id));
SQL

subtest 'names the owner of rows of accounts' => sub {
    my $r = $owned->leat('scaffold', qw(books pages profiles));
    like($r->{out}, qr/^security: \[\{bearer: \[\]\}\]$/m, 'it needs a token');
    is_deeply([$r->{out} =~ /^  (\w+):\n    owner: (\w+)$/mg], [qw(books owner_id pages reader profiles user_id)],
        'whose rows are whose');
    like($r->{out}, qr/message: another book already has this title\}/, 'what is taken, for the reader');
    like($r->{out}, qr{foreign-key: \{status: 422, code: book\.unknown, pointer: /book_id, },
        'the only reference that a client can get wrong');
    $owned->write('owned.yaml', $r->{out});
    $owned->configure("api: [{document: $owned->{api}}, {document: owned.yaml}]\n$owned->{config}");
    $r = $owned->leat('check');
    is("$r->{code} $r->{out}$r->{err}", "0 OK\n", 'the check finds nothing in it');
    done_testing;
};

$owned->start;
my %headers = map {
    my %who = (email => "$_\@example.org", password => 'a long enough secret');
    $owned->post('/v1/auth/register', \%who);
    ($_ => {Authorization => 'Bearer ' . $owned->post('/v1/auth/login', \%who)->{json}{access_token}});
} qw(ann bob);
my $as = sub {
    my ($who, $method, $path, $json) = @_;
    return $owned->request($method, "/v1$path", $json ? (json => $json) : (), headers => $headers{$who});
};

subtest 'gives each account its own rows' => sub {
    is($owned->get('/v1/books')->{status}, 401, 'nobody reads');
    is($as->('ann', POST => '/books', {title => 'A'})->{status}, 201, 'a book of ann');
    is($as->('bob', POST => '/books', {title => 'A'})->{status}, 201, 'one of bob, of the same name');
    is($as->('ann', POST => '/books', {title => 'A'})->{status}, 409, 'a second one of ann is not');
    is($as->('ann', POST => '/books', {title => 'B', owner_id => 'x'})->{status}, 422, 'the owner is not for clients');
    is($as->('ann', PATCH => '/books/1', {owner_id => 'x'})->{status}, 422, 'and does not change');
    is($as->('ann', POST => '/pages', {book_id => 1})->{status}, 201, 'a page of it');
    is($as->('ann', POST => '/pages', {book_id => 2})->{json}{code}, 'book.unknown', "none of another's");
    is($as->('ann', POST => '/profiles', {name => 'Ann'})->{status}, 201, 'a key that is the owner');
    my @others = ([GET => '/books/1'], [PATCH => '/books/1', {title => 'x'}], [DELETE => '/pages/1']);
    is($as->('bob', @$_)->{status}, 404, "bob: $_->[0] $_->[1]") for @others;
    is_deeply([map { $_->{id} } @{$as->('bob', GET => '/books')->{json}{items}}], [2], 'each has its own');
    done_testing;
};

subtest 'names no owner where a row has two accounts, or perhaps none' => sub {
    unlike($owned->leat('scaffold', qw(transfers notes))->{out}, qr/_sub|owner:|security/,
        'two accounts, or perhaps none: no owner');
    done_testing;
};

subtest 'finds the singular of a name' => sub {
    # Names that would be equal are made distinct.
    my %singular = qw(todos Todo categories Category addresses Address dishes Dish matches Match boxes Box
        statuses Status
        houses House clauses Clause glass Glass status Status2 analysis Analysis cases Case s S items_lists ItemsList
        box Box2 todo Todo2 TODO_items TODOItem);
    my @names = sort keys %singular;
    my %migrations = ('0001_a.up.sql' => join '', map { "CREATE TABLE $_ (id INTEGER PRIMARY KEY);\n" } @names);
    my $names = Leat::Test->new(document => "${head}paths: {}\n", migrations => \%migrations);
    my $r = $names->leat('scaffold', (sort { length $b <=> length $a || $a cmp $b } @names), 'todos');
    $names->write('api.yaml', $r->{out});
    is($names->leat('check')->{out}, "OK\n", 'names of many kinds');
    my %got = map { reverse /operationId: create(\w+).*?INSERT INTO (\w+)/s } split /\n(?=    post:)/, $r->{out};
    is_deeply(\%got, \%singular, 'singulars');
    done_testing;
};

subtest 'the types are those of what the columns hold' => sub {
    my $held = Leat::Test->new(config => "responses: strict\n", document => "${head}paths: {}\n",
        migrations => {'0001_a.up.sql' => <<'SQL'});
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, name TEXT, shipped_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  seen_at TEXT DEFAULT (datetime('now')), paid DATETIME DEFAULT (unixepoch()), julian TIMESTAMP DEFAULT (julianday()),
  day DATE DEFAULT CURRENT_DATE, token UUID DEFAULT (lower(hex(randomblob(16)))), changed_at TEXT,
  good_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')), free_at TEXT, shown_at TEXT AS (datetime(free_at)));
CREATE TRIGGER changes AFTER INSERT ON orders BEGIN UPDATE orders SET changed_at = datetime() WHERE id = new.id; END;
CREATE VIEW seen AS SELECT id, seen_at FROM orders;
CREATE TABLE logs (
  id INTEGER PRIMARY KEY, at_at TEXT, right_at TEXT, day DATE, mixed DATETIME, flag BOOLEAN, amount DECIMAL,
  total INTEGER,
  tags TEXT DEFAULT '[]', meta JSON, real_n INTEGER);
INSERT INTO logs VALUES (1, '2024-01-01 10:00:00', '2024-01-01T10:00:00Z', '2024-01-01', 'soon', 'true', 'much', 'x',
  '{}', '[1]', 1.5), (2, NULL, NULL, NULL, 17, 2, 1, 2, '[]', '{"a":1}', 1);
SQL
    my $got = $held->leat('scaffold', 'orders', 'logs', 'seen');
    is("$got->{code} $got->{err}", '0 ', 'a document');
    my ($order) = $got->{out} =~ /^    Order:\n(.*?)^    \w/ms;
    my ($log)   = $got->{out} =~ /^    Log:\n(.*?)^    \w/ms;
    my $null = '"null"';
    is_deeply({$order =~ /^        (\w+): \{type: (.*)\}$/mg}, {
        id => 'integer', name => "[string, $null]", shipped_at => 'string', seen_at => "[string, $null]",
        paid => "[integer, $null]", julian => "[number, $null]", day => "[string, $null], format: date",
        token => "[string, $null]", changed_at => "[string, $null]", good_at => "[string, $null], format: date-time",
        free_at => "[string, $null], format: date-time", shown_at => "[string, $null]",
    }, 'by the defaults, triggers and expressions that fill them');
    is_deeply({$log =~ /^        (\w+): \{(.*)\}$/mg}, {
        id => 'type: integer', at_at => "type: [string, $null]", right_at => "type: [string, $null], format: date-time",
        day => "type: [string, $null], format: date", mixed => '', flag => '', amount => '', total => '',
        tags => "type: [object, array, $null], additionalProperties: true",
        meta => "type: [object, array, $null], additionalProperties: true", real_n => "type: [number, $null]",
    }, 'by the rows that are there');
    unlike($got->{out}, qr/^        seen_at: .*date-time/m, 'a view promises nothing');
    $held->write('api.yaml', $got->{out});
    $held->start;
    is($held->post('/v1/orders', {name => 'x'})->{status}, 201, 'a row of defaults is served');
    is($held->get("/v1/$_")->{status}, 200, "$_ are listed") for qw(orders logs seen);
    done_testing;
};

all_done;
