# SPDX-License-Identifier: MIT
# The example application works as its README promises, by its list, its paging and every change.
use strict;
use warnings;
use Leat::Test;
use Test::More;

my $leat = Leat::Test->new->start;

subtest 'lists todos, newest first, typed by the schema' => sub {
    my $r = $leat->get('/v1/todos?limit=2');
    is($r->{status}, 200, 'a list');
    is_deeply([map { $_->{id} } @{$r->{json}{items}}], [1000, 999], 'newest first, as many as asked for');
    my %todo = (id => 1000, list_id => 2, title => 'Todo 1000', done => JSON::PP::true, tags => ['urgent'],
        due => undef,
        created_at => '2026-01-01T16:40:00.000Z');
    is_deeply($r->{json}{items}[0], \%todo, 'typed by the schema');
    is($r->{headers}{'content-type'}, 'application/json', 'content type');
    is($r->{headers}{'cache-control'}, 'no-store', 'not to be cached');
    is($r->{headers}{server}, 'leat', 'no version in Server');
};

subtest 'pages visit each row once, through signed cursors' => sub {
    my (@ids, $cursor);
    my $r;
    do {
        $r = $leat->get('/v1/todos?limit=99' . (defined $cursor ? "&cursor=$cursor" : ''));
        push @ids, map { $_->{id} } @{$r->{json}{items}};
        $cursor = $r->{json}{next};
    } while (defined $cursor && @ids < 2000);
    is_deeply(\@ids, [reverse 1 .. 1000], 'paging visits each row once');
    $r = $leat->get('/v1/todos?limit=500');
    is($r->{status}, 422, 'a limit past the maximum');
    $r = $leat->get('/v1/todos?limit=1000000000000000000000');
    is($r->{status}, 400, 'a limit that is no integer');
    is($leat->get('/v1/todos?cursor=abc')->{status}, 400, 'a cursor that was made up');
    my $next = $leat->get('/v1/todos?limit=1')->{json}{next};
    (my $forged = $next) =~ s/^./X/;
    is($leat->get("/v1/todos?cursor=$forged")->{status}, 400, 'a cursor that was changed');
    is($leat->get("/v1/todos?limit=1&cursor=$next")->{json}{items}[0]{id}, 999, 'the cursor itself goes on');
};

subtest 'filters by parameters, and refuses unknown, repeated and wrong ones' => sub {
    my $r = $leat->get('/v1/todos?done=true&list_id=1&limit=100');
    is(scalar(grep { !$_->{done} || $_->{list_id} != 1 } @{$r->{json}{items}}), 0, 'filters');
    is($leat->get('/v1/todos?done=maybe')->{status}, 400, 'not a boolean');
    is($leat->get('/v1/todos?nonsense=1')->{status}, 400, 'an unknown parameter');
    is($leat->get('/v1/todos?limit=1&limit=2')->{status}, 400, 'a repeated parameter');
};

my $r = $leat->post('/v1/todos', {title => "\x{e9}\n\"x\"\\ \x{1f600}", list_id => 1, tags => ['a', 'b']});
my $id = $r->{json}{id};

subtest 'creates a todo with its location, and text survives the way there and back' => sub {
    is($r->{status}, 201, 'created');
    is($r->{headers}{location}, "/v1/todos/$r->{json}{id}", 'location');
    is($leat->get("/v1/todos/$id")->{json}{title}, "\x{e9}\n\"x\"\\ \x{1f600}", 'text survives the way there and back');
    is_deeply($leat->get("/v1/todos/$id")->{json}{tags}, ['a', 'b'], 'an array too');
};

subtest 'a patch changes what was sent, and null unsets' => sub {
    my $r = $leat->patch("/v1/todos/$id", {done => JSON::PP::true});
    is($r->{status}, 200, 'patched');
    ok($r->{json}{done}, 'what was sent is changed');
    is_deeply($r->{json}{tags}, ['a', 'b'], 'what was absent stays');
    is($leat->patch("/v1/todos/$id", {due => '2027-01-01'})->{json}{due}, '2027-01-01', 'a nullable is set');
    is($leat->patch("/v1/todos/$id", {due => undef})->{json}{due}, undef, 'and unset by null');
};

subtest 'a violated constraint is a problem in the words of the document' => sub {
    my $r = $leat->post('/v1/todos', {title => 'Todo 3', list_id => 1});
    is($r->{status}, 409, 'a title that is taken');
    is_deeply([@{$r->{json}}{qw(title status error code)}],
        ['Conflict', 409, 'the list has a todo with this title', 'title.taken'], 'in the words of the document');
    is($r->{json}{errors}[0]{pointer}, '/title', 'with its pointer');
    is($r->{headers}{'content-type'}, 'application/problem+json', 'as a problem');
    is($r->{json}{request_id}, $r->{headers}{'x-request-id'}, 'with the request id');
    $r = $leat->post('/v1/todos', {title => '   ', list_id => 1});
    is_deeply([$r->{status}, $r->{json}{code}], [422, 'title.blank'], 'a CHECK by its name');
    $r = $leat->post('/v1/todos', {title => 'x', list_id => 99});
    is_deeply([$r->{status}, $r->{json}{code}], [422, 'list.unknown'], 'a foreign key');
};

subtest 'a move is one transaction, which leaves nothing when it fails' => sub {
    my $r = $leat->post("/v1/todos/$id/move", {list_id => 3});
    is($r->{json}{list_id}, 3, 'moved in a transaction');
    $r = $leat->post("/v1/todos/$id/move", {list_id => 99});
    is_deeply([$r->{status}, $r->{json}{code}], [422, 'list.unknown'], "a step's else");
    is($leat->post('/v1/todos/999999/move', {list_id => 3})->{status}, 404, 'a step that finds nothing');
    my $audit = qx(sqlite3 $leat->{dir}/app.db 'SELECT todo_id, action, detail FROM audit');
    is($audit, "$id|move|to Someday\n", 'one audit row: the transactions that failed left none');
};

subtest 'deletes, counts, and lists what is left' => sub {
    is($leat->delete("/v1/todos/$id")->{status}, 204, 'deleted');
    is($leat->delete("/v1/todos/$id")->{status}, 404, 'it was');
    is($leat->get("/v1/todos/$id")->{status}, 404, 'and is gone');
    my $r = $leat->delete('/v1/done?list_id=1');
    is_deeply($r->{json}, {count => 83}, 'a count of changes');
    is_deeply($leat->get('/v1/lists')->{json}[0], {id => 1, title => 'Home', open => 250}, 'a plain list');
    is_deeply($leat->get('/v1/health')->{json}, {status => 'ok'}, 'a built-in');
};

all_done;
