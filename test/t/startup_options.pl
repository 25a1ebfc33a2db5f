# In a database with an issuer a client gains nothing by anything it can give at connection start
# or set itself (design: the registry is the first source of trust and no client can change it).
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension set_conf);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my $own = make_key('EdDSA');
my $provider = make_key('RS256', kid => 'p1');
my $iss = 'https://issuer.example/';
my $own_jwk = $own->jwk_json(bare => 1);
my $own_set = jwks($own);
my $nobody = qr/^(?:NULL|null|f)$/;
my $claims = '{"sub":"alice","role":"admin","iss":"https://issuer.example/"}';
my %claims = (sub => 'alice', role => 'admin', jti => 1, exp => time + 600);

# What eve can sign with a key of her own.
my %forged = (
	'without iss' => $own->sign({%claims}),
	'with the iss' => $own->sign({ %claims, iss => $iss }),
	'with the iss and the kid' => $own->sign({ %claims, iss => $iss }, header => { kid => 'p1' }),
	'with an iss of her own' => $own->sign({ %claims, iss => 'https://eve.example/' }),
);
my $refused = join '|', 'JWT does not name its issuer', 'JWT issuer is not registered',
  'JWT algorithm does not fit a key of its issuer', 'JWT algorithm is not allowed for this issuer';
$refused = qr/^23514: (?:$refused)$/m;
my $good = $provider->sign({ iss => $iss, sub => 'bob', exp => time + 600 });

my $node = new_node('main');
create_extension($node);
$node->safe_psql('postgres', <<"END");
create role eve login;
create table todos (user_id text not null);
insert into todos values ('alice'), ('bob'), ('mallory');
alter table todos enable row level security;
create policy own on todos using (user_id = auth.user_id());
create schema eve authorization eve;
grant select on todos to eve;
grant create on database postgres to eve;
insert into auth.issuers (issuer, jwks) values ('$iss', '${\ jwks($provider)}');
END

# gains_nothing checks a session of eve that has done what it could.
sub gains_nothing
{
	my ($session, $name, %opt) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	unless ($opt{has_token})
	{
		is_deeply($session->readers_not_like($nobody), [], "$name: is nobody");
		is($session->outcome('select count(*) from public.todos'), '0', "$name: sees no row");
	}
	foreach my $kind (sort keys %forged)
	{
		$session->run("set pg_session_jwt.jwt = '$forged{$kind}'");
		is_deeply($session->readers_not_like($refused), [], "$name: a token $kind is refused");
		like($session->error('select count(*) from public.todos'), $refused,
			"$name: and shows no row");
	}
	like($session->error("select auth.jwt_session_init('$forged{'without iss'}')"), $refused,
		"$name: jwt_session_init refuses");
	$session->ok("select auth.jwt_session_init('$good')");
	is($session->ok('select user_id from public.todos'), 'bob',
		"$name: her own identity, and no other");
	$session->run('reset pg_session_jwt.jwt');
	return;
}

# Startup options. Those that a shared-preloaded library refuses end the connection.
my %options = (
	'own key' => { 'pg_session_jwt.jwk' => $own_jwk },
	'empty key' => { 'pg_session_jwt.jwk' => '' },
	'own key set' => { 'pg_session_jwt.jwk' => $own_set },
	'claims' => { 'request.jwt.claims' => $claims },
	'claim' => { 'request.jwt.claim.sub' => 'alice' },
	'own key and claims' => { 'pg_session_jwt.jwk' => $own_jwk, 'request.jwt.claims' => $claims },
	'audit_log' => { 'pg_session_jwt.audit_log' => 'off' },
	'max_token_size' => { 'pg_session_jwt.max_token_size' => '1048576' },
	'settings that do not exist' => { 'pg_session_jwt.issuers' => $own_set,
		'pg_session_jwt.jwks' => $own_set },
	'search_path' => { 'search_path' => 'eve,pg_temp' },
	'replica' => { 'session_replication_role' => 'replica' },
	'row_security' => { 'row_security' => 'on', 'pg_session_jwt.jwk' => $own_jwk },
);
my %fatal_when_shared =
  map { $_ => 1 } 'audit_log', 'max_token_size', 'settings that do not exist';
my %fatal = ('replica' => 1);

