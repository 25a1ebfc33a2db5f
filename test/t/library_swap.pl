# A database of 0.5.0 under the new library: its catalog works before any UPDATE, the step to 1.0.0
# is seen by sessions that are open, and so are the steps back.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my $key = make_key('EdDSA');
my $provider = make_key('RS256', kid => 'p1');
my $iss = 'https://issuer.example/';
my $jti = 0;
my $uid = '8b3f0a6e-3c1d-4f5a-9d50-0a1b2c3d4e5f';
my $org = '0e7b0c7a-52d1-4c47-8b70-6a1f3f1e2d11';

sub key_token
{
	my (%claims) = @_;
	return $key->sign({ sub => $uid, jti => ++$jti, exp => time + 600, o => { id => $org },
		%claims });
}

my $insert = "insert into auth.issuers (issuer, jwks) values ('$iss', '${\ jwks($provider)}')";
my $issuer_token = $provider->sign({ iss => $iss, sub => $uid, role => 'admin',
	exp => time + 600 });

my $node = new_node('main');
create_extension($node, version => '0.5.0');
$node->safe_psql('postgres', <<"END");
create table todos (user_id text not null default auth.user_id());
insert into todos values ('$uid'), ('another');
alter table todos enable row level security;
create policy own on todos using ((select auth.user_id()) = user_id);
grant select, insert on todos to authenticated;
END

# The catalog of 0.5.0, by the objects that belong to the extension.
my $members = q(select string_agg(pg_describe_object(classid, objid, 0), ', '
	order by pg_describe_object(classid, objid, 0) collate "C")
	from pg_depend where deptype = 'e' and refobjid = (select oid from pg_extension
	where extname = 'pg_session_jwt'));
my $old_members = $node->safe_psql('postgres', $members);
is($old_members, join(', ', map { "function auth.$_" } 'init()', 'jwt()', 'jwt_session_init(text)',
		'organization()', 'organization_id()', 'session()', 'uid()', 'user_id()') . ', schema auth',
	'0.5.0: eight functions and the schema');

my $session = SessionJwt::Session->new($node, role => 'authenticated', key => $key);

