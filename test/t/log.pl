# No piece of a token, key or signature is in the server's log or in what a client gets, whatever
# way a token comes in, accepted or refused, with the log as talkative about errors as it can be
# (behaviour item 26 is what 0.5.0 shows).
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension connection_string try_sql pieces_in
	token_pieces_in_log forced_parallel);
use SessionJwt::Token qw(make_key jwks unsigned tamper replace_payload b64url);

my $key = make_key('EdDSA');
my $provider = make_key('RS256', kid => 'p1');
my $set = jwks($provider);
my $iss = 'https://issuer.example/';

# Logging of statements as such (log_statement, log_min_duration_statement, debug2) shows what
# statements say; it is the administrator's to leave off.
my $node = new_node('main',
	conf => [
		'log_min_messages = debug1', 'log_min_error_statement = error',
		'log_error_verbosity = verbose', 'log_parameter_max_length_on_error = -1',
		'pg_session_jwt.audit_log = on'
	]);
create_extension($node);
my $objects = <<'END';
create table numbers as select generate_series(1, 1000) as n;
create table todos (user_id text default auth.user_id());
grant all on numbers, todos to public;
create function present(t text) returns void language sql as 'select auth.jwt_session_init(t)';
create function present_and_read(t text) returns text language plpgsql as
	'begin perform set_config(''pg_session_jwt.jwt'', t, true); return auth.user_id(); end';
END
$node->safe_psql('postgres', $objects . 'create database registry');
$node->safe_psql('registry', <<"END");
create extension pg_session_jwt;
insert into auth.issuers (issuer, jwks, audiences) values ('$iss', '$set', '{api}');
$objects
END

# The tokens, good and bad in every way that has a message of its own.
sub bad_tokens
{
	my ($signer, %claims) = @_;
	%claims = (sub => 'alice', jti => 100, exp => time + 600, %claims);
	my $good = $signer->sign(\%claims);
	my @part = split /\./, $good;
	return (
		"$part[0].$part[1]", $part[1] x 2, "$good.$part[0].$part[1]", "$part[0]..$part[2]",
		"$good=", "$part[0]. $part[1].$part[2]", "$part[0].$part[1].$part[2]$part[2]",
		(map { tamper($good, part => $_) } 0 .. 2),
		replace_payload($good, { %claims, sub => 'eve' }),
		$signer->sign(\%claims, header => { crit => ['exp'] }),
		$signer->sign(\%claims, header => { alg => 'HS256' }),
		$signer->sign(\%claims, header => { b64 => JSON::PP::false() }),
		$signer->sign(\%claims, header => '{"alg":"EdDSA","alg":"RS256"}'),
		$signer->sign('not JSON but long enough to be seen'),
		$signer->sign('["an","array","of","text"]'),
		$signer->sign('{"sub":"alice of the long name","sub":"alice of the long name"}'),
		$signer->sign('{"sub":"\u0000alice of the long name","exp":99999999999,"jti":101}'),
		$signer->sign({ %claims, exp => time - 600 }),
		$signer->sign({ %claims, nbf => time + 600 }),
		$signer->sign({ %claims, exp => 'in the far future of this' }),
		$signer->sign({ %claims, sub => 12345 }),
		$signer->sign({ %claims, jti => 'a string that is no number' }),
		$signer->sign({ %claims, iss => 'https://elsewhere.example/', pad => 'x' x 20_000 }),
		unsigned(\%claims), b64url("\xff\xfe" x 20) . '.e30.' . $part[2]);
}

# Those that only an issuer's row tells from good ones.
sub foreign_tokens
{
	my ($signer, %claims) = @_;
	return (
		$signer->sign({ %claims, aud => 'somebody else entirely' }),
		$signer->sign({ %claims, iss => 'https://elsewhere.example/' }),
		$signer->sign({ %claims, exp => undef }),
		$signer->sign(\%claims, header => { kid => 'a key ID of nobody' }));
}

# Every way in that a token can take in SQL: as a statement whose %s is the token.
my @ways = (
	q(select auth.jwt_session_init('%s');),
	q(select auth.jwt_session_init('%s', true);),
	q(select auth.jwt_session_init('%s' || '') from numbers;),
	q(set pg_session_jwt.jwt = '%s'; select auth.user_id();),
	# One query message of two statements.
	q(set pg_session_jwt.jwt = '%s' \; select auth.jwt(), auth.organization();),
	q(set pg_session_jwt.jwt = '%s' \; insert into todos default values;),
	q(begin; set local pg_session_jwt.jwt = '%s' \; declare c cursor for select auth.user_id() from numbers
		\; fetch 2 from c; rollback;),
	q(do $$ begin perform auth.jwt_session_init('%s'); end $$;),
	q(do $$ begin execute 'select auth.jwt_session_init(''%s'')'; end $$;),
	q(do $$ declare c text; begin perform auth.jwt_session_init('%s'); exception when others then
		get stacked diagnostics c = pg_exception_context;
		raise notice '%% | %%', sqlerrm, c; raise; end $$;),
	q(prepare p (text) as select auth.jwt_session_init($1); execute p('%s'); deallocate p;),
	q(select present('%s');),
	q(select present_and_read('%s');),
	q(select present_and_read(t) from (values ('%s')) as v (t);),
	q(select count(*) from numbers where present_and_read('%s') = n::text;),
	q(copy (select present_and_read('%s')) to stdout;),
	q(create or replace function pg_temp.f() returns text language sql set pg_session_jwt.jwt = '%s'
		as 'select auth.user_id()'; select pg_temp.f();),
	'set ' . forced_parallel($node) . q( = on; set parallel_setup_cost = 0;
		set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;
		set parallel_leader_participation = off;
		set max_parallel_workers_per_gather = 1;
		set pg_session_jwt.jwt = '%s' \; select auth.user_id() from numbers;
		reset all;),
);