# Whatever stands in the way of an object called auth.issuers.
my @own_objects = (
	'create temp table issuers (issuer text primary key, jwks jsonb, jwks_uri text, audiences text[],
		audience_claim text, algorithms text[], subject_claim text[], required_claims jsonb,
		leeway int, enabled boolean, comment text)',
	"insert into issuers (issuer, jwks, audience_claim, subject_claim, leeway, enabled)
		values ('$iss', '$own_set', 'aud', '{sub}', 60, true)",
	'create table eve.issuers (like pg_temp.issuers including all)',
	'insert into eve.issuers select * from pg_temp.issuers',
	'create function eve.texteq(text, text) returns boolean language sql as $$ select true $$',
	'create operator eve.= (leftarg = text, rightarg = text, function = eve.texteq)',
);
my @forbidden = (
	"insert into auth.issuers (issuer, jwks) values ('https://eve.example/', '$own_set')",
	'delete from auth.issuers', 'update auth.issuers set enabled = false', 'truncate auth.issuers',
	'select * from auth.issuers', 'alter table auth.issuers disable trigger all',
	'alter table auth.issuers rename to gone', 'drop table auth.issuers',
		'drop schema auth cascade',
	'alter extension pg_session_jwt add table eve.issuers', 'drop extension pg_session_jwt cascade',
	q(alter extension pg_session_jwt update to '0.5.0'), 'begin; lock table auth.issuers',
	'create table auth.more (i int)', 'create trigger t before insert on eve.issuers
		for each row execute function auth.issuers_changed()',
	"alter role eve set pg_session_jwt.audit_log = off;
		alter database postgres set pg_session_jwt.jwk = 'x'",
);

foreach my $preload ('', 'shared')
{
	my $how = $preload ? "$preload preload" : 'no preload';
	set_conf($node, 'shared_preload_libraries', $preload ? 'pg_session_jwt' : undef);
	$node->restart;

	foreach my $option (sort keys %options)
	{
		if ($fatal{$option} || $preload && $fatal_when_shared{$option})
		{
			$node->connect_fails(
				SessionJwt::Cluster::connection_string($node, role => 'eve',
					set => $options{$option}),
				"$how, $option: refused at connection start",
				expected_stderr => qr/permission denied to set parameter|invalid configuration parameter name/);
			next;
		}
		my $session = SessionJwt::Session->new($node, role => 'eve', set => $options{$option});
		gains_nothing($session, "$how, option $option");
		$session->quit;
	}
	my $session = SessionJwt::Session->new($node, role => 'eve',
		set => { 'pg_session_jwt.jwt' => $forged{'without iss'},
			'pg_session_jwt.jwk' => $own_jwk });
	is_deeply($session->readers_not_like($refused), [],
		"$how, option jwt: refused by every reader");
	gains_nothing($session, "$how, option jwt", has_token => 1);
	$session->quit;

	# SET of everything, before and after the library is there.
	foreach my $before (0, 1)
	{
		my $setter = SessionJwt::Session->new($node, role => 'eve');
		$setter->ok('select auth.user_id()') unless $before;
		foreach my $option (sort keys %options)
		{
			next if $option eq 'replica';
			$setter->run("set $_ = '$options{$option}{$_}'")
			  foreach sort keys %{ $options{$option} };
		}
		gains_nothing($setter, "$how, SET of everything " . ($before ? 'before' : 'after')
		  . ' load');
		$setter->run('discard all');
		gains_nothing($setter, "$how, and then DISCARD ALL");
		$setter->quit;
	}

	# ALTER ROLE on herself.
	my $self = SessionJwt::Session->new($node, role => 'eve');
	foreach my $load ('', 'select auth.user_id()')
	{
		$self->run($load) if $load;
		$self->run("alter role eve set pg_session_jwt.jwk = '$own_jwk'");
		$self->run("alter role eve set request.jwt.claims = '$claims'");
		$self->run('alter role eve in database postgres set pg_session_jwt.audit_log = off');
	}
	$self->quit;
	my $after = SessionJwt::Session->new($node, role => 'eve');
	gains_nothing($after, "$how, ALTER ROLE on herself");
	is($after->ok('show request.jwt.claims'), $claims, "$how: it was indeed set");
	$after->quit;
	$node->safe_psql('postgres',
		'alter role eve reset all; alter role eve in database postgres reset all');

	# Objects of her own.
	my $maker = SessionJwt::Session->new($node, role => 'eve');
	$maker->run($_) foreach @own_objects;
	gains_nothing($maker, "$how, own table issuers");
	$maker->ok('set search_path = eve, pg_temp, pg_catalog');
	gains_nothing($maker, "$how, own table and operator in front of pg_catalog");
	foreach my $statement (@forbidden)
	{
		like($maker->error($statement), qr/^(?:42501|55P02|42P17): /, "$how: may not "
		  . substr $statement, 0, 50);
		$maker->run('rollback');
	}
	gains_nothing($maker, "$how, after all that");
	$maker->quit;
	$node->safe_psql('postgres', 'drop owned by eve; create schema eve authorization eve;
		grant select on todos to eve; grant create on database postgres to eve');
}
is($node->safe_psql('postgres', 'select issuer from auth.issuers'), $iss,
	'the registry is as it was');

done_testing();
