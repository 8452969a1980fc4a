# SPDX-License-Identifier: MIT
# Every kind of answer of the todo application is as the published document says: prism, a proxy that knows
# only the document, reports nothing that deviates from it.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use Leat::Contract;
use Leat::Test;
use Test::More;

my $prism = tester('prism');
my $leat = Leat::Test->new->start;
my $document;
subtest 'the document is published' => sub { $document = published($leat) };
my %port;
my $http = HTTP::Tiny->new(timeout => 30);
my $full = {title => "\x{e9}\n\"x\"\\ \x{1f600}", list_id => 1, tags => ['a', 'b'], due => '2027-01-01'};

# How a row's request relates to the document:
#   valid    it conforms; prism lets it pass, and its answer
#   invalid  prism refuses it; a prism that checks answers only finds Leat's refusal as documented
#   unsaid   Leat refuses it, as documented, for a reason that the document does not express
my @rows = (
    # kind, method, path, body (a string is sent as it is), status
    [valid   => GET => '/health', undef, 200],

    [valid   => GET => '/lists', undef, 200],
    [unsaid  => GET => '/lists?x=1', undef, 400],
    [valid   => POST => '/lists', {title => 'Garden'}, 201],
    [valid   => POST => '/lists', {title => "\x{1f600}" x 100}, 201],
    [valid   => POST => '/lists', {title => 'Garden'}, 409],
    [invalid => POST => '/lists', {title => ''}, 422],
    [invalid => POST => '/lists', {title => 'x' x 101}, 422],
    [invalid => POST => '/lists', {title => undef}, 422],
    [invalid => POST => '/lists', {title => ['x']}, 422],
    [invalid => POST => '/lists', {}, 422],
    [invalid => POST => '/lists', ['x'], 422],
    [unsaid  => POST => '/lists', {title => 'Closed', x => 1}, 422],
    [invalid => POST => '/lists', {title => 'x' x 2_000_000}, 413],
    [invalid => POST => '/lists', undef, 400],
    [invalid => POST => '/lists', 'title=x', 415],

    [valid   => GET => '/todos', undef, 200],
    [valid   => GET => '/todos?limit=1', undef, 200],
    [valid   => GET => '/todos?limit=100&done=true&list_id=1', undef, 200],
    [valid   => GET => '/todos?done=false&limit=3', undef, 200],
    [valid   => GET => '/todos?list_id=99', undef, 200],
    [valid   => GET => '/todos?limit=2&cursor={next}', undef, 200],
    [valid   => GET => '/todos?cursor=made-up', undef, 400],
    [unsaid  => GET => '/todos?nonsense=1', undef, 400],
    [unsaid  => GET => '/todos?limit=1&limit=2', undef, 400],
    [invalid => GET => '/todos?limit=0', undef, 422],
    [invalid => GET => '/todos?limit=101', undef, 422],
    [invalid => GET => '/todos?limit=many', undef, 400],
    [invalid => GET => '/todos?done=maybe', undef, 400],
    [invalid => GET => '/todos?list_id=1.5', undef, 400],

    [valid   => POST => '/todos', {title => 'Small', list_id => 1}, 201],
    [valid   => POST => '/todos', $full, 201],
    [valid   => POST => '/todos', {title => 'No date', list_id => 2, tags => [], due => undef}, 201],
    [valid   => POST => '/todos', {title => 'Todo 3', list_id => 1}, 409],
    [valid   => POST => '/todos', {title => '   ', list_id => 1}, 422],
    [valid   => POST => '/todos', {title => 'x', list_id => 99}, 422],
    [invalid => POST => '/todos', {title => 'x'}, 422],
    [invalid => POST => '/todos', {list_id => 1}, 422],
    [invalid => POST => '/todos', {title => '', list_id => 1}, 422],
    [invalid => POST => '/todos', {title => 'x' x 201, list_id => 1}, 422],
    [invalid => POST => '/todos', {title => 'x', list_id => '1'}, 422],
    [invalid => POST => '/todos', {title => 'x', list_id => 1.5}, 422],
    [invalid => POST => '/todos', {title => 'x', list_id => 1, tags => 'a'}, 422],
    [invalid => POST => '/todos', {title => 'x', list_id => 1, tags => ['']}, 422],
    [invalid => POST => '/todos', {title => 'x', list_id => 1, tags => ['x' x 21]}, 422],
    [invalid => POST => '/todos', {title => 'x', list_id => 1, tags => [('a') x 9]}, 422],
    [invalid => POST => '/todos', {title => 'x', list_id => 1, due => 20270101}, 422],
    [unsaid  => POST => '/todos', {title => 'Closed', list_id => 1, done => JSON::PP::true}, 422],
    [invalid => POST => '/todos', undef, 400],
    [invalid => POST => '/todos', '<todo/>', 415],

    [valid   => GET => '/todos/{id}', undef, 200],
    [valid   => GET => '/todos/999999', undef, 404],
    [invalid => GET => '/todos/0', undef, 422],
    [invalid => GET => '/todos/abc', undef, 400],

    [valid   => PATCH => '/todos/{id}', {done => JSON::PP::true}, 200],
    [valid   => PATCH => '/todos/{id}', {title => 'Changed', tags => ['c'], due => undef}, 200],
    [valid   => PATCH => '/todos/{id}', {}, 200],
    [valid   => PATCH => '/todos/999999', {done => JSON::PP::true}, 404],
    [valid   => PATCH => '/todos/{id}', {title => 'Todo 1'}, 409],
    [valid   => PATCH => '/todos/{id}', {title => ' '}, 422],
    [invalid => PATCH => '/todos/{id}', {title => ''}, 422],
    [invalid => PATCH => '/todos/{id}', {done => 1}, 422],
    [invalid => PATCH => '/todos/{id}', {done => undef}, 422],
    [invalid => PATCH => '/todos/{id}', [], 422],
    [unsaid  => PATCH => '/todos/{id}', {id => 5}, 422],
    [invalid => PATCH => '/todos/{id}', undef, 400],
    [invalid => PATCH => '/todos/abc', {done => JSON::PP::true}, 400],
    [invalid => PATCH => '/todos/{id}', 'done', 415],

    [valid   => POST => '/todos/{id}/move', {list_id => 3}, 200],
    [valid   => POST => '/todos/{id}/move', {list_id => 99}, 422],
    [valid   => POST => '/todos/999999/move', {list_id => 3}, 404],
    [invalid => POST => '/todos/{id}/move', {}, 422],
    [invalid => POST => '/todos/{id}/move', {list_id => 'x'}, 422],
    [unsaid  => POST => '/todos/{id}/move', {list_id => 3, id => 1}, 422],
    [invalid => POST => '/todos/{id}/move', undef, 400],
    [invalid => POST => '/todos/0/move', {list_id => 3}, 422],
    [invalid => POST => '/todos/{id}/move', '3', 415],

    [valid   => POST => '/todos', {title => 'Todo 3', list_id => 2}, 201],
    [valid   => POST => '/todos/{id}/move', {list_id => 1}, 409],

    [valid   => DELETE => '/todos/{id}', undef, 204],
    [valid   => DELETE => '/todos/{id}', undef, 404],
    [invalid => DELETE => '/todos/abc', undef, 400],

    [valid   => DELETE => '/done?list_id=1', undef, 200],
    [valid   => DELETE => '/done?list_id=99', undef, 200],
    [invalid => DELETE => '/done', undef, 400],
    [invalid => DELETE => '/done?list_id=x', undef, 400],
);

