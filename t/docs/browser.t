# SPDX-License-Identifier: MIT
# Swagger UI in a real browser lists the operations and tries them out, directly and behind a
# proxy's prefix, loads nothing from elsewhere, and violates no rule of the page's policy.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);
use File::Temp qw(tempdir);
use Leat::Browser;
use Leat::Test;
use MIME::Base64 qw(encode_base64url);
use Test::More;

my ($assets) = grep { -f "$_/swagger-ui-bundle.js" } map { "$_/share/leat/swagger-ui" } Leat::Test::build(), Leat::Test::source() . '/build';
plan skip_all => 'no swagger-ui-dist' unless $assets;
my $browser = Leat::Browser->new or plan skip_all => 'no chromium';

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
my %config = (one => "[{document: $leat->{dir}/api.yaml}]", two => "[{document: $leat->{dir}/old.yaml}, {document: $leat->{dir}/api.yaml}]");
# An idle connection of the browser would reach workers from before a reload.
my $key = 'a secret of the test, 32 bytes long';
$leat->write('key', $key);
my $text = join '.', map { encode_base64url($_) } '{"alg":"HS256","typ":"at+jwt"}', sprintf '{"iss":"leat","aud":"leat","sub":"ann","exp":%d}', time + 3600;
my $token = "$text." . encode_base64url(hmac_sha256($text, $key));
my $usual = "identity: {keys: [{key: $leat->{dir}/key}]}\ndrain: {grace: 0s}\ndocs: {assets: $assets}\nlisten: [{address: 127.0.0.1:$leat->{port}, trusted: [127.0.0.0/8]}]\n";
$leat->configure("${usual}api: $config{one}\n");
$leat->start;

my @operations = ('DELETE /todos/{id}', 'GET /todos/{id}', 'POST /todos');
my $listed = '[...document.querySelectorAll(".opblock")].map(o => o.querySelector(".opblock-summary-method").innerText + " " + o.querySelector(".opblock-summary-path").dataset.path).sort().join(",")';

# Tests what no visit may do.
sub is_clean {
    my ($base, $name) = @_;
    my @urls = map { $_->{request}{url} } $browser->events('Network.requestWillBeSent');
    cmp_ok(scalar @urls, '>', 3, "$name: requests were seen");
    is(join(' ', grep { !/^\Q$base\E\// && !/^(?:data|blob|about):/ } @urls), '', "$name: none of them goes elsewhere");
    is(join("\n", @{$browser->evaluate('window.violations')}), '', "$name: the policy is kept");
    my @errors = map { "$_->{entry}{text} $_->{entry}{url}" } grep { $_->{entry}{level} eq 'error' } $browser->events('Log.entryAdded');
    is(join("\n", @errors), '', "$name: nothing is logged as an error");
    my @thrown = map { $_->{exceptionDetails}{exception}{description} // $_->{exceptionDetails}{text} } $browser->events('Runtime.exceptionThrown');
    is(join("\n", @thrown), '', "$name: nothing is thrown");
}

# Opens getTodo, tries it with the id, and waits for the answer's body.
sub try_out {
    my ($id) = @_;
    my $block = '#operations-todos-getTodo';
    $browser->click("$block .opblock-summary-control") unless $browser->evaluate("!!document.querySelector('$block.is-open')");
    $browser->click("$block .try-out__btn") if $browser->wait_for("document.querySelector('$block .try-out__btn')") && !$browser->evaluate("!!document.querySelector('$block .execute')");
    $browser->type("$block .parameters input", $id);
    $browser->click("$block .execute");
    $browser->wait_for("(document.querySelector('$block .live-responses-table') || {innerText: ''}).innerText.includes('\"id\": $id')");
    return $browser->evaluate("(document.querySelector('$block .live-responses-table') || {innerText: 'no answer'}).innerText");
}

sub visit {
    my ($base, $name) = @_;
    $browser->forget;
    $browser->open("$base/docs");
    ok($browser->wait_for('document.querySelectorAll(".opblock").length >= 3'), "$name: the page comes up") or diag $browser->evaluate('document.body.innerText');
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
visit($straight, 'straight');
$browser->screenshot(Leat::Test::build() . '/docs.png');
ok(-s Leat::Test::build() . '/docs.png', 'a screenshot lies in the build folder');

# An authorization persists.
$browser->open("$straight/docs/");
ok($browser->wait_for('document.querySelector(".auth-wrapper .authorize.locked")'), 'a reload of the page keeps the token');

SKIP: {
    my ($nginx) = grep { -x } map { "$_/nginx" } split(/:/, $ENV{PATH}), '/usr/sbin';
    skip 'no nginx', 1 unless $nginx;
    my $dir = tempdir(CLEANUP => 1);
    my $port = Leat::Test::free_port();
    spew("$dir/nginx.conf", <<"NGINX");
daemon off; pid $dir/pid; error_log $dir/error.log; worker_processes 1; events {}
http {
    access_log off;
    client_body_temp_path $dir/a; proxy_temp_path $dir/b; fastcgi_temp_path $dir/c; uwsgi_temp_path $dir/d; scgi_temp_path $dir/e;
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
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        exec $nginx, '-c', "$dir/nginx.conf", '-e', "$dir/error.log" or POSIX::_exit(127);
    }
    ok(wait_for(20, sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) }), 'a proxy') or diag slurp("$dir/error.log");
    visit("http://127.0.0.1:$port/behind", 'behind a prefix');
    kill TERM => $pid;
    waitpid $pid, 0;
}

# Several documents: the last is shown, the others can be chosen.
$leat->configure("${usual}api: $config{two}\n");
is($leat->ctl('reload')->{code}, 0, 'a second document');
$browser->forget;
ok(wait_for(10, sub { $leat->get('/docs/')->{body} =~ /standalone/ }), 'is served');
$browser->open("$straight/docs/");
ok($browser->wait_for('document.querySelectorAll(".opblock").length >= 3'), 'the last document is shown');
is($browser->evaluate('[...document.querySelectorAll(".topbar option")].map(o => o.innerText).join(", ")'), 'Old 1 (/v1/openapi), Todo 2 (/v2/openapi)', 'all can be chosen');
$browser->evaluate('(() => { const s = document.querySelector(".topbar select"); Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value").set.call(s, s.options[0].value); s.dispatchEvent(new Event("change", {bubbles: true})); })()');
ok($browser->wait_for("$listed === 'GET /old'"), 'another one is');
is_clean($straight, 'with a list');

# The plain page.
$leat->configure("drain: {grace: 0s}\ndocs: {assets: $leat->{dir}/none}\napi: $config{two}\n");
is($leat->ctl('reload')->{code}, 0, 'without Swagger UI');
ok(wait_for(10, sub { $leat->get('/docs/')->{body} !~ /swagger/ }), 'there is a plain page');
$browser->open("$straight/docs");
ok($browser->wait_for('document.querySelector("main h2")'), 'which comes up') or diag $browser->evaluate('location.href + document.documentElement.outerHTML');
is($browser->evaluate('document.querySelectorAll("main h2[id^=operation-]").length'), 4, 'with all operations');
is($browser->evaluate('getComputedStyle(document.querySelector("main")).fontFamily'), 'sans-serif', 'and its style');
is(join("\n", @{$browser->evaluate('window.violations')}), '', 'by the same policy');
$browser->screenshot(Leat::Test::build() . '/docs-plain.png');
$browser->close;
all_done;
