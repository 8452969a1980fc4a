# SPDX-License-Identifier: MIT
# The documents are published as JSON and YAML with a page to read and try them, also behind a proxy, with
# and without the files of Swagger UI.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use Leat::Client;
use Leat::Program;
use Leat::Test;
use Test::More;

my @keys = qw(sql handler builtin rate-limit idempotency timeout tables allow-scan additional-parameters sunset);
my $keys = join '|', @keys;
my $ours = qr/"?x-(?:$keys)\b/;
my $assets = tempdir(CLEANUP => 1);
my %asset = (
    'swagger-ui.css' => 'text/css; charset=utf-8',
    'swagger-ui-bundle.js' => 'text/javascript; charset=utf-8',
    'swagger-ui-standalone-preset.js' => 'text/javascript; charset=utf-8',
    'favicon-16x16.png' => 'image/png',
    'favicon-32x32.png' => 'image/png',
);
spew("$assets/$_", "/* $_ */" . 'x' x 100_000) for keys %asset;
spew("$assets/secret.txt", 'secret');
mkdir "$assets/empty";

# The todo application, with a stand-in for Swagger UI.
my $todo = Leat::Test->new(config => "docs: {assets: $assets}\n");
$todo->start;

my $json = $todo->get('/v1/openapi.json');
my $document = $json->{json};

subtest 'publishes the document as JSON, without keys of ours, with the answers of the server' => sub {
    is("$json->{status} $json->{headers}{'content-type'}", '200 application/json', 'the document as JSON');
    is($document->{openapi}, '3.1.0', 'is of its version');
    is_deeply($document->{servers}, [{url => '/v1'}], 'names the mount');
    unlike($json->{body}, $ours, 'has no key of ours');
    my $get = $document->{paths}{'/todos/{id}'}{get};
    is(join(' ', sort keys %{$get->{responses}}), '200 400 404 406 422 500 503 504', 'and the answers of the server');
    is($get->{responses}{404}{'$ref'}, '#/components/responses/NotFound', 'as references');
    is_deeply($document->{components}{responses}{NotFound}{content},
        {'application/problem+json' => {schema => {'$ref' => '#/components/schemas/Problem'}}}, 'to problems');
    my %problem = %{$document->{components}{schemas}{Problem}};
    my $told = $todo->post('/v1/todos', {title => ''})->{json};
    is(join(' ', grep { !$problem{properties}{$_} } keys %$told), '', 'which have what is described');
    is(join(' ', grep { !exists $told->{$_} } @{$problem{required}}), '', 'and all that is promised');
};

my $yaml = $todo->get('/v1/openapi.yaml');

subtest 'publishes the same as YAML, in the order of the document, and both at the root' => sub {
    is("$yaml->{status} $yaml->{headers}{'content-type'}", '200 application/yaml', 'the document as YAML');
    like($yaml->{body}, qr{\Aopenapi: "3\.1\.0"\ninfo:\n  title: Todo\n.*^servers:\n- url: "/v1"\n.*^paths:\n}ms,
        'in its order');
    unlike($yaml->{body}, $ours, 'without our keys too');
    is($todo->get('/openapi.json')->{body}, $json->{body}, 'the same at the root');
    is($todo->get('/openapi.yaml')->{body}, $yaml->{body}, 'in both formats');
};

subtest 'another reader of YAML 1.1 sees the same document' => sub {
    my $python = require_program('python3');
    package_is_missing("python3's yaml", 'python3-yaml') if run_command($python, '-c', 'import yaml')->{code};
    my $dir = tempdir(CLEANUP => 1);
    spew("$dir/a.yaml", $yaml->{body});
    my $program = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1])), default=repr))';
    my $read = run_command($python, '-c', $program, "$dir/a.yaml");
    is_deeply(decode_json($read->{out}), $document, 'the same');
};

my $page = $todo->get('/docs/');
my $title = "$page->{status} $page->{headers}{'content-type'}";
my $policy = $page->{headers}{'content-security-policy'};

