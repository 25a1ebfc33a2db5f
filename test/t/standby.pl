# Hot standby: identities are read there as on the primary, with a connection key and with the
# registry, and a change of the registry arrives with the write-ahead log, also in open sessions.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my $key = make_key('EdDSA');
my ($old, $new) = map { make_key('EdDSA', kid => $_) } qw(old new);
my $iss = 'https://issuer.example/';
my $jti = 0;

my $primary = new_node('primary', init => [ allows_streaming => 1 ]);
create_extension($primary);
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

sub key_token { return $key->sign({ sub => 'alice', jti => ++$jti, exp => time + 600 }); }

sub issuer_token
{
	my ($signer) = @_;
	return $signer->sign({ iss => $iss, sub => 'bob', exp => time + 600 });
}

sub change
{
	my ($statement) = @_;
	$primary->safe_psql('postgres', $statement);
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
	return;
}

change('create database other');
change("create table todos (user_id text not null, task text not null);
	insert into todos select u, 'task' from unnest('{alice,bob,carol}'::text[]) as u;
	alter table todos enable row level security;
	create policy own on todos using ((select auth.user_id()) = user_id);
	grant select on todos to authenticated");

# The connection key.
my $session = SessionJwt::Session->new($standby, role => 'authenticated', key => $key);
is($session->ok('select pg_is_in_recovery()'), 't', 'this is a standby');
$session->ok("select auth.jwt_session_init('" . key_token() . "')");
is($session->ok('select user_id from todos'), 'alice', 'connection key: rows on the standby');
$session->ok("begin read only; select auth.jwt_session_init('" . key_token() . "', true)");
is($session->ok('select user_id from todos'), 'alice', 'connection key: is_local on the standby');
$session->ok('commit');
like($session->error("select auth.jwt_session_init('" . $new->sign({ jti => 99 }) . "')"),
	qr/^23514: invalid JWT signature/, 'connection key: a foreign token is refused on the standby');

# The same in a read-only transaction of the primary.
my $reader = SessionJwt::Session->new($primary, role => 'authenticated', key => $key);
$reader->ok('set default_transaction_read_only = on');
$reader->ok("begin; select auth.jwt_session_init('" . key_token() . "')");
is($reader->ok('select user_id from todos'), 'alice', 'read-only transaction: rows');
$reader->ok("commit; begin isolation level serializable read only deferrable;
	select auth.jwt_session_init('" . key_token() . "', true)");
is($reader->ok('select user_id from todos'), 'alice', 'deferrable read-only transaction: rows');
$reader->ok('commit');
$reader->quit;

# The first issuer arrives in a session that has used its connection key.
change("insert into auth.issuers (issuer, jwks) values ('$iss', '" . jwks($old) . "')");
like($session->error('select user_id from todos'), qr/^23514: JWT does not name its issuer/,
	'an issuer added on the primary ends the connection key on the standby');
my ($old_token, $new_token) = map { issuer_token($_) } $old, $new;
$session->ok("select auth.jwt_session_init('$old_token')");
is($session->ok('select user_id from todos'), 'bob', 'registry: rows on the standby');

# Rotation, in a session without and in one with an open transaction.
my $open = SessionJwt::Session->new($standby, role => 'authenticated');
$open->ok("begin isolation level repeatable read; select auth.jwt_session_init('$old_token')");
is($open->ok('select user_id from todos'), 'bob', 'open transaction on the standby');
like($session->error("select auth.jwt_session_init('$new_token')"),
	qr/^23514: JWT names a key that its issuer does not have/, 'before the rotation: unknown key');
change("update auth.issuers set jwks = '" . jwks($old, $new) . "'");
$session->ok("select auth.jwt_session_init('$_')") foreach $new_token, $old_token;
is($session->ok('select user_id from todos'), 'bob', 'during the rotation: both keys are good');
is($open->ok('select user_id from todos'), 'bob',
	'during the rotation: the open transaction goes on');
change("update auth.issuers set jwks = '" . jwks($new) . "'");
foreach my $case ([ $session, 'idle session' ], [ $open, 'open transaction' ])
{
	like($case->[0]->error('select user_id from todos'),
		qr/^23514: JWT names a key that its issuer does not have/,
			"after the rotation: $case->[1]");
}
$open->quit;
$session->ok("select auth.jwt_session_init('$new_token')");
is($session->ok('select user_id from todos'), 'bob', 'after the rotation: the new key is good');
change('update auth.issuers set enabled = false');
like($session->error('select user_id from todos'), qr/^23514: JWT issuer is disabled/, 'disabled');
change('update auth.issuers set enabled = true');
is($session->ok('select user_id from todos'), 'bob', 'enabled again');
change('truncate auth.issuers');
like($session->error('select user_id from todos'), qr/^23514: invalid JWT signature/,
	'TRUNCATE brings the connection key back, which has not signed this token');
$session->ok("select auth.jwt_session_init('" . key_token() . "')");
is($session->ok('select user_id from todos'), 'alice', 'and accepts its own');
$session->quit;

# What is not committed, or undone, does not arrive.
change("insert into auth.issuers (issuer, jwks) values ('$iss', '" . jwks($new) . "')");
my $watcher = SessionJwt::Session->new($standby, role => 'authenticated', token => $new_token);
change('begin; delete from auth.issuers; rollback');
is($watcher->ok('select user_id from todos'), 'bob', 'a rolled back change has no effect');
$watcher->quit;

# CREATE EXTENSION itself arrives in a session that has the library.
my $early = SessionJwt::Session->new($standby, db => 'other');
$early->ok("load 'pg_session_jwt'");
$primary->safe_psql('other', "create extension pg_session_jwt;
	insert into auth.issuers (issuer, jwks) values ('$iss', '" . jwks($new) . "')");
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
$early->ok("select auth.jwt_session_init('$new_token')");
is($early->ok('select auth.user_id()'), 'bob', 'an extension created on the primary is seen');

# Promotion changes nothing.
$standby->promote;
is($early->ok('select auth.user_id()'), 'bob', 'promotion: the identity stays');
$early->ok("insert into auth.issuers (issuer, jwks) values ('x', '" . jwks($old) . "')");
is($early->ok('select auth.user_id()'), 'bob', 'promotion: the registry is writable');
$early->quit;

done_testing();
