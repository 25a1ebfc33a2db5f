# pg_upgrade from an older major version that is installed beside this one, with the extension: a
# database with issuers and policies, and one with the catalog of 0.5.0, go on as they were. The
# same tokens are presented before and after.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks tamper);

# older returns the folder of the newest installation older than the one under test, its major, and
# this one's programs.
sub older
{
	my ($major) = `pg_config --version` =~ /(\d+)/ or die "no version\n";
	my $bin = `pg_config --bindir`;
	chomp $bin;
	my ($base) = $bin =~ m{^(.*)/$major/bin$} or return;
	for (my $older = $major - 1; $older >= 15; $older--)
	{
		my $path = "$base/$older";
		return ($path, $older, $bin)
		  if -x "$path/bin/postgres" && -e "$path/lib/pg_session_jwt.so";
	}
	return;
}

my ($path, $from, $bin) = older();
plan skip_all => 'NOT RUN: no older PostgreSQL with the extension beside this one' unless $path;

my ($one, $two, $off) = map { "https://$_.example/" } qw(one two off);
my %key = (
	ES256 => make_key('ES256', kid => 'k1'),
	RS256 => make_key('RS256', kid => 'k2'),
	EdDSA => make_key('EdDSA', kid => 'k3'),
);
my $gateway = make_key('EdDSA');
my %later = (exp => time + 3600);
my %token = (
	alice => $key{ES256}->sign({ iss => $one, sub => 'alice', aud => 'api', %later }),
	bob => $key{RS256}->sign({ iss => $one, sub => 'bob', aud => [ 'x', 'api' ], %later }),
	carol => $key{EdDSA}->sign({ iss => $two, user => { id => 'carol' }, %later }),
);
my %refused = (
	'of a disabled issuer' => $key{EdDSA}->sign({ iss => $off, sub => 'alice', %later }),
	'for another audience' => $key{ES256}->sign({ iss => $one, sub => 'alice', aud => 'x', %later }),
	'with a changed signature' => tamper($token{alice}),
);

# rows_of looks at the table of a session through its policy and through its view.
sub rows_of
{
	my ($session, $user, $when) = @_;
	is($session->ok('select task from todos'), "of $user", "$when: a policy shows the rows of $user");
	is($session->ok('select task from mine'), "of $user", "$when: so does a view");
	like($session->error("insert into todos values ('mallory', 'x')"), qr/^42501: /,
		"$when: and $user writes no row of another");
	return;
}

# look_at_registry presents every token in the database whose issuers are registered.
sub look_at_registry
{
	my ($node, $when) = @_;
	foreach my $user (sort keys %token)
	{
		my $session = SessionJwt::Session->new($node, db => 'registry', role => 'authenticated',
			token => $token{$user});
		rows_of($session, $user, "$when, registry");
		$session->quit;
	}
	my $session = SessionJwt::Session->new($node, db => 'registry', role => 'authenticated');
	foreach my $kind (sort keys %refused)
	{
		like($session->error("select auth.jwt_session_init('$refused{$kind}')"), qr/^(23514|42804): /,
			"$when, registry: a token $kind is refused");
	}
	$session->quit;
	return;
}

# look_at_gateway uses the functions of 0.5.0, in the database that has its catalog, and leaves the
# session open.
my $jti = 0;
sub look_at_gateway
{
	my ($node, $when) = @_;
	my $session = SessionJwt::Session->new($node, db => 'gateway', role => 'authenticated',
		key => $gateway);
	$session->ok('select auth.init()');
	foreach my $user (qw(alice bob))
	{
		my $token = $gateway->sign({ sub => $user, jti => ++$jti, exp => time + 600 });
		$session->ok("select auth.jwt_session_init('$token')");
		is($session->ok('select auth.user_id()'), $user, "$when, catalog of 0.5.0: user_id");
		is($session->ok(q(select auth.session() ->> 'sub')), $user, "$when, catalog of 0.5.0: session");
		rows_of($session, $user, "$when, catalog of 0.5.0");
	}
	my $replayed = $gateway->sign({ sub => 'alice', jti => $jti, exp => time + 600 });
	like($session->error("select auth.jwt_session_init('$replayed')"), qr/^(23514|42804): /,
		"$when, catalog of 0.5.0: a token with an old jti is refused");
	return $session;
}

my $table = <<'END';
create table todos (user_id text not null default auth.user_id(), task text not null);
insert into todos select name, 'of ' || name from unnest('{alice,bob,carol}'::text[]) as name;
alter table todos enable row level security;
create policy own on todos using (user_id = auth.user_id());
create view mine as select task from todos where user_id = auth.user_id();
grant select, insert on todos, mine to authenticated;
END
my $issuers = <<"END";
insert into auth.issuers (issuer, jwks, audiences, algorithms, subject_claim, leeway, enabled, comment)
values ('$one', '${\ jwks(@key{qw(ES256 RS256)})}', '{api}', '{ES256,RS256}', '{sub}', 60, true, 'kept'),
	('$two', '${\ jwks($key{EdDSA})}', null, null, '{user,id}', 30, true, null),
	('$off', '${\ jwks($key{EdDSA})}', null, null, '{sub}', 0, false, 'switched off');