subtest 'serves a page with a strict policy, and every file that it loads' => sub {
    is($title, '200 text/html; charset=utf-8', 'the page');
    is($policy, join('; ', "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
        "connect-src 'self'", "font-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"),
        'has a strict policy');
    is($page->{headers}{'referrer-policy'}, 'no-referrer', 'tells nobody where it is');
    is($page->{headers}{'x-content-type-options'}, 'nosniff', 'and is what it says');
    unlike($page->{body}, qr{<script>|<style|style=|\son\w+=|https?://|(?:src|href)="/},
        'has nothing inline, foreign or absolute');
    my @linked = $page->{body} =~ /(?:src|href)="([^"]+)"/g;
    is(join(' ', sort @linked), join(' ', qw(docs.css docs.js favicon-16x16.png favicon-32x32.png swagger-ui-bundle.js
        swagger-ui.css)), 'loads what it needs');
    is($todo->get("/docs/$_")->{status}, 200, "$_ is there") for @linked;
    like($todo->get('/docs/docs.js')->{body}, qr{url: "\.\./v1/openapi\.json"}, 'which reads the document');
    my $redirect = $todo->get('/docs');
    is("$redirect->{status} $redirect->{headers}{location}", '308 docs/', '/docs leads there');
    for my $name (sort keys %asset) {
        my $r = $todo->get("/docs/$name");
        is("$r->{status} $r->{headers}{'content-type'} " . length $r->{body}, "200 $asset{$name} " . -s "$assets/$name",
            $name);
        is($r->{headers}{'cache-control'}, 'public, max-age=86400', 'may be stored');
    }
};

subtest 'serves no other file of the folder, or of any other folder' => sub {
    my @paths = ('..\\secret.txt', qw(secret.txt empty empty/ ../openapi.json ..%2fsecret.txt %2e%2e/secret.txt
        /etc/passwd //etc/passwd ./swagger-ui.css swagger-ui.css/ swagger-ui.css%00 swagger-ui.css%00.txt SWAGGER-UI.CSS
        swagger-ui.css.map .));
    for my $path (@paths) {
        my $status = $todo->get("/docs/$path")->{status};
        ok($status == 404 || $status == 400, "/docs/$path is $status");
    }
};

my %prefix = (headers => {'X-Forwarded-Prefix' => '/behind/it'});

subtest "a proxy's prefix goes before the mount, and the page needs none" => sub {
    is_deeply($todo->get('/v1/openapi.json', %prefix)->{json}{servers}, [{url => '/behind/it/v1'}],
        "a proxy's prefix goes before the mount");
    like($todo->get('/openapi.yaml', %prefix)->{body}, qr{^- url: "/behind/it/v1"$}m, 'in YAML too');
    is($todo->get('/docs', %prefix)->{headers}{location}, 'docs/', 'and the page needs none');
    is($todo->get('/docs/', %prefix)->{body}, $page->{body}, 'at all');
};

subtest 'HEAD, validators and methods are those of a file that changes rarely' => sub {
    for my $path ('/v1/openapi.json', '/openapi.yaml', '/docs/', '/docs/docs.js', '/docs/swagger-ui-bundle.js') {
        my $r = $todo->get($path);
        my $head = $todo->request('HEAD', $path);
        my ($length, $tag) = (length $r->{body}, $r->{headers}{etag});
        is("$head->{status} $head->{headers}{'content-length'} $head->{headers}{etag}", "200 $length $tag",
            "HEAD $path");
        for my $list ($tag, $tag =~ s{^W/}{}r, "\"x\", $tag", '*') {
            my $same = $todo->get($path, headers => {'If-None-Match' => $list});
            is("$same->{status} $same->{body}", '304 ', "If-None-Match: $list is 304");
            is($same->{headers}{$_}, $r->{headers}{$_}, "with $_") for qw(etag cache-control vary);
            ok(!exists $same->{headers}{'content-length'}, 'and no length');
        }
        is($todo->get($path, headers => {'If-None-Match' => '"x"'})->{status}, 200, 'another tag gets it');
        my $post = $todo->post($path, {});
        is("$post->{status} $post->{headers}{allow}", '405 GET, HEAD, OPTIONS', "POST $path");
        is($todo->request('OPTIONS', $path)->{status}, 204, "OPTIONS $path");
    }
    my $tag = $json->{headers}{etag};
    is($json->{headers}{'cache-control'}, 'no-cache', 'documents are asked for again');
    isnt($todo->get('/v1/openapi.json', %prefix)->{headers}{etag}, $tag, 'another prefix is another text');
    is($todo->get('/v1/todos/1')->{headers}{'cache-control'}, 'no-store', 'answers of operations stay unstored');
};

