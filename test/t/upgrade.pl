# pg_upgrade from an older major version that is installed beside this one, with the extension: a
# database with issuers and policies, and one with the catalog of 0.5.0, go on as they were.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(set_conf);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

# older returns the folder of the newest installation older than the one under test, and its major.
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

my $iss = 'https://issuer.example/';
my $key = make_key('ES256', kid => 'k1');
my $gateway = make_key('EdDSA');
my $token = $key->sign({ iss => $iss, sub => 'alice', exp => time + 3600 });

my $old = PostgreSQL::Test::Cluster->new('old', install_path => $path);
$old->init(extra => ['--data-checksums']);
$old->start;
my $table = <<'END';
create table todos (user_id text not null default auth.user_id(), task text not null);
insert into todos values ('alice', 'of alice'), ('bob', 'of bob');
alter table todos enable row level security;
create policy own on todos using (user_id = auth.user_id());
create view mine as select task from todos where user_id = auth.user_id();
grant select, insert on todos, mine to authenticated;
END
$old->safe_psql('postgres', 'create role authenticated login; create database registry;
	create database gateway');
$old->safe_psql('registry', "create extension pg_session_jwt; $table
	insert into auth.issuers (issuer, jwks, comment) values ('$iss', '${\ jwks($key)}', 'kept')");
$old->safe_psql('gateway', "create extension pg_session_jwt version '0.5.0'; $table
	grant usage on schema auth to authenticated");
my $row = 'select md5(i::text) from auth.issuers as i';
my $before = $old->safe_psql('registry', $row);
$old->stop;

my $new = PostgreSQL::Test::Cluster->new('new');
$new->init(extra => ['--data-checksums']);
my $folder = PostgreSQL::Test::Utils::tempdir();
chdir $folder or die "could not change folder: $!\n";
command_ok([ 'pg_upgrade', '--no-sync', '--old-datadir', $old->data_dir, '--new-datadir',
		$new->data_dir, '--old-bindir', "$path/bin", '--new-bindir', $bin, '--socketdir', $new->host,
		'--old-port', $old->port, '--new-port', $new->port ], "pg_upgrade from $from");
$new->start;

is($new->safe_psql('registry', $row), $before, 'the registry is what it was');
my $session = SessionJwt::Session->new($new, db => 'registry', role => 'authenticated',
	token => $token);
is($session->ok('select task from todos'), 'of alice', 'a policy shows the rows of the user');
is($session->ok('select task from mine'), 'of alice', 'so does a view');
is($session->error(q(insert into todos (task) values ('new'))), '', 'a default names the user');
like($session->error("set pg_session_jwt.jwt = '${token}x'; select auth.user_id()"), qr/^42804: /,
	'a bad token is refused');
is($new->safe_psql('registry', "update auth.issuers set enabled = false; $row") eq $before, '',
	'the registry is written');
$session->run("set pg_session_jwt.jwt = '$token'");
like($session->error('select auth.user_id()'), qr/^23514: /, 'and its triggers tell sessions');
$session->quit;

$session = SessionJwt::Session->new($new, db => 'gateway', role => 'authenticated',
	key => $gateway, token => $gateway->sign({ sub => 'bob', jti => 1, exp => time + 600 }));
is($session->ok('select task from todos'), 'of bob', 'the catalog of 0.5.0: a policy');
is($new->safe_psql('gateway', 'alter extension pg_session_jwt update;
	select extversion from pg_extension where extname = $$pg_session_jwt$$'), '1.0.0',
	'the catalog of 0.5.0: update');
is($session->ok('select task from todos'), 'of bob', 'and the session goes on');
$session->quit;

done_testing();
