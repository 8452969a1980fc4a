# SPDX-License-Identifier: MIT
# PostgreSQL 15 understands Leat's own tables and every statement of accounts (lib/auth/store/store.def), and gives
# them the order of bytes that SQLite does.
use strict;
use warnings;
use Leat::Postgres;
use Leat::Test qw(slurp);
use Test::More;

my $server = Leat::Postgres->new;
$server->create('own');
my $units = ($ENV{LEAT_BUILD} // 'build') . '/t/units';
my ($tables, $statements) = map { "$server->{dir}/$_.sql" } 'tables', 'statements';

sub run { my ($sql) = @_; return $server->psql($sql, 'own') }
sub count { my $r = run(@_); chomp $r->{out}; return $r->{out} . $r->{err} }

subtest 'the units write what a server would be sent' => sub {
    local ($ENV{LEAT_STORE_TABLES}, $ENV{LEAT_STORE_STATEMENTS}) = ($tables, $statements);
    my $r = Leat::Test::run_command($units, '--filter', 'store/writes_the_statements_of_postgresql');
    is($r->{code}, 0, 'they run') or diag "$r->{out}$r->{err}";
    ok(-s $tables && -s $statements, 'both files are there');
    done_testing;
};

subtest 'the tables can be made, and made again' => sub {
    for my $time ('first', 'second') {
        my $r = run(slurp($tables));
        is($r->{code}, 0, "the $time time") or diag $r->{err};
    }
    is(count("SELECT count(*) FROM pg_tables WHERE tablename LIKE '\\_leat\\_%'"), 13, 'all tables');
    is(count("SELECT count(*) FROM information_schema.columns WHERE table_name LIKE '\\_leat\\_%' AND (column_name LIKE"
        . " '%\\_at' OR column_name = 'at') AND collation_name IS DISTINCT FROM 'C'"), 0, 'times are ordered by bytes');
    done_testing;
};

subtest 'every statement can be prepared' => sub {
    my $r = run(slurp($statements));
    is($r->{code}, 0, 'no error') or diag $r->{err};
    open my $in, '<', $statements or die "$statements: $!";
    my $prepared = grep { /^PREPARE / } <$in>;
    cmp_ok($prepared, '>', 90, 'there are many');
    done_testing;
};

subtest 'the costs of passwords are found in their index' => sub {
    my $r = run(<<'SQL');
INSERT INTO _leat_users (id, email, password_hash, created_at, updated_at)
    SELECT 'u' || n, n || '@example.org', '$argon2id$v=19$m=' || 19456 + n % 3 || ',t=2,p=1$salt$hash', '', ''
    FROM generate_series(1, 2000) AS n;
INSERT INTO _leat_users (id, email, created_at, updated_at) VALUES ('none', 'none@example.org', '', '');
SQL
    is($r->{code}, 0, 'accounts, one without a password') or diag $r->{err};
    open my $in, '<', $statements or die "$statements: $!";
    my ($prepare) = grep { /RECURSIVE costs/ } do { local $/ = ";\n"; <$in> };
    my ($name) = $prepare =~ /PREPARE (\w+)/;
    is(count("ANALYZE; $prepare EXECUTE $name"), join("\n", map { "m=$_,t=2,p=1" } 19456 .. 19458), 'each cost once');
    like(count("$prepare EXPLAIN EXECUTE $name"), qr/Index(?: Only)? Scan using _leat_users_by_cost/, 'by the index');
    unlike(count("$prepare EXPLAIN EXECUTE $name"), qr/Seq Scan on _leat_users/, 'and without reading the table');
    done_testing;
};

done_testing;