subtest 'counts requests for documents, page and files as operations of their own' => sub {
    my $operations = $todo->ctl_json('operations');
    my %count = map { $_->{id} => $_->{requests} } @$operations;
    ok($count{"docs.$_"}, "docs.$_ is counted") for qw(openapi page asset);
};

subtest 'a file that shrank is not sent, and a reload serves the new files or the plain page' => sub {
    spew("$assets/swagger-ui-bundle.js", 'short');
    is($todo->get('/docs/swagger-ui-bundle.js')->{status}, 500, 'a file that shrank is not sent');
    is($todo->ctl('reload')->{code}, 0, 'a reload');
    ok(wait_for(10, sub { $todo->get('/docs/swagger-ui-bundle.js')->{body} eq 'short' }), 'has the new one');
    unlink "$assets/favicon-16x16.png";
    is($todo->ctl('reload')->{code}, 0, 'a reload without one of the files');
    ok(wait_for(10, sub { $todo->get('/docs/')->{body} !~ /swagger/ }), 'falls back to the plain page');
    logged($todo, qr/docs\.assets folder="\Q$assets\E/, 'and says so');
    is($todo->get('/docs/swagger-ui-bundle.js')->{status}, 404, 'the other files are gone with it');
};

# Two documents, plain page, hostile texts.
my $evil = q{<script>alert(1)</script>&"'};
(my $quoted = $evil) =~ s/'/''/g;
my $two = Leat::Test->new(
    document => <<"API", files => {
openapi: 3.0.3
info: {title: 'Old $quoted', version: "1"}
servers: [{url: /v1}]
paths:
  /things/{id}:
    get:
      operationId: getThing
      deprecated: true
      summary: 'A thing </code><img src=x onerror=alert(1)>'
      parameters: [{name: id, in: path, required: true, description: '<b>which</b>', schema: {type: integer}}]
      responses: {"200": {description: "it",
        content: {application/json: {schema: {\$ref: "#/components/schemas/Thing"}}}}}
      x-sql: {returns: one, sql: "SELECT :id AS id"}
components: {schemas: {Thing: {type: object, required: [id],
  properties: {id: {type: integer, description: '<i>number</i>'}}}}}
API
        'new.yaml' => <<'API', 'same.yaml' => <<'API'});
openapi: 3.1.0
info: {title: New, version: "2"}
servers: [{url: "https://elsewhere.example/v2"}]
paths:
  /docs:
    get: {operationId: ownDocs, responses: {"200": {description: ok}}, x-builtin: health.live}
API
openapi: 3.1.0
info: {title: Same, version: "3"}
servers: [{url: /v2}]
paths:
  /same/openapi.json:
    get: {operationId: ownOpenapi, responses: {"200": {description: ok}}, x-builtin: health.live}
API
my $documents = join ', ', map { "{document: $two->{dir}/$_.yaml}" } qw(api new same);
my $none = "docs: {assets: $two->{dir}/none}\napi: [$documents]\n";
$two->configure($none);
$two->start;

subtest 'each document is published under its mount, and the first at the root' => sub {
    is($two->get('/v1/openapi.json')->{json}{info}{version}, 1, 'each document is under its mount');
    is($two->get('/v2/openapi.json')->{json}{info}{version}, 2, 'by the path of its URL');
    is($two->get('/v2/openapi-2.json')->{json}{info}{version}, 3, 'with a number where two have one mount');
    is($two->get('/openapi.json')->{json}{info}{version}, 1, 'the first is at the root');
    is($two->get('/v1/openapi.json')->{json}{openapi}, '3.0.3', '3.0 stays 3.0');
    is_deeply($two->get('/v2/openapi.json')->{json}{servers}, [{url => '/v2'}], 'a URL elsewhere becomes the mount');
};

my $plain = $two->get('/docs/');

subtest 'the plain page escapes every text of a document, and lists operations, parameters and schemas' => sub {

    is("$plain->{status} $plain->{headers}{'content-type'}", '200 text/html; charset=utf-8',
        'a page without Swagger UI');
    is($plain->{headers}{'content-security-policy'}, $policy, 'with the same policy');
    unlike($plain->{body}, qr{<script|<img|<b>|<i>|</code><img|\son\w+=[^<]*"}, 'escapes everything');
    like($plain->{body}, qr{&lt;script&gt;alert\(1\)&lt;/script&gt;&amp;&quot;&#39;}, 'and shows it as it is');
    like($plain->{body}, qr{GET</span> /v1/things/\{id\}}, 'lists operations');
    like($plain->{body}, qr{<tr><td><code>id</code><td>path, required<td>integer<td>&lt;b&gt;which}, 'parameters');
    like($plain->{body}, qr{<a href="#schema-0-Thing">Thing</a>}, 'schemas');
    like($plain->{body}, qr{href="\.\./v1/openapi\.json".*href="\.\./v1/openapi\.yaml"}, 'and links to the documents');
    is($two->get('/docs/')->{headers}{etag}, $plain->{headers}{etag}, 'with one tag');
    is($two->get('/docs/docs.css')->{status}, 200, 'its style is there');
    is($two->get('/docs/docs.js')->{status}, 404, 'a script is not');
    $two->write('p.html', $plain->{body});
    my $tidy = run_command(require_program('tidy'), qw(-qe --show-warnings no), "$two->{dir}/p.html");
    is("$tidy->{code} $tidy->{err}", '0 ', 'well-formed');
};

subtest 'with Swagger UI several documents are a list, and operations take precedence over our routes' => sub {
    spew("$assets/$_", 'x') for keys %asset;
    $two->configure($none =~ s{docs: .*}{docs: {assets: $assets, path: /v2/docs}}r);
    is($two->ctl('reload')->{code}, 0, 'a reload with another path');
    ok(wait_for(10, sub { $two->get('/v2/docs/')->{status} == 200 }), 'the page is there');
    is($two->get('/docs/')->{status}, 404, 'and no longer here');
    is_deeply($two->get('/v2/docs')->{json}, {status => 'ok'}, 'an operation of the same path answers itself');
    my $script = $two->get('/v2/docs/docs.js')->{body};
    is(join(' ', $script =~ /url: "([^"]+)"/g), '../../v1/openapi.json ../../v2/openapi.json ../../v2/openapi-2.json',
        'all documents can be chosen');
    like($script, qr{"urls\.primaryName": "Same 3 }, 'the last is shown first');
    like($two->get('/v2/docs/')->{body}, qr{swagger-ui-standalone-preset\.js}, 'from a list');
};

subtest 'the page can be switched off, with the documents, or be the root' => sub {
    for my $row (['docs: {path: off}', 404, 200], ['docs: {serve: false}', 404, 404],
        ["docs: {path: /, assets: $two->{dir}/none}", 404, 200]) {
        my ($text, $there, $json_there) = @$row;
        $two->configure($none =~ s{docs: .*}{$text}r);
        is($two->ctl('reload')->{code}, 0, $text);
        ok(wait_for(10, sub { $two->get('/v2/docs/')->{status} == 404 }), 'the page is gone');
        is($two->get('/docs/')->{status}, $there, 'or not');
        is($two->get('/v1/openapi.json')->{status}, $json_there, 'openapi.json');
    }
    is($two->get('/')->{headers}{'content-type'}, 'text/html; charset=utf-8', 'the page may be the root');
    like($two->get('/')->{body}, qr{href="v1/openapi\.json"}, 'with links from there');
};

subtest 'an admin listener serves neither documents nor page' => sub {
    my $admin = Leat::Test::free_port();
    $two->configure(<<"YAML");
listen: [{address: 127.0.0.1:$two->{port}}, {address: 127.0.0.1:$admin, serve: [admin]}]
$none
YAML
    is($two->ctl('reload')->{code}, 0, 'a listener for monitors');
    my $ask = sub { return $two->get($_[0], socket => dial($admin)) };
    ok(wait_for(10, sub { my $r = eval { $ask->('/metrics') }; $r && $r->{status} == 200 }), 'answers');
    is($ask->($_)->{status}, 404, "but not $_") for '/docs/', '/openapi.json';
    is_deeply($two->get('/v1/openapi.json', %prefix)->{json}{servers}, [{url => '/v1'}],
        'a prefix of a stranger is not believed');
};

all_done;
