# Every known way to lose a connection key ends in an error from every reader, and never in
# request.jwt.claims being believed (behaviour items 14 to 17, 19 and 20), whether the library is
# loaded on first use, for each session, or by the postmaster.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension set_conf forced_parallel);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key);

my $key = make_key('EdDSA');
my $own = make_key('EdDSA', fresh => 1);
my $jwk = $key->jwk_json(bare => 1);
my $jti = 0;
my $claims = q(set request.jwt.claims = '{"sub":"mallory","role":"admin"}');

sub token
{
	my ($signer, %claims) = @_;
	return $signer->sign({ sub => 'alice', jti => ++$jti, exp => time + 600, %claims });
}

my $lost = qr/^02000: pg_session_jwt\.jwk was given and could not be taken\n.*HINT:  Give it as a /s;
my $missing = qr/^02000: Missing runtime parameter: pg_session_jwt\.jwk\n.*HINT:  Add the token's /s;
my $bad = qr/^42804: pg_session_jwt\.jwk requires an ES256 JWK\nDETAIL:  .*\nHINT:  Give the public/s;
my $nobody = qr/^(?:NULL|null|f)$/;

# refuses_all checks that no reader answers, with unsigned claims and with a good token.
sub refuses_all
{
	my ($session, $pattern, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$session->run($claims);
	is_deeply($session->readers_not_like($pattern), [], "$name: no reader believes the claims");
	my $token = token($key);
	like($session->error("select auth.jwt_session_init('$token')"), $pattern,
		"$name: a token is not taken");
	$session->run("set pg_session_jwt.jwt = '$token'");
	is_deeply($session->readers_not_like($pattern), [], "$name: no reader takes a token");
	like($session->error('select auth.init()'), $pattern, "$name: init()");
	$session->run('discard all');
	$session->run($claims);
	is_deeply($session->readers_not_like($pattern), [], "$name: DISCARD ALL changes nothing");
	return;
}

# accepts checks that the session verifies with the key and ignores unsigned claims.
sub accepts
{
	my ($session, $signer, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$session->run('discard all');
	$session->run($claims);
	is_deeply($session->readers_not_like($nobody), [], "$name: claims are ignored");
	$session->ok("select auth.jwt_session_init('" . token($signer) . "')");
	is($session->ok('select auth.user_id()'), 'alice', "$name: a token is taken");
	return;
}

sub session { return SessionJwt::Session->new(@_); }

my $node = new_node('main');
create_extension($node);

sub set_preload
{
	my ($preload) = @_;
	foreach my $kind (qw(session shared))
	{
		set_conf($node, "${kind}_preload_libraries", $preload eq $kind ? 'pg_session_jwt' : undef);
	}
	return;
}

# Values given by ALTER ROLE and ALTER DATABASE while no library was there to refuse them.
$node->safe_psql('postgres', <<"END");
create database by_database;
create role by_role login;
create role by_role_and_database login;
alter role by_role set pg_session_jwt.jwk = '$jwk';
alter role by_role_and_database in database postgres set pg_session_jwt.jwk = '$jwk';
alter database by_database set pg_session_jwt.jwk = '$jwk';
create role by_case login;
alter role by_case set PG_SESSION_JWT.JWK = '$jwk';
create role empty_for_role login;
alter role empty_for_role set pg_session_jwt.jwk = '';
create table numbers as select generate_series(1, 1000) as n;
grant select on numbers to public;
END
$node->safe_psql('by_database', 'create extension pg_session_jwt');

my %role_settings = (
	'ALTER ROLE' => [ role => 'by_role' ],
	'ALTER ROLE IN DATABASE' => [ role => 'by_role_and_database' ],
	'ALTER DATABASE' => [ role => 'authenticated', db => 'by_database' ],
	'ALTER ROLE to nothing' => [ role => 'empty_for_role' ],
	'ALTER ROLE in capitals' => [ role => 'by_case' ],
);
my $parallel = 'set ' . forced_parallel($node) . q( = on; set parallel_setup_cost = 0;
	set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;
	set parallel_leader_participation = off);

foreach my $preload ('', 'session', 'shared')
{
	my $how = $preload ? "$preload preload" : 'no preload';
	set_preload($preload);
	$node->restart;

	my $plain = session($node, role => 'authenticated');
	$plain->ok($claims);
	is($plain->ok('select auth.user_id()'), 'mallory', "$how: claims where no key was ever given");
	like($plain->error("select auth.jwt_session_init('" . token($key) . "')"), $missing,
		"$how: a token without a key");
	$plain->quit;

	foreach my $way (sort keys %role_settings)
	{
		my $session = session($node, @{ $role_settings{$way} });
		refuses_all($session, $lost, "$how, $way");
		$session->quit;
	}

	$node->safe_psql('postgres', "insert into pg_db_role_setting values
		(0, 0, array['pg_session_jwt.jwk=$jwk'])");
	my $all = session($node, role => 'authenticated');
	refuses_all($all, $lost, "$how, ALTER ROLE ALL");
	$all->quit;
	$node->safe_psql('postgres',
		'delete from pg_db_role_setting where setrole = 0 and setdatabase = 0');

	# A worker starts with nothing but settings and catalogs, and must come to the same.
	my $workers = session($node, role => 'by_role');
	$workers->ok($parallel);
	$workers->ok($claims);
	my $error = $workers->error('select auth.user_id() from numbers');
	like($error, $lost, "$how: parallel workers refuse");
	like($error, qr/^CONTEXT:  parallel worker/m, "$how: it was a worker that refused");
	$workers->quit;

	# What a client gives at connection start arrives, and is then a key, whatever it is.
	my $good = session($node, role => 'authenticated', key => $key);
	accepts($good, $key, "$how, startup option");
	like($good->error("set pg_session_jwt.jwk = ''"), qr/^55P02: /, "$how: SET after the start");
	$good->quit;
	foreach my $value ('', 'junk', '{}', '["OKP","Ed25519","AAAA"]', $key->private_jwk_json)
	{
		my $session = session($node, role => 'authenticated',
			set => { 'pg_session_jwt.jwk' => $value });
		my $name = "$how, -c pg_session_jwt.jwk=" . substr($value, 0, 20);
		$session->run($claims);
		is_deeply($session->readers_not_like($nobody), [], "$name: claims are ignored");
		my $token = token($key);
		like($session->error("select auth.jwt_session_init('$token')"), $bad, "$name: init");
		$session->run("set pg_session_jwt.jwt = '$token'");
		is_deeply($session->readers_not_like($bad), [], "$name: no reader takes a token");
		$session->quit;
	}
}

# Without a library a session can still set anything; loading it brings that to light.
set_preload('');
$node->restart;
my @early = (
	"set pg_session_jwt.jwk = '$jwk'",
	"begin; set local pg_session_jwt.jwk = '$jwk'",
	"select set_config('pg_session_jwt.jwk', '$jwk', false)",
	"set pg_session_jwt.jwk = '$jwk'; set pg_session_jwt.jwk = ''",
);
foreach my $statement (@early)
{
	my $session = session($node, role => 'authenticated');
	$session->ok($statement);
	$session->ok($claims);
	like($session->error('select auth.user_id()'), $lost, 'SET before load');
	$session->run('rollback');
	refuses_all($session, $lost, 'SET before load');
	$session->quit;
}

# SECURITY DEFINER: a first load in there drops nothing (the original's GUC_NOT_WHILE_SEC_REST did).
$node->safe_psql('postgres', <<'END');
create function definer() returns text security definer language sql as 'select auth.user_id()';
END
my $definer = session($node, role => 'authenticated', key => $key);
$definer->ok("set pg_session_jwt.jwt = '" . token($key) . "'");
is($definer->ok('select definer()'), 'alice', 'first load in SECURITY DEFINER keeps key and token');
$definer->quit;
$definer = session($node, role => 'authenticated', key => $key);
$definer->ok($claims);
is($definer->ok('select definer()'), '',
	'first load in SECURITY DEFINER does not bring claims back');
accepts($definer, $key, 'after a first load in SECURITY DEFINER');
$definer->quit;

# The configuration file. Sessions opened before a reload must not lose or change their key either.
foreach my $preload ('', 'session', 'shared')
{
	my $how = $preload ? "$preload preload" : 'no preload';
	set_preload($preload);
	$node->restart;
	my $touched = session($node, role => 'authenticated');
	$touched->ok('select auth.user_id()');
	my $untouched = session($node, role => 'authenticated');

	set_conf($node, 'pg_session_jwt.jwk', $jwk);
	$node->reload;
	ok($node->poll_query_until('postgres',
		"select current_setting('pg_session_jwt.jwk', true) <> ''"),
		"$how: the file was read again");
	my $later = session($node, role => 'authenticated');
	if ($preload eq 'shared')
	{
		accepts($later, $key, "$how, reloaded file");
	}
	else
	{
		refuses_all($later, $lost, "$how, reloaded file");
	}
	if ($preload eq '')
	{
		refuses_all($untouched, $lost, "$how, file reloaded between start and load");
	}
	$touched->ok($claims);
	is($touched->ok('select auth.user_id()'), 'mallory',
		"$how: a session that never had a key has none after a reload");
	$_->quit foreach $touched, $untouched, $later;

	$node->restart;
	my $session = session($node, role => 'authenticated');
	accepts($session, $key, "$how, file at server start");
	$session->ok($parallel);
	is($session->ok('select distinct auth.user_id() from numbers'), 'alice',
		"$how: workers have the file's key");
	$session->quit;

	# Design: source 2 is as good as whoever opens the connection. An issuer is beyond their reach.
	my $client = session($node, role => 'authenticated', key => $own);
	accepts($client, $own, "$how, startup option over the file");
	like($client->error("select auth.jwt_session_init('" . token($key) . "')"),
		qr/^23514: invalid JWT signature$/m, "$how: the file's key is not used beside it");
	$client->quit;
	my $empty = session($node, role => 'authenticated', set => { 'pg_session_jwt.jwk' => '' });
	$empty->ok($claims);
	is_deeply($empty->readers_not_like($nobody), [], "$how: an empty option over the file");
	$empty->quit;

	# Taking the key out of the file leaves the sessions that have it alone.
	my $open = session($node, role => 'authenticated');
	accepts($open, $key, "$how, before the key leaves the file");
	set_conf($node, 'pg_session_jwt.jwk', undef);
	$node->reload;
	ok($node->poll_query_until('postgres',
		q{select coalesce(current_setting('pg_session_jwt.jwk', true), '') = ''}),
		"$how: the file was read again");
	accepts($open, $key, "$how, after the key left the file");
	$open->quit;
}

# The way out that the hint names.
set_preload('shared');
$node->restart;
like(($node->psql('postgres', "alter role authenticated set pg_session_jwt.jwk = '$jwk'"))[2],
	qr/cannot be set after connection start/, 'a loaded library refuses ALTER ROLE SET');
$node->safe_psql('postgres', 'alter role by_role reset all');
my $after = session($node, role => 'by_role', key => $key);
accepts($after, $key, 'after ALTER ROLE RESET ALL');
$after->quit;

done_testing();
