# SPDX-License-Identifier: MIT
# Swagger UI in a real browser lists the operations and tries them out, directly and behind a
# proxy's prefix, loads nothing from elsewhere, and violates no rule of the page's policy.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Leat::Browser;
use Leat::Client;
use Leat::Jwt;
use Leat::Program;
use Leat::Test;
use Test::More;

my @folders = map { "$_/share/leat/swagger-ui" } Leat::Test::build(), Leat::Test::source() . '/build';
my ($assets) = grep { -f "$_/swagger-ui-bundle.js" } @folders;
plan skip_all => 'no swagger-ui-dist' unless $assets;
my $browser = Leat::Browser->new;

my $leat = Leat::Test->new(document => <<'API', files => {'old.yaml' => <<'OLD'});
openapi: 3.1.0
info:
  title: Todo
  version: "2"
  description: |
    What there is **to do**, with [a link](https://example.com/).
servers: [{url: /v2}]
security: [{}, {token: []}]
paths:
  /todos/{id}:
    get:
      operationId: getTodo
      summary: One todo
      tags: [todos]
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        "200":
          description: The todo.
          content: {application/json: {schema: {$ref: "#/components/schemas/Todo"}}}
      x-sql: {returns: one, sql: "SELECT :id AS id, coalesce(:_sub, 'nobody') AS sent_by"}
    delete:
      operationId: deleteTodo
      tags: [todos]
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"204": {description: Gone.}}
  /todos:
    post:
      operationId: createTodo
      tags: [todos]
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Todo"}}}}
      responses: {"201": {description: The new todo.}}
components:
  securitySchemes: {token: {type: http, scheme: bearer, bearerFormat: JWT}}
  schemas:
    Todo:
      type: object
      required: [id, sent_by]
      properties: {id: {type: integer}, sent_by: {type: string}, parent: {$ref: "#/components/schemas/Todo"}}
API
openapi: 3.0.3
info: {title: Old, version: "1"}
servers: [{url: /v1}]
paths:
  /old:
    get: {operationId: getOld, responses: {"200": {description: ok}}, x-builtin: health.live}
OLD
my $old = "{document: $leat->{dir}/old.yaml}";
my $new = "{document: $leat->{dir}/api.yaml}";
my $secret = secret_key('a secret of the test, 32 bytes long');
$leat->write('key', $secret->{secret});
my $token = jwt($secret, access(sub => 'ann', exp => time + 3600));
# An idle connection of the browser would reach workers from before a reload.
my $usual = <<"YAML";
identity: {keys: [{key: $leat->{dir}/key}]}
drain: {grace: 0s}
docs: {assets: $assets}
listen: [{address: 127.0.0.1:$leat->{port}, trusted: [127.0.0.0/8]}]
YAML
$leat->configure("${usual}api: [$new]\n");
$leat->start;

my @operations = ('DELETE /todos/{id}', 'GET /todos/{id}', 'POST /todos');
# JavaScript: the operations that the page lists.
my $listed = <<'JS' =~ s/\s+\z//r;
[...document.querySelectorAll(".opblock")].map(o => o.querySelector(".opblock-summary-method").innerText + " "
    + o.querySelector(".opblock-summary-path").dataset.path).sort().join(",")
JS
# It chooses the first document of the list.
my $choose_first = <<'JS';
(() => {
    const s = document.querySelector(".topbar select");
    Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value").set.call(s, s.options[0].value);
    s.dispatchEvent(new Event("change", {bubbles: true}));
})()
JS

