# pg_session_jwt.audit_log: one line for each identity taken into use and for each refusal, none
# that a claim could forge, and no way for a plain user to switch it off.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension set_conf connection_string log_position
	log_since forced_parallel);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my $key = make_key('EdDSA');
my $provider = make_key('RS256', kid => 'p1');
my $set = jwks($provider);
my $iss = 'https://issuer.example/';
my $jti = 0;

my $node = new_node('main', conf => ['pg_session_jwt.audit_log = on']);
create_extension($node);
$node->safe_psql('postgres', <<"END");
create database registry;
create table numbers as select generate_series(1, 1000) as n;
grant select on numbers to public;
END
$node->safe_psql('registry', <<"END");
create extension pg_session_jwt;
insert into auth.issuers (issuer, jwks) values ('$iss', '$set');
END

sub key_token
{
	my (%claims) = @_;
	return $key->sign({ sub => 'alice', jti => ++$jti, exp => time + 600, %claims });
}

sub issuer_token
{
	my (%claims) = @_;
	return $provider->sign({ iss => $iss, sub => 'alice', exp => time + 600, %claims });
}

# audit_lines runs code and returns the audit lines it left in the log, without the prefix.
sub audit_lines
{
	my ($code) = @_;
	my $from = log_position($node);
	$code->();
	return [ log_since($node, $from) =~ /LOG:  (JWT .*)/g ];
}

my $session = SessionJwt::Session->new($node, role => 'authenticated', key => $key);

# One line for each identity, with the claims as JSON.
is_deeply(audit_lines(sub { $session->ok('select auth.user_id(), auth.jwt()') }), [],
	'nobody: no line');
my $first = key_token(aud => [ 'a', 'b' ], iss => 'gateway');
my $accepted = qq(JWT accepted: sub="alice" aud=["a", "b"] iss="gateway" jti=1);
is_deeply(audit_lines(sub { $session->ok("select auth.jwt_session_init('$first')") }),
	[$accepted], 'jwt_session_init: one line');
is_deeply(
	audit_lines(
		sub {
			$session->ok('select count(auth.user_id()), count(auth.jwt()) from numbers');
			$session->ok('select auth.session(), auth.organization()') for 1 .. 3;
		}),
	[], 'readers of an identity in use: no line, not per row nor per statement');
my $second = key_token();
is_deeply(
	audit_lines(
		sub {
			$session->ok("begin; set local pg_session_jwt.jwt = '$second'; savepoint s");
			$session->ok('select auth.user_id() from numbers');
			$session->ok('rollback to s; select auth.user_id()');
			$session->ok('commit; select auth.user_id()');
		}),
	['JWT accepted: sub="alice" aud=null iss=null jti=2'],
	'a lazily verified token: one line; going back to an identity in use: none');
is_deeply(audit_lines(sub { $session->ok("set pg_session_jwt.jwt = '$second'") }), [],
	'a token that nobody reads: no line');

