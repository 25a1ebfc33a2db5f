# A change of the registry is in force at every session's next statement once it is committed,
# even in a transaction whose snapshot is older, and nowhere before.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension set_conf);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my ($first, $second) = map { make_key('EdDSA', kid => $_) } qw(first second);
my $iss = 'https://issuer.example/';
my $insert = "insert into auth.issuers (issuer, jwks) values ('$iss', '" . jwks($first) . "')";
my $token = $first->sign({ iss => $iss, sub => 'alice', aud => 'api', exp => time + 600 });
my $second_token = $second->sign({ iss => $iss, sub => 'bob', exp => time + 600 });

my $node = new_node('main');
create_extension($node);
$node->safe_psql('postgres', <<"END");
create table todos (user_id text not null);
insert into todos values ('alice'), ('bob');
alter table todos enable row level security;
create policy own on todos using (user_id = auth.user_id());
grant select on todos to authenticated;
$insert;
END

my $admin = SessionJwt::Session->new($node);
my @levels = ('read committed', 'repeatable read', 'serializable');
my $rows = 'select user_id from todos';

# Each change, how it shows, and how it is undone.
my @changes = (
	[ 'key removed', "update auth.issuers set jwks = '" . jwks($second) . "'",
		qr/^23514: JWT names a key that its issuer does not have/,
		"update auth.issuers set jwks = '" . jwks($first) . "'" ],
	[ 'issuer disabled', 'update auth.issuers set enabled = false',
		qr/^23514: JWT issuer is disabled/, 'update auth.issuers set enabled = true' ],
	[ 'audience added', q(update auth.issuers set audiences = '{other}'),
		qr/^23514: JWT is meant for another audience/, 'update auth.issuers set audiences = null' ],
	[ 'algorithm removed', q(update auth.issuers set algorithms = '{RS256,EdDSA}' where false;
		update auth.issuers set jwks = (select jwks from auth.issuers),
			required_claims = '{"role":"admin"}'),
		qr/^23514: JWT lacks required claims/, 'update auth.issuers set required_claims = null' ],
	[ 'issuer renamed', "update auth.issuers set issuer = 'https://elsewhere.example/'",
		qr/^23514: JWT issuer is not registered/, "update auth.issuers set issuer = '$iss'" ],
	[ 'row deleted, another left', "insert into auth.issuers (issuer, jwks) values ('x', '"
		  . jwks($second) . "'); delete from auth.issuers where issuer = '$iss'",
		qr/^23514: JWT issuer is not registered/,
			"$insert; delete from auth.issuers where issuer = 'x'" ],
	[ 'last row deleted', 'delete from auth.issuers',
		qr/^02000: Missing runtime parameter: pg_session_jwt\.jwk/, $insert ],
	[ 'table truncated', 'truncate auth.issuers',
		qr/^02000: Missing runtime parameter: pg_session_jwt\.jwk/, $insert ],
);

# For each level a transaction that has its snapshot and its identity, with a prepared statement
# and an open cursor.
sub open_transactions
{
	my @open;
	foreach my $level (@levels)
	{
		my $session = SessionJwt::Session->new($node, role => 'authenticated');
		$session->ok("prepare own as $rows; set plan_cache_mode = force_generic_plan");
		$session->ok("select auth.jwt_session_init('$token')");
		$session->ok("begin isolation level $level; declare c cursor for $rows");
		$session->ok('execute own') for 1 .. 2;
		push @open, [ $level, $session ];
	}
	return @open;
}

