# Background workers of other extensions need not say when a statement begins: PostgreSQL then takes
# it for the moment at which the worker connected. Tokens are judged by the clock there.
use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension set_conf forced_parallel);
use SessionJwt::Token qw(make_key jwks);

plan skip_all => 'NOT RUN: no C compiler (package gcc)' if system('cc --version >/dev/null 2>&1');

my $iss = 'https://issuer.example/';
my $provider = make_key('ES256', kid => 'k1');
my $key = make_key('EdDSA');

my $folder = PostgreSQL::Test::Utils::tempdir();
my $node = new_node('main', start => 0, preload => 'shared',
	conf => ["dynamic_library_path = '\$libdir:$folder'"]);
my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
chomp(my $includes = `$pg_config --includedir-server`);
is(system('cc', '-shared', '-fPIC', '-Wall', "-I$includes", '-o', "$folder/quiet_worker.so",
		"$FindBin::Bin/../modules/quiet_worker.c"), 0, 'the worker is compiled');
set_conf($node, 'pg_session_jwt.jwk', $key->jwk_json(bare => 1));
$node->start;
create_extension($node);
my $setup = <<'END';
create table seen (n serial, began timestamptz default statement_timestamp(), what text);
create function run_quiet_worker() returns void as 'quiet_worker' language c;
create function read(token text) returns void language plpgsql as $$
begin
	perform set_config('pg_session_jwt.jwt', token, false) where token is not null;
	insert into seen (what) values (auth.user_id());
exception when others then
	insert into seen (what) values (sqlstate || ': ' || sqlerrm);
end $$;
-- Whoever reads here is a parallel worker, and a table's every row is read by one.
create function read_in_parallel() returns void language plpgsql as $$
declare context text;
begin
	perform count(*) from pg_class where auth.user_id() = 'alice';
	insert into seen (what) values ('no error');
exception when others then
	get stacked diagnostics context = pg_exception_context;
	insert into seen (what)
		values (sqlstate || ': ' || sqlerrm || coalesce(', ' || substring(context from '^parallel worker'), ''));
end $$;
END
$node->safe_psql('postgres', "create database keyed;
	insert into auth.issuers (issuer, jwks, leeway) values ('$iss', '${\ jwks($provider)}', 0)");
$node->safe_psql('keyed', 'create extension pg_session_jwt');
$node->safe_psql($_, $setup) for qw(postgres keyed);

# seen_by runs statements in such a worker, and returns what the reads there gave.
sub seen_by
{
	my ($db, @steps) = @_;
	my $body = join '', map { "perform $_;\n" } @steps;
	$node->safe_psql($db, "truncate seen;
		create or replace function job() returns void language plpgsql as
			\$\$ begin $body end \$\$;
		select run_quiet_worker()");
	is($node->safe_psql($db, 'select count(distinct began) from seen'), 1,
		"$db: no statement began in there");
	return [ split /\n/, $node->safe_psql($db, 'select what from seen order by n') ];
}

my $jti = 0;
my %sign = (
	postgres => sub { return $provider->sign({ iss => $iss, sub => 'alice', @_ }) },
	keyed => sub { return $key->sign({ sub => 'alice', jti => ++$jti, @_ }) },
);
my $expired = '23514: Token used after it has expired';
my $early = '23514: Token used before it is ready';

foreach my $db (sort keys %sign)
{
	# The keys of connections have a leeway of 60 seconds.
	my $now = time - ($db eq 'keyed' ? 60 : 0);
	my $read = sub { return "read('" . $sign{$db}->(@_) . "')" };
	is_deeply(seen_by($db, $read->(exp => $now - 5), $read->(exp => $now + 600, nbf => $now - 5),
			$read->(exp => $now + 1000, nbf => $now + 600), $read->(exp => $now + 5),
			'read(null)', 'pg_sleep(6)', 'read(null)',
			"set_config('${\ forced_parallel($node)}', 'on', false)", 'read_in_parallel()'),
		[ $expired, 'alice', $early, 'alice', 'alice', $expired, "$expired, parallel worker" ],
		"$db: exp and nbf are judged by the clock, by its parallel workers too");
}
$node->stop;

done_testing();