# Tests what no visit may do.
sub is_clean {
    my ($base, $name) = @_;
    my @urls = map { $_->{request}{url} } $browser->events('Network.requestWillBeSent');
    cmp_ok(scalar @urls, '>', 3, "$name: requests were seen");
    is(join(' ', grep { !/^\Q$base\E\// && !/^(?:data|blob|about):/ } @urls), '', "$name: none of them goes elsewhere");
    is(join("\n", @{$browser->evaluate('window.violations')}), '', "$name: the policy is kept");
    my @entries = grep { $_->{entry}{level} eq 'error' } $browser->events('Log.entryAdded');
    my @errors = map { "$_->{entry}{text} $_->{entry}{url}" } @entries;
    is(join("\n", @errors), '', "$name: nothing is logged as an error");
    my @details = map { $_->{exceptionDetails} } $browser->events('Runtime.exceptionThrown');
    my @thrown = map { $_->{exception}{description} // $_->{text} } @details;
    is(join("\n", @thrown), '', "$name: nothing is thrown");
}

# Opens getTodo, tries it with the id, and waits for the answer's body.
sub try_out {
    my ($id) = @_;
    my $block = '#operations-todos-getTodo';
    my $is = sub { my ($selector) = @_; return $browser->evaluate("!!document.querySelector('$block$selector')") };
    $browser->click("$block .opblock-summary-control") unless $is->('.is-open');
    my $button = "$block .try-out__btn";
    $browser->click($button) if $browser->wait_for("document.querySelector('$button')") && !$is->(' .execute');
    $browser->type("$block .parameters input", $id);
    $browser->click("$block .execute");
    my $answer = "(document.querySelector('$block .live-responses-table') || {innerText: 'no answer'}).innerText";
    $browser->wait_for("$answer.includes('\"id\": $id')");
    return $browser->evaluate($answer);
}

sub visit {
    my ($base, $name) = @_;
    $browser->forget;
    $browser->open("$base/docs");
    ok($browser->wait_for('document.querySelectorAll(".opblock").length >= 3'), "$name: the page comes up")
        or diag $browser->evaluate('document.body.innerText');
    is($browser->evaluate('location.href'), "$base/docs/", "$name: where it should be");
    is($browser->evaluate($listed), join(',', @operations), "$name: and lists the operations");
    like(try_out(1), qr/200.*"sent_by": "nobody"/s, "$name: trying one out gets a real answer");

    $browser->click('.auth-wrapper .authorize');
    $browser->type('.auth-container input', $token);
    $browser->click('.auth-btn-wrapper .authorize');
    $browser->click('.auth-btn-wrapper .btn-done');
    like(try_out(2), qr/200.*"sent_by": "ann"/s, "$name: with a token, the token is sent");
    my @tries = grep { m{/todos/} } map { $_->{request}{url} } $browser->events('Network.requestWillBeSent');
    is("@tries", "$base/v2/todos/1 $base/v2/todos/2", "$name: to the server of the document");
    is_clean($base, $name);
}

my $straight = "http://127.0.0.1:$leat->{port}";

subtest 'the page lists operations and tries them out, with a token that it keeps, and loads nothing foreign' => sub {
    visit($straight, 'straight');
    $browser->screenshot(Leat::Test::build() . '/docs.png');
    ok(-s Leat::Test::build() . '/docs.png', 'a screenshot lies in the build folder');

    $browser->open("$straight/docs/");
    ok($browser->wait_for('document.querySelector(".auth-wrapper .authorize.locked")'),
        'a reload of the page keeps the token');
};

subtest 'behind a prefix of a proxy it does the same' => sub {
    my $nginx = require_program('nginx');
    my $dir = tempdir(CLEANUP => 1);
    my $port = Leat::Test::free_port();
    spew("$dir/nginx.conf", <<"NGINX");
daemon off; pid $dir/pid; error_log $dir/error.log; worker_processes 1; events {}
http {
    access_log off;
    client_body_temp_path $dir/a; proxy_temp_path $dir/b; fastcgi_temp_path $dir/c; uwsgi_temp_path $dir/d;
    scgi_temp_path $dir/e;
    server {
        listen 127.0.0.1:$port;
        location /behind/ {
            proxy_pass http://127.0.0.1:$leat->{port}/;
            proxy_redirect off;
            proxy_set_header X-Forwarded-For \$remote_addr;
            proxy_set_header X-Forwarded-Prefix /behind;
        }
    }
}
NGINX
    my $pid = background(sub { exec $nginx, '-c', "$dir/nginx.conf", '-e', "$dir/error.log" or POSIX::_exit(127) });
    ok(wait_for(20, sub { dial($port) }), 'a proxy') or diag slurp("$dir/error.log");
    visit("http://127.0.0.1:$port/behind", 'behind a prefix');
    kill TERM => $pid;
    waitpid $pid, 0;
};

subtest 'several documents are a list, of which the last is shown first' => sub {
    $leat->configure("${usual}api: [$old, $new]\n");
    is($leat->ctl('reload')->{code}, 0, 'a second document');
    $browser->forget;
    ok(wait_for(10, sub { $leat->get('/docs/')->{body} =~ /standalone/ }), 'is served');
    $browser->open("$straight/docs/");
    ok($browser->wait_for('document.querySelectorAll(".opblock").length >= 3'), 'the last document is shown');
    my $options = '[...document.querySelectorAll(".topbar option")].map(o => o.innerText).join(", ")';
    is($browser->evaluate($options), 'Old 1 (/v1/openapi), Todo 2 (/v2/openapi)', 'all can be chosen');
    $browser->evaluate($choose_first);
    ok($browser->wait_for("$listed === 'GET /old'"), 'another one is');
    is_clean($straight, 'with a list');
};

subtest 'without Swagger UI a plain page shows all operations by the same policy' => sub {
    $leat->configure("drain: {grace: 0s}\ndocs: {assets: $leat->{dir}/none}\napi: [$old, $new]\n");
    is($leat->ctl('reload')->{code}, 0, 'without Swagger UI');
    ok(wait_for(10, sub { $leat->get('/docs/')->{body} !~ /swagger/ }), 'there is a plain page');
    $browser->open("$straight/docs");
    ok($browser->wait_for('document.querySelector("main h2") && document.readyState === "complete"'), 'which comes up')
        or diag $browser->evaluate('location.href + document.documentElement.outerHTML');
    is($browser->evaluate('document.querySelectorAll("main h2[id^=operation-]").length'), 4, 'with all operations');
    is($browser->evaluate('getComputedStyle(document.querySelector("main")).fontFamily'), 'sans-serif',
        'and its style');
    is(join("\n", @{$browser->evaluate('window.violations')}), '', 'by the same policy');
    $browser->screenshot(Leat::Test::build() . '/docs-plain.png');
    $browser->close;
};

all_done;