sub eight_functions_work
{
	my ($name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$session->ok("select auth.init(), auth.jwt_session_init('" . key_token() . "')");
	is($session->ok("select auth.user_id(), auth.uid(), auth.organization_id(), auth.organization(),
			auth.session() = auth.jwt(), auth.jwt() ->> 'sub'"),
		qq($uid|$uid|$org|{"id": "$org"}|t|$uid), "$name: the eight functions");
	is($session->ok('select user_id from todos'), $uid, "$name: rows");
	return;
}

eight_functions_work('0.5.0');
like($session->error("select auth.jwt_session_init('" . key_token(exp => time - 600) . "')"),
	qr/^23514: Token used after it has expired/, '0.5.0: refusals');
like($session->error("select auth.claim('sub')"), qr/^42883: /, '0.5.0: no new functions');
like($session->error("select auth.jwt_session_init('x', true)"), qr/^42883: /,
	'0.5.0: no local form');
my $claims = SessionJwt::Session->new($node, role => 'authenticated');
$claims->ok(qq(set request.jwt.claims = '{"sub":"$uid"}'));
is($claims->ok('select user_id from todos'), $uid, '0.5.0: claims, as PostgREST sets them');

# A table that happens to be called auth.issuers is no registry.
$node->safe_psql('postgres',
	'create table auth.issuers (issuer text); insert into auth.issuers values (1)');
eight_functions_work('0.5.0 with a foreign auth.issuers');
like(($node->psql('postgres', q(alter extension pg_session_jwt update to '1.0.0')))[2],
	qr/ERROR:  .*issuers/, 'a foreign auth.issuers: the update says what is in its way');
is($node->safe_psql('postgres', $members), $old_members, 'and changes nothing');
$node->safe_psql('postgres', 'drop table auth.issuers');

# The update, under a session with an identity, an open transaction and a prepared statement.
my $open = SessionJwt::Session->new($node, role => 'authenticated', key => $key,
	token => $key->sign({ sub => $uid, jti => 1, exp => time + 600 }));
$open->ok('prepare own as select user_id from todos');
$open->ok('begin isolation level repeatable read; select auth.user_id()');
$node->safe_psql('postgres', q(alter extension pg_session_jwt update to '1.0.0'));
is($open->ok('execute own'), $uid, 'update: an open transaction keeps its identity');
$open->ok('commit');
is($open->ok('execute own'), $uid, 'update: and so does its session');
is($session->ok('select user_id from todos'), $uid, 'update: so does an idle session');
is($session->ok("select auth.claim_text('sub')"), $uid, 'update: the new functions read it');
eight_functions_work('1.0.0');
is($claims->ok('select user_id from todos'), $uid, 'update: with no row, claims as before');

# A row is what changes things, at once and everywhere.
$node->safe_psql('postgres', $insert);
like($session->error('select user_id from todos'), qr/^23514: JWT does not name its issuer/,
	'first issuer: the connection key is used no longer');
is($claims->ok('select user_id from todos'), '', 'first issuer: nor are claims');
$_->ok("select auth.jwt_session_init('$issuer_token')") foreach $session, $claims;
is($_->ok('select user_id, auth.role() from todos'), "$uid|admin",
	'first issuer: its tokens are good')
  foreach $session, $claims;

# Back: not while there are issuers, for the old functions would believe other sources.
foreach my $version ('0.5.0', '0.3.1')
{
	my (undef, undef, $err) = $node->psql('postgres',
		"alter extension pg_session_jwt update to '$version'");
	like($err, qr/ERROR:  .*issuer/i, "back to $version with issuers: refused");
}
is($session->ok('select user_id from todos'), $uid, 'and nothing has changed');
$node->safe_psql('postgres', 'delete from auth.issuers');
like($session->error('select user_id from todos'), qr/^(?:23514|42804): /,
	'no issuer: the token of one is not good for the connection key');
$session->ok('reset pg_session_jwt.jwt');
$claims->ok('reset pg_session_jwt.jwt');
is($claims->ok('select user_id from todos'), $uid, 'no issuer: claims again');

$node->safe_psql('postgres', q(alter extension pg_session_jwt update to '0.5.0'));
is($node->safe_psql('postgres', $members), $old_members, 'back to 0.5.0: its objects');
eight_functions_work('back to 0.5.0');
is($open->ok('execute own'), $uid, 'back to 0.5.0: a session that slept through it all');

$node->safe_psql('postgres', q(alter extension pg_session_jwt update to '0.3.1'));
$session->ok("select auth.init(), auth.jwt_session_init('" . key_token() . "')");
is($session->ok("select auth.user_id(), auth.session() ->> 'sub'"), "$uid|$uid",
	'back to 0.3.1: its functions');
is($session->ok('select user_id from todos'), $uid, 'back to 0.3.1: rows');
like($session->error('select auth.uid()'), qr/^42883: /, 'back to 0.3.1: no uid()');

# And up again in one go, as well as out and in again.
$node->safe_psql('postgres', "alter extension pg_session_jwt update; $insert");
$session->ok("select auth.jwt_session_init('$issuer_token')");
is($session->ok('select user_id, auth.role() from todos'), "$uid|admin", 'up again from 0.3.1');
$node->safe_psql('postgres',
	'drop extension pg_session_jwt cascade; create extension pg_session_jwt');
like($session->error('select auth.user_id()'), qr/^(?:23514|42804): /,
	'a new extension has no issuer: the token is not good for the connection key');
$node->safe_psql('postgres', $insert);
is($session->ok('select auth.user_id()'), $uid, 'until its issuer is there again');
$_->quit foreach $session, $claims, $open;

done_testing();