# Workers act with the identity that their leader reported.
$session->ok('discard all');
my $worker_token = key_token();
is_deeply(
	audit_lines(
		sub {
			$session->ok("set ${\ forced_parallel($node)} = on; set parallel_setup_cost = 0;
				set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;
				set parallel_leader_participation = off");
			$session->ok("select auth.jwt_session_init('$worker_token')");
			die 'not parallel' unless $session->ok(
				'explain (analyze) select auth.user_id() from numbers') =~ /Workers Launched: [1-9]/;
		}),
	["JWT accepted: sub=\"alice\" aud=null iss=null jti=$jti"],
	'parallel workers: no line of theirs');
$session->ok('reset all');

# One line for each refusal, with the reason.
my %refused = (
	'invalid JWT encoding' => 'opaque',
	'invalid JWT signature' => make_key('EdDSA', fresh => 1)->sign({ sub => 'eve', jti => 99 }),
	'Token used after it has expired' => key_token(exp => time - 600),
	'Token ID must be strictly monotonically increasing.' => key_token(jti => 1),
	'JWT is not signed' => SessionJwt::Token::unsigned({ sub => 'eve', jti => 99 }),
);
foreach my $reason (sort keys %refused)
{
	is_deeply(audit_lines(sub { $session->run("select auth.jwt_session_init('$refused{$reason}')") }),
		["JWT refused: $reason"], "refused, $reason: one line");
}
my $expired = key_token(exp => time - 600);
is_deeply(
	audit_lines(sub { $session->run("set pg_session_jwt.jwt = '$expired'; select auth.user_id() from numbers") }),
	['JWT refused: Token used after it has expired'], 'a refusing reader: one line');
$session->ok('reset all');

# A claim cannot end the line.
my $forged = key_token(sub => "eve\n2026-01-01 LOG:  JWT accepted: sub=\"admin\"\r\x{85}\x1b[2J");
my $lines = audit_lines(sub { $session->ok("select auth.jwt_session_init('$forged')") });
is(@$lines, 1, 'line ends in a claim: one line');
like($lines->[0], qr/^JWT accepted: sub="eve\\n2026.*\\"admin\\"\\r.*\\u001b\[2J" aud=null/,
	'line ends in a claim are escaped');
$session->quit;

# Unsigned claims, and an issuer's token.
my $claims = SessionJwt::Session->new($node, role => 'authenticated');
is_deeply(
	audit_lines(
		sub {
			$claims->ok(q(set request.jwt.claims = '{"sub":"bob","iss":"rest"}'));
			$claims->ok('select auth.user_id() from numbers') for 1 .. 3;
		}),
	['JWT claims taken unverified from request.jwt.claims: sub="bob" aud=null iss="rest" jti=null'],
	'unsigned claims: one line that says so');
$claims->quit;
my $registry = SessionJwt::Session->new($node, role => 'authenticated', db => 'registry');
my %token = map { $_ => issuer_token(sub => $_) } qw(alice bob);
is_deeply(
	audit_lines(sub { $registry->ok("select auth.jwt_session_init('$token{$_}')")
	  foreach qw(alice bob alice) }),
	[ map { qq(JWT accepted: sub="$_" aud=null iss="$iss" jti=null) } qw(alice bob alice) ],
	'an issuer\'s tokens: a line for each change of user');
$registry->quit;

# A plain user cannot switch it off. clients.md, finding 5: a startup option without the right to
# set the parameter takes the place of the administrator's value.
my $n = 0;

sub is_audited
{
	my ($name, %opt) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $token = key_token();
	my $client = SessionJwt::Session->new($node, role => 'authenticated', key => $key, %opt);
	my $seen = audit_lines(
		sub {
			$client->run($opt{before}) if $opt{before};
			$client->ok("select auth.jwt_session_init('$token')");
		});
	is(@$seen, 1, "$name: audited");
	like($client->error('set pg_session_jwt.audit_log = off'), qr/^42501: /,
		"$name: SET is refused");
	$client->quit;
	return;
}

my %off = ('pg_session_jwt.audit_log' => 'off');
foreach my $preload ('', 'session', 'shared')
{
	my $how = $preload ? "$preload preload" : 'no preload';
	set_conf($node, "${_}_preload_libraries", $preload eq $_ ? 'pg_session_jwt' : undef)
	  foreach qw(session shared);
	foreach my $where ('file', 'ALTER ROLE')
	{
		set_conf($node, 'pg_session_jwt.audit_log', $where eq 'file' ? 'on' : undef);
		$node->restart;
		$node->safe_psql('postgres', 'alter role authenticated '
			  . ($where eq 'file' ? 'reset all' : 'set pg_session_jwt.audit_log = on'));
		is_audited("$how, on by $where");
		is_audited("$how, on by $where, RESET",
			before => 'reset all; reset pg_session_jwt.audit_log');
		next if $preload eq 'shared';
		is_audited("$how, on by $where, startup option off", set => \%off);
		is_audited("$how, on by $where, startup option that is no boolean",
			set => { 'pg_session_jwt.audit_log' => 'junk' });
		is_audited("$how, on by $where, SET before load",
			before => 'set pg_session_jwt.audit_log = off')
		  if $preload eq '';
	}
}
$node->connect_fails(
	connection_string($node, role => 'authenticated', set => \%off),
	'shared preload: the startup option is refused',
	expected_stderr => qr/permission denied to set parameter "pg_session_jwt.audit_log"/);

# Whoever may set it does.
$node->safe_psql('postgres', 'alter role authenticated reset all');
set_conf($node, 'shared_preload_libraries', undef);
$node->restart;
my $superuser = SessionJwt::Session->new($node, key => $key, set => \%off);
my $token = key_token();
is_deeply(audit_lines(sub { $superuser->ok("select auth.jwt_session_init('$token')") }), [],
	'a superuser switches it off');
$superuser->quit;

done_testing();
