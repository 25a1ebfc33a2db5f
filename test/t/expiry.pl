# Time passes between statements, in an open transaction too, and never within one: a token is
# judged at each statement, by its start (behaviour items 37, 48 and 67 are defects of 0.5.0).
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes ();

use SessionJwt::Cluster qw(new_node create_extension);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my $key = make_key('EdDSA');
my $provider = make_key('EdDSA', kid => 'p1');
my $iss = 'https://issuer.example/';
my $leeway = 60;

my $objects = <<'END';
create table todos (user_id text not null);
insert into todos select 'alice' from generate_series(1, 10);
alter table todos enable row level security;
create policy own on todos using (user_id = auth.user_id());
grant select on todos to authenticated;
create table numbers as select generate_series(1, 1000) as n;
grant select on numbers to authenticated;
END
my %node = (lazy => new_node('lazy'), preloaded => new_node('preloaded', preload => 'shared'));
foreach my $node (values %node)
{
	create_extension($node);
	$node->safe_psql('postgres', $objects . 'create database registry');
	$node->safe_psql('registry', <<"END");
create extension pg_session_jwt;
insert into auth.issuers (issuer, jwks) values ('$iss', '${\ jwks($provider)}');
$objects
END
}

my $rows = 'select count(*) from todos';
my $expired = qr/^23514: Token used after it has expired\nDETAIL:  exp=\d+$/m;
my $early = qr/^23514: Token used before it is ready\nDETAIL:  nbf=\d+$/m;
my $jti = 0;

# Preloaded, backends share what they know of tokens.
my %connection = (
	'connection key' => [ 'lazy', key => $key ],
	'issuer' => [ 'lazy', db => 'registry' ],
	'connection key, preloaded' => [ 'preloaded', key => $key ],
	'issuer, preloaded' => [ 'preloaded', db => 'registry' ],
);

sub token
{
	my ($source, %claims) = @_;
	return $key->sign({ sub => 'alice', jti => ++$jti, %claims }) if $source =~ /^connection key/;
	return $provider->sign({ iss => $iss, sub => 'alice', exp => time + 600, %claims });
}

sub session
{
	my ($source, %opt) = @_;
	my ($name, @options) = @{ $connection{$source} };
	return SessionJwt::Session->new($node{$name}, role => 'authenticated', @options, %opt);
}

# Everything waits for the same moment, so that the test sleeps once: eight seconds from here, one
# kind of token expires and another becomes valid.
my $moment = time + 8;
my (%expiring, %starting, %slow, %workers);
foreach my $source (sort keys %connection)
{
	my %lives = (exp => $moment - $leeway);
	foreach my $level ('', 'read committed', 'repeatable read')
	{
		my $session = session($source);
		$session->ok("prepare own as $rows; set plan_cache_mode = force_generic_plan");
		$session->ok("begin isolation level $level") if $level;
		$session->ok("select auth.jwt_session_init('" . token($source, %lives) . "')");
		$session->ok('declare c cursor for select user_id from todos') if $level;
		is($session->ok('execute own'), '10', "$source, $level: valid for now, rows");
		is($session->ok('fetch 2 from c'), "alice\nalice", "$source, $level: and a cursor")
		  if $level;
		push @{ $expiring{$source} }, [ $level || 'no transaction', $session ];

		my $future = session($source);
		$future->ok("begin isolation level $level") if $level;
		my $token = token($source, nbf => $moment + $leeway);
		$future->ok('savepoint s') if $level;
		like($future->error("select auth.jwt_session_init('$token')"), $early,
			"$source, $level: not valid yet");
		$future->ok('rollback to s') if $level;
		push @{ $starting{$source} }, [ $level || 'no transaction', $future, $token ];
	}

	# Statements that begin before the moment and end after it.
	$slow{$source} = session($source, token => token($source, %lives));
	$slow{$source}{psql}->query_until(qr/^waits$/m, "\\echo waits
		select auth.user_id(), pg_sleep(9), auth.user_id();\n");
	# The subquery is run before the workers are started; they read the token for the first time,
	# after it has expired.
	$workers{$source} = session($source, token => token($source, %lives));
	$workers{$source}->ok('set parallel_setup_cost = 0; set parallel_tuple_cost = 0;
		set min_parallel_table_scan_size = 0; set parallel_leader_participation = off');
	my $parallel = 'select count(auth.user_id()) from numbers
		where n > (select 0 from pg_sleep(9) as slept)';
	like($workers{$source}->ok("explain $parallel"), qr/Parallel Seq Scan on numbers/,
		"$source: the statement with workers is parallel");
	$workers{$source}{psql}->query_until(qr/^waits$/m, "\\echo waits\n$parallel;\n");
}
cmp_ok(time, '<', $moment, 'set up before the moment');
Time::HiRes::sleep($moment + 1.1 - Time::HiRes::time());

foreach my $source (sort keys %connection)
{
	foreach my $case (@{ $expiring{$source} })
	{
		my ($level, $session) = @$case;
		$session->run('savepoint s');
		like($session->error('execute own'), $expired,
			"$source, $level: expired, prepared statement");
		$session->run('rollback to s');
		like($session->error($rows), $expired, "$source, $level: expired, rows");
		unless ($level eq 'no transaction')
		{
			$session->ok('rollback to s');
			like($session->error('fetch 2 from c'), $expired, "$source, $level: expired, cursor");
			$session->ok('rollback to s');
		}
		is_deeply($session->readers_not_like($expired), [],
			"$source, $level: expired, every reader")
		  if $level eq 'no transaction';
		my $fresh = token($source, exp => time + 600, nbf => time);
		$session->ok("select auth.jwt_session_init('$fresh')");
		is($session->ok('execute own'), '10',
			"$source, $level: a token younger than the transaction is taken");
		$session->quit;
	}
	foreach my $case (@{ $starting{$source} })
	{
		my ($level, $session, $token) = @$case;
		$session->ok("select auth.jwt_session_init('$token')");
		is($session->ok($rows), '10', "$source, $level: has become valid");
		$session->quit;
	}

	my ($out, $err) = $slow{$source}->run('\echo done');
	is("$out$err", "alice||alice\ndone", "$source: expiry does not cut a statement in two");
	like($slow{$source}->error($rows), $expired, "$source: the next one is refused");
	$slow{$source}->quit;
	($out, $err) = $workers{$source}->run('\echo done');
	is("$out$err", "1000\ndone", "$source: workers go by the start of their leader's statement");
	like($workers{$source}->error($rows), $expired,
		"$source: and their leader's next one is refused");
	$workers{$source}->quit;
}

done_testing();