sub prism_before_leat {
    my (@options) = @_;
    return serve($leat, sub {
        my ($port) = @_;
        return ($prism, 'proxy', '--errors', '-p', $port, @options, $document, "http://127.0.0.1:$leat->{port}/v1");
    });
}

sub send_to {
    my ($which, $method, $path, $body) = @_;
    my %o;
    if (defined $body) {
        $o{content} = ref $body ? JSON::PP->new->utf8->encode($body) : $body;
        $o{headers}{'Content-Type'} = ref $body ? 'application/json' : 'text/plain';
    }
    return $http->request($method, "http://127.0.0.1:$port{$which}$path", \%o);
}

# Returns prism's complaint about an exchange, '' if there is none.
sub complaint {
    my ($r) = @_;
    return "prism failed: $r->{content}" if $r->{status} == 599;
    return $r->{content} if ($r->{content} // '') =~ m{stoplight\.io/prism/errors};
    return $r->{headers}{'sl-violations'} // '';
}

sub answers {
    my ($which, $method, $path, $body, $status) = @_;
    my $r = send_to($which, $method, $path, $body);
    is(complaint($r), '', 'as documented');
    is($r->{status}, $status, 'with the status') or diag($r->{content});
    return eval { decode_json($r->{content}) };
}

%port = (strict => prism_before_leat(), lenient => prism_before_leat('--validate-request=false'));
my %seen = (id => 1, next => $leat->get('/v1/todos?limit=1')->{json}{next});
for my $row (@rows) {
    my ($kind, $method, $template, $body, $status) = @$row;
    (my $path = $template) =~ s/\{(\w+)\}/$seen{$1}/g;
    my $sent = ref $body ? JSON::PP->new->canonical->ascii->encode($body) : $body // '';
    my $name = join ' ', $method, $template, length $sent > 60 ? substr($sent, 0, 57) . '...' : $sent;
    subtest "$name is answered $status, as documented" => sub {
        if ($kind eq 'invalid') {
            like(complaint(send_to('strict', $method, $path, $body)), qr/Invalid request/, 'prism refuses it');
        }
        my $json = answers($kind eq 'valid' ? 'strict' : 'lenient', $method, $path, $body, $status);
        $seen{id} = $json->{id} if $status == 201 && $template eq '/todos';
    };
}

subtest 'the rows cover every operation, with a success of each' => sub {
    my %tried = map { ($_->[1] . ' ' . ($_->[2] =~ s/\?.*//r =~ s{/\d+|/abc}{/{id}}r) . " $_->[4]" => 1) } @rows;
    my $paths = decode_json(slurp($document))->{paths};
    for my $path (sort keys %$paths) {
        for my $method (grep { /^(?:get|put|post|patch|delete)$/ } sort keys %{$paths->{$path}}) {
            ok($tried{uc($method) . " $path $_"}, "$method $path: $_ is tried")
                for grep { /^2/ } keys %{$paths->{$path}{$method}{responses}};
        }
    }
};

stop_serving;
all_done;