# Preloaded, backends share what they know of tokens; that must not outlive a change either.
foreach my $preload ('', 'shared')
{
	my $how = $preload ? 'preloaded' : 'not preloaded';
	set_conf($node, 'shared_preload_libraries', $preload ? 'pg_session_jwt' : undef);
	$admin->quit;
	$node->restart;
	$admin = SessionJwt::Session->new($node);
	foreach my $change (@changes)
	{
		my ($name, $do, $pattern, $undo) = @$change;
		my @open = open_transactions();

		# Not committed: only the session that makes the change sees it.
		$admin->ok("begin; $do");
		$admin->ok("select set_config('pg_session_jwt.jwt', '$token', true)");
		like($admin->error('select auth.user_id()'), $pattern,
			"$how: $name: seen at once where it is made");
		is($_->[1]->ok('execute own'), 'alice',
			"$how: $name, not committed: $_->[0] does not see it")
		  foreach @open;
		$admin->ok('rollback');
		is($_->[1]->ok('execute own'), 'alice', "$how: $name, rolled back: $_->[0] does not see it")
		  foreach @open;
		is($admin->ok("begin; set local pg_session_jwt.jwt = '$token'; select auth.user_id(); commit"),
			'alice', "$how: $name, rolled back: nor does the session that made it");

		# Savepoints.
		$admin->ok("begin; savepoint s; $do; rollback to s; set local pg_session_jwt.jwt = '$token'");
		is($admin->ok('select auth.user_id()'), 'alice', "$how: $name: undone by a savepoint");
		$admin->ok('commit');
		is($_->[1]->ok('execute own'), 'alice', "$how: $name, undone by a savepoint: $_->[0]")
		  foreach @open;

		$admin->ok($do);
		foreach my $case (@open)
		{
			my ($level, $session) = @$case;
			$session->ok('savepoint s');
			like($session->error('execute own'), $pattern, "$how: $name: $level, next statement");
			$session->ok('rollback to s');
			like($session->error('fetch all from c'), $pattern, "$how: $name: $level, open cursor");
			$session->ok('rollback');
			like($session->error($rows), $pattern, "$how: $name: $level, next transaction");
		}
		$admin->ok($undo);
		foreach my $case (@open)
		{
			is($case->[1]->ok('execute own'), 'alice', "$how: $name, undone: $case->[0]");
			$case->[1]->quit;
		}
	}
}

# An issuer added is there for transactions that began without it.
{
	$admin->ok('delete from auth.issuers');
	my $session = SessionJwt::Session->new($node, role => 'authenticated',
		key => make_key('EdDSA'));
	my $claims = SessionJwt::Session->new($node, role => 'authenticated');
	$session->ok('begin isolation level repeatable read; select count(*) from todos');
	$claims->ok(q(begin isolation level repeatable read; set request.jwt.claims = '{"sub":"bob"}'));
	is($claims->ok($rows), 'bob', 'no issuer: claims are used');
	$admin->ok($insert);
	is($claims->ok($rows), '', 'issuer added: claims are used no longer in an old transaction');
	$claims->ok("select auth.jwt_session_init('$token')");
	is($claims->ok($rows), 'alice', 'issuer added: its tokens are good in an old transaction');
	$session->ok("select auth.jwt_session_init('$token')");
	is($session->ok($rows), 'alice', 'issuer added: the connection key is used no longer');
	$_->ok('commit'), $_->quit foreach $session, $claims;
}

# Many sessions, half of them idle and half in a transaction, all at once.
{
	my @sessions = map { SessionJwt::Session->new($node, role => 'authenticated',
		token => $token) } 1 .. 30;
	$sessions[$_]->ok('begin isolation level repeatable read') foreach grep { $_ % 2 } 0 .. 29;
	is(scalar(grep { $_->ok($rows) eq 'alice' } @sessions), 30, '30 sessions: all are accepted');
	$admin->ok("update auth.issuers set jwks = '" . jwks($second) . "'");
	is(scalar(grep { $_->error($rows) =~ /^23514: JWT names a key/ } @sessions), 30,
		'30 sessions: all are refused after one commit');
	$sessions[$_]->ok('rollback') foreach grep { $_ % 2 } 0 .. 29;
	is(scalar(grep { $_->ok("set pg_session_jwt.jwt = '$second_token'; $rows") eq 'bob' } @sessions), 30,
		'30 sessions: all accept the new key');
	$_->quit foreach @sessions;
}

# The rows of a statement that is under way are those of one identity: a change comes into force
# with the next statement.
{
	$admin->ok("update auth.issuers set jwks = '" . jwks($first) . "'");
	my $session = SessionJwt::Session->new($node, role => 'authenticated', token => $token);
	$admin->ok('select pg_advisory_lock(1)');
	$session->{psql}->query_until(qr/^waits$/m, "\\echo waits
		select auth.user_id(), pg_advisory_lock_shared(1), auth.user_id();\n");
	$node->poll_query_until('postgres', "select count(*) = 1 from pg_locks where not granted");
	$admin->ok("update auth.issuers set enabled = false; select pg_advisory_unlock(1)");
	my ($out, $err) = $session->run('\echo done');
	is($err, '', 'a change in mid-statement: the statement ends well');
	like($out, qr/^alice\|\|alice\ndone$/m, 'a change in mid-statement: with its identity');
	like($session->error($rows), qr/^23514: JWT issuer is disabled/, 'and the next one is refused');
	$session->quit;
}
$admin->quit;

done_testing();