# run_ways presents tokens in every way, in sessions of their own; it returns all that psql wrote.
sub run_ways
{
	my ($tokens, %opt) = @_;
	my $seen = '';
	foreach my $token (@$tokens)
	{
		my $script = join "\n", map { sprintf $_, $token } @ways;
		my (undef, $out, $err) = try_sql($node, "\\set SHOW_CONTEXT always\n$script",
			role => 'authenticated', on_error => 0, %opt);
		$seen .= $err . ($out // '');
	}
	return $seen;
}

# run_extended presents tokens as bound parameters; pgbench is the client.
sub run_extended
{
	my ($tokens, %opt) = @_;
	my $file = $node->basedir . '/script.sql';
	my $seen = '';
	foreach my $way ('select auth.jwt_session_init(:token)', 'select present_and_read(:token)',
		'do $$ begin end $$; select present(:token)')
	{
		unlink $file;
		append_to_file($file, "$way;\n");
		foreach my $token (@$tokens)
		{
			foreach my $mode (qw(extended prepared))
			{
				local %ENV = $node->_get_env();
				my ($out, $err) = run_command([ 'pgbench', '-n', '-t', 1, '-M', $mode, '-f', $file,
					'-D', "token=$token", connection_string($node, role => 'authenticated',
						%opt) ]);
				$seen .= $err;
			}
		}
	}
	return $seen;
}

my %kinds = (
	'connection key' => {
		connection => [ key => $key ],
		bad => [ bad_tokens($key) ],
		good => [ map { $key->sign({ sub => 'alice', jti => 200 + $_,
			exp => time + 600 }) } 1 .. 3 ],
		secret => $key->jwk->{x},
	},
	'issuer' => {
		connection => [ db => 'registry' ],
		bad => [
			bad_tokens($provider, iss => $iss, aud => 'api'),
			foreign_tokens($provider, iss => $iss, aud => 'api', exp => time + 600)
		],
		good => [ map { $provider->sign({ iss => $iss, aud => 'api', sub => 'alice', jti => $_,
			exp => time + 600 }) } 1 .. 3 ],
		secret => $provider->jwk->{n},
	},
	'nothing to verify with' => {
		connection => [],
		bad => [ (bad_tokens($key))[ 0, 3, 8, 10 ] ],
		good => [],
		secret => $key->jwk->{x},
	},
	'a key that was lost' => {
		connection => [ role => 'unlucky' ],
		bad => [ (bad_tokens($key))[ 0, 3, 8, 10 ] ],
		good => [],
		secret => $key->jwk->{x},
	},
	'a bad key' => {
		connection => [ key => $provider->private_jwk_json ],
		bad => [ (bad_tokens($key))[ 0, 3, 8, 10 ] ],
		good => [],
		secret => $provider->private_jwk_json =~ /"d":"([^"]*)"/,
	},
);
$node->safe_psql('postgres', 'create role unlucky login; grant usage on schema auth to unlucky;'
	  . "alter role unlucky set pg_session_jwt.jwk = '" . $key->jwk_json(bare => 1) . "'");

foreach my $kind (sort keys %kinds)
{
	my ($bad, $good, $secret) = @{ $kinds{$kind} }{qw(bad good secret)};
	my @connection = @{ $kinds{$kind}{connection} };
	my $seen = run_ways([ @$bad, @$good ], @connection);
	# What a pooler's or driver's extended protocol does is the same for all: a few of each.
	$seen .= run_extended([ @$bad[ 0 .. 3 ], grep { defined } $good->[0] ], @connection);
	my $refusals = () = $seen =~ /ERROR:  (?:42804|23514|02000)/g;
	cmp_ok($refusals, '>=', @$bad * (@ways - 1), "$kind: refused in every way ($refusals times)");
	is_deeply([ pieces_in($seen, @$bad, @$good, $secret) ], [],
		"$kind: nothing of it goes to the client");
	is_deeply([ token_pieces_in_log($node, @$bad, @$good, $secret) ], [],
		"$kind: nothing of it is in the log");
}

# A row of the registry: its keys are public, but a private or symmetric one given by mistake is
# not to be shown, nor is what was valid of the set.
my $secret = make_key('HS256', kid => 'h1');
foreach my $jwks ($secret->private_jwk_json, $provider->private_jwk_json,
	'{"keys":[' . $key->private_jwk_json . ']}')
{
	my (undef, undef, $err) = try_sql($node,
		"\\set SHOW_CONTEXT always\ninsert into auth.issuers (issuer, jwks) values ('x', '$jwks');",
		db => 'registry');
	my ($private) = $jwks =~ /"[dk]":"([^"]*)"/;
	like($err, qr/ERROR:  22023: invalid key set of an issuer/,
		'a key that is not public is refused');
	is_deeply([ pieces_in($err, $private) ], [],
		'a key that is not public does not go back to the client');
	is_deeply([ token_pieces_in_log($node, $private) ], [],
		'a key that is not public is not in the log');
}

done_testing();