END

my $old = PostgreSQL::Test::Cluster->new('old', install_path => $path);
$old->init(extra => ['--data-checksums']);
$old->start;
$old->safe_psql('postgres', 'create role authenticated login; create database registry;
	create database gateway');
$old->safe_psql('registry', "create extension pg_session_jwt; $table $issuers");
$old->safe_psql('gateway', "create extension pg_session_jwt version '0.5.0'; $table
	grant usage on schema auth to authenticated");

# What must be the same afterwards: the registry to the byte, and every function and right. From 17
# on the row type of a table is a member of its extension as well.
my %same = (
	'the issuers and their keys' => 'select i::text from auth.issuers as i order by issuer',
	'what is noted of fetches' => 'select f::text from auth.issuer_fetches as f order by issuer',
	'the extension\'s objects' => 'select pg_describe_object(classid, objid, objsubid) collate "C"
		from pg_depend where deptype = $$e$$ and classid <> $$pg_type$$::regclass
			and refclassid = $$pg_extension$$::regclass
			and refobjid = (select oid from pg_extension where extname = $$pg_session_jwt$$) order by 1',
	'the functions' => 'select p.oid::regprocedure::text collate "C", prosrc, probin, provolatile,
		proisstrict, proparallel, proacl from pg_proc as p where pronamespace = $$auth$$::regnamespace order by 1',
	'the version' => 'select extversion from pg_extension where extname = $$pg_session_jwt$$',
	'the triggers' => 'select tgname, tgenabled, tgtype from pg_trigger
		where tgrelid::regclass::text like $$auth.%$$ order by 1',
	'the policies' => 'select polname, pg_get_expr(polqual, polrelid) from pg_policy',
);
my %in = (registry => [ sort keys %same ],
	gateway => [ grep { !/issuers|fetches|triggers/ } sort keys %same ]);
my %before;
foreach my $db (sort keys %in)
{
	$before{$db}{$_} = $old->safe_psql($db, $same{$_}) foreach @{ $in{$db} };
}
is($before{gateway}{'the version'}, '0.5.0', 'the database of the gateway has the catalog of 0.5.0');
is(() = $before{registry}{'the issuers and their keys'} =~ /^/mg, 3, 'three issuers are registered');
like($old->safe_psql('postgres', 'show server_version'), qr/^$from\b/, "the old server is $from");
look_at_registry($old, 'before');
look_at_gateway($old, 'before')->quit;
$old->stop;

my $new = PostgreSQL::Test::Cluster->new('new');
$new->init(extra => ['--data-checksums']);
my $folder = PostgreSQL::Test::Utils::tempdir();
chdir $folder or die "could not change folder: $!\n";
command_ok([ 'pg_upgrade', '--no-sync', '--old-datadir', $old->data_dir, '--new-datadir',
		$new->data_dir, '--old-bindir', "$path/bin", '--new-bindir', $bin, '--socketdir', $new->host,
		'--old-port', $old->port, '--new-port', $new->port ], "pg_upgrade from $from");
$new->start;

foreach my $db (sort keys %in)
{
	is($new->safe_psql($db, $same{$_}), $before{$db}{$_}, "$db: $_ are as before")
	  foreach @{ $in{$db} };
}
look_at_registry($new, 'after');
my $session = look_at_gateway($new, 'after');

# The database of 0.5.0 is updated under the open session, and takes issuers then.
is($new->safe_psql('gateway', "alter extension pg_session_jwt update; $same{'the version'}"),
	$new->safe_psql('registry', $same{'the version'}), 'ALTER EXTENSION UPDATE: the version');
my $objects = $new->safe_psql('gateway', $same{'the extension\'s objects'});
is($objects, $before{registry}{'the extension\'s objects'}, 'ALTER EXTENSION UPDATE: the objects');
rows_of($session, 'bob', 'after the update, the open session');
$session->quit;
$new->safe_psql('gateway', $issuers);
$session = SessionJwt::Session->new($new, db => 'gateway', role => 'authenticated',
	token => $token{carol});
rows_of($session, 'carol', 'after the update, an issuer');
$session->quit;

# The registry still tells sessions of changes.
$session = SessionJwt::Session->new($new, db => 'registry', role => 'authenticated',
	token => $token{alice});
is($session->error(q(insert into todos (task) values ('new'))), '', 'a default names the user');
$new->safe_psql('registry', "update auth.issuers set enabled = false where issuer = '$one'");
like($session->error('select auth.user_id()'), qr/^23514: /, 'an issuer is disabled');
$session->quit;

done_testing();
