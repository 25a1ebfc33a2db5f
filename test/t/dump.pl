# pg_dump and pg_restore keep the registry, for a superuser and for the owner of the extension who
# is none; the restored database verifies tokens.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node connection_string);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my %key = map { $_ => make_key($_, kid => $_) } qw(EdDSA RS256 ES256);
my $token = $key{RS256}->sign({ iss => 'https://one.example/', sub => 'alice', aud => 'api',
	exp => time + 600 });
my $columns = 'issuer, jwks, jwks_uri, audiences, audience_claim, algorithms, subject_claim,
	required_claims, leeway, enabled, comment';
my $all_rows = "select $columns from auth.issuers order by issuer";

my $node = new_node('main');
$node->safe_psql('postgres',
	'create role owner login; create role app login; create role stranger login');
my %file = map { $_ => $node->basedir . "/$_" } qw(plain custom);

foreach my $who ('superuser', 'owner')
{
	my $role = $who eq 'owner' ? 'owner' : undef;
	my $owned = $role ? "owner $role" : '';
	my $as = sub { return connection_string($node, db => $_[0], role => $role) };
	$node->safe_psql('postgres', "create database source_$who $owned");
	my $source = SessionJwt::Session->new($node, db => "source_$who", role => $role);
	$source->ok('create extension pg_session_jwt');
	$source->ok("insert into auth.issuers ($columns) values
		('https://one.example/', '${\ jwks(@key{qw(RS256 EdDSA)})}', null, '{api,other}', 'aud',
			'{RS256,EdDSA}', '{sub}', null, 30, true, E'a comment\\twith a tab and a ''quote'''),
		('https://two.example/', '${\ $key{ES256}->jwk_json}', 'https://two.example/jwks', null,
			'client_id', null, '{a,b}', '{\"role\":\"admin\"}', 0, false, null)");
	# Rights that the owner has given, and a table with policies that call the extension.
	$source->ok('grant select on auth.issuers to app');
	$source->ok('create table todos (user_id text not null default auth.user_id());
		insert into todos values (\'alice\'), (\'bob\'); alter table todos enable row level security;
		create policy own on todos using ((select auth.user_id()) = user_id);
		grant select, insert on todos to app');
	my $expected = $source->ok($all_rows);
	like($expected, qr/^https:\/\/one.*\nhttps:\/\/two/s, "$who: two rows to dump");
	$source->quit;

	my @owner = ('--dbname', $as->("source_$who"));
	command_ok([ 'pg_dump', @owner, '--file', $file{plain} ], "$who: pg_dump, plain");
	command_ok([ 'pg_dump', @owner, '--format=custom', '--file', $file{custom} ],
		"$who: pg_dump, custom");
	my %restore = (
		plain => sub {
			return [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '--dbname', $_[0], '--file',
				$file{plain} ];
		},
		custom => sub { return [ 'pg_restore', '--exit-on-error', '--dbname', $_[0],
			$file{custom} ] },
		parallel => sub { return [ 'pg_restore', '--jobs=2', '--exit-on-error', '--dbname', $_[0],
			$file{custom} ] },
		clean => sub {
			return [ 'pg_restore', '--clean', '--if-exists', '--exit-on-error', '--dbname', $_[0],
				$file{custom} ];
		},
	);
	foreach my $way (sort keys %restore)
	{
		my $name = "$who, restored ($way)";
		my $db = "${way}_$who";
		$node->safe_psql('postgres', "create database $db $owned");
		command_ok($restore{$way}->($as->($db)), "$name: no error");
		# Over what is there already.
		command_ok($restore{$way}->($as->($db)), "$name: once more") if $way eq 'clean';

		my $admin = SessionJwt::Session->new($node, db => $db, role => $role);
		is($admin->ok($all_rows), $expected, "$name: the rows are the same");
		is($admin->ok('select extversion from pg_extension where extname = $$pg_session_jwt$$'),
			'1.0.0',
			"$name: the extension");
		is($admin->ok("select tgname, tgenabled from pg_trigger where tgrelid = 'auth.issuers'::regclass
				and not tgisinternal order by 1"), "issuers_row_changed|A\nissuers_truncated|A",
			"$name: its triggers are enabled");
		like($admin->error("insert into auth.issuers (issuer, jwks) values ('x', '{}')"),
			qr/^22023: invalid key set/, "$name: rows are checked");

		my $app = SessionJwt::Session->new($node, db => $db, role => 'app');
		$app->ok("select auth.jwt_session_init('$token')");
		is($app->ok('select user_id from todos'), 'alice',
			"$name: tokens are verified, rows are seen");
		is($app->ok('select count(*) from auth.issuers'), '2', "$name: a right given is kept");
		like($app->error('delete from auth.issuers'), qr/^42501: /, "$name: and no more than that");

		# The change of a row is noticed as before.
		$admin->ok('update auth.issuers set enabled = false');
		like($app->error('select user_id from todos'), qr/^23514: JWT issuer is disabled/,
			"$name: a change is noticed in an open session");
		$app->quit;
		$admin->quit;
		my $stranger = SessionJwt::Session->new($node, db => $db, role => 'stranger');
		like($stranger->error($all_rows), qr/^42501: /, "$name: strangers read nothing");
		$stranger->quit;
	}

	# Data alone, into a database that has the extension.
	$node->safe_psql('postgres', "create database data_$who $owned");
	my $target = SessionJwt::Session->new($node, db => "data_$who", role => $role);
	$target->ok('create extension pg_session_jwt; create table todos (user_id text)');
	command_ok([ 'pg_restore', '--data-only', '--exit-on-error', '--dbname', $as->("data_$who"),
		$file{custom} ],
		"$who: data alone");
	is($target->ok($all_rows), $expected, "$who: data alone, the rows are the same");
	$target->quit;
}

done_testing();
