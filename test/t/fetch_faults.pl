# Key sets by URL when something fails: the provider, the worker, the server, the registry's own
# table; and where nothing can be fetched: without a worker slot, and on a standby. Keys that are in
# the table go on verifying.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

use SessionJwt::Cluster qw(new_node create_extension set_conf try_sql log_position log_since);
use SessionJwt::HttpServer;
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my @key = map { make_key('EdDSA', kid => "k$_") } 0 .. 2;
my $server = SessionJwt::HttpServer->new;
my $node = new_node('main', init => [ allows_streaming => 1 ],
	conf => [ 'pg_session_jwt.fetch = any', 'restart_after_crash = on' ]);
create_extension($node);
my $iss = 'https://issuer.example/';
$server->route('/keys', body => jwks($key[0]));
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;

sub present
{
	my ($key, $on) = @_;
	return try_sql($on // $node, 'select auth.user_id()',
		token => $key->sign({ iss => $iss, sub => 'alice', exp => int(time) + 600 }));
}

sub taken
{
	my ($key, $name, $on) = @_;
	my ($code, $out, $err) = present($key, $on);
	is($out, 'alice', $name) or diag($err);
	return;
}

sub back
{
	my ($interval, @columns) = @_;
	$node->safe_psql('postgres', 'update auth.issuer_fetches set '
		. join ', ', map { "$_ = $_ - interval '$interval'" } @columns);
	return;
}

sub await
{
	my ($condition) = @_;
	$node->poll_query_until('postgres', "select exists (select from auth.issuer_status where $condition)")
	  or die "not $condition\n";
	return;
}

$node->safe_psql('postgres', "insert into auth.issuers (issuer, jwks_uri) values ('$iss', '${\ $server->url('/keys') }')");
await('key_count = 1');
taken($key[0], 'fetched');
my $catch_up = sub { $node->wait_for_catchup($standby, 'replay', $node->lsn('insert')) };

# A standby uses what the primary has fetched, and says so of a kid that it does not know.
$catch_up->();
taken($key[0], 'standby: the key is there', $standby);
is($standby->safe_psql('postgres', 'select source, key_count from auth.issuer_status'), 'jwks_uri|1', 'standby: status');
my ($code, $out, $err) = present($key[1], $standby);
my $standby_hint = qr/23514: JWT names a key.*HINT:  This server is a standby: it uses the keys that its primary has fetched\./s;
like($err, $standby_hint, 'standby: unknown kid, just fetched');
back('31 seconds', 'attempted_at');
$catch_up->();
my $start = time;
($code, undef, $err) = present($key[1], $standby);
like($err, $standby_hint, 'standby: unknown kid');
cmp_ok(time - $start, '<', 2, 'standby: no wait');
(undef, $out, $err) = try_sql($standby, "select auth.refresh_issuer('$iss')");
like("$out $err", qr/^f .*WARNING:.*HINT:  This server is a standby/s, 'standby: refresh_issuer');
is($server->requests('/keys'), 1, 'standby: no request');
$server->route('/keys', body => jwks(@key[ 0, 1 ]));
taken($key[1], 'primary: the new key is fetched');
$catch_up->();
taken($key[1], 'standby: and arrives', $standby);
$standby->stop;

# A table that cannot be written: the failure is noted, the keys stay, and it is not tried again at
# once.
$node->safe_psql('postgres', 'create function fail() returns trigger language plpgsql as $$ begin
	raise exception $x$not now$x$; end $$;
	create trigger fail before update of jwks on auth.issuers execute function fail()');
$server->route('/keys', body => jwks(@key[ 0, 1, 2 ]));
my $requests = $server->requests('/keys');
is($node->safe_psql('postgres', "select auth.refresh_issuer('$iss')"), 'f', 'an error while storing: not refreshed');
is($node->safe_psql('postgres', 'select consecutive_failures, last_error from auth.issuer_status'),
	"1|internal error; see the server's log", 'an error while storing: noted');
taken($key[0], 'an error while storing: keys stay');
($code, undef, $err) = present($key[2]);
like($err, qr/at most once in 30 seconds/, 'an error while storing: not tried again at once');
is($server->requests('/keys'), $requests + 1, 'an error while storing: one request');
$node->safe_psql('postgres', 'drop trigger fail on auth.issuers');

# The row is locked by somebody's open transaction.
my $locker = SessionJwt::Session->new($node);
$locker->ok("begin; update auth.issuers set comment = 'x'");
is($node->safe_psql('postgres', "select auth.refresh_issuer('$iss')"), 'f', 'row locked: not refreshed');
taken($key[0], 'row locked: keys stay');
is($node->safe_psql('postgres', 'select consecutive_failures from auth.issuer_status'), '2', 'row locked: noted');
$locker->ok('commit');
$locker->quit;
is($node->safe_psql('postgres', "select auth.refresh_issuer('$iss')"), 't', 'row free again: refreshed');
taken($key[2], 'row free again: the new key');

# Another schema in the place of the extension's: its tables get nothing.
$node->safe_psql('postgres', 'alter schema auth rename to real_auth; create schema auth;
	create table auth.issuers as table real_auth.issuers;
	create table auth.issuer_fetches as table real_auth.issuer_fetches;
	create function auth.theft() returns trigger language plpgsql as $$ begin
	raise exception $x$stolen$x$; end $$;
	create trigger theft before insert or update or delete on auth.issuer_fetches execute function auth.theft()');
$requests = $server->requests('/keys');
$node->safe_psql('postgres', "update real_auth.issuers set comment = 'y'; set pg_session_jwt.fetch_timeout = 1000;
	select real_auth.refresh_issuer('$iss')");
is($server->requests('/keys'), $requests, 'another schema: nothing is fetched for it');
unlike(slurp_file($node->logfile), qr/stolen/, 'another schema: nothing of it is run');
$node->safe_psql('postgres', 'drop schema auth cascade; alter schema real_auth rename to auth');

# From a dump: what is fetched stays fetched.
$node->safe_psql('postgres', 'create database copy');
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'dumped');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('copy') ], 'restored');
my $facts = 'select issuer, source, key_count, fetched_at from auth.issuer_status';
is($node->safe_psql('copy', $facts), $node->safe_psql('postgres', $facts), 'restored: the status');
$node->safe_psql('postgres', "select count(*) from pg_stat_activity where datname = 'copy'");
$node->poll_query_until('postgres', "select not exists (select from pg_stat_activity where datname = 'copy')");
$node->safe_psql('postgres', 'drop database copy');

# Killed: the server starts all its processes again, and nothing is lost.
$server->route('/keys', body => jwks($key[0]), delay => 4);
my $slow = SessionJwt::Session->new($node);
$slow->{psql}->query_until(qr/^goes$/m, "\\echo goes\nselect auth.refresh_issuer('$iss');\n");
my $find = "select pid from pg_stat_activity where backend_type = 'pg_session_jwt fetcher'";
my $pid = '';
$requests = $server->requests('/keys');
for (1 .. 100) { last if $server->requests('/keys') > $requests; sleep 0.05; }
$pid = $node->safe_psql('postgres', $find);
like($pid, qr/^\d+$/, 'a worker fetches');
kill 'KILL', $pid;
eval { $slow->quit };
for (1 .. 200)
{
	last if ($node->psql('postgres', 'select 1'))[0] == 0 && slurp_file($node->logfile) =~ /all server processes terminated; reinitializing/;
	sleep 0.1;
}
taken($key[2], 'killed: the keys in the table verify');
is($node->safe_psql('postgres', 'select key_count, consecutive_failures from auth.issuer_status'), '3|0', 'killed: the status is as it was');

# Ended by an administrator, while a session waits.
back('31 seconds', 'attempted_at');
$server->route('/keys', body => jwks(@key), delay => 4);
my $waiting = SessionJwt::Session->new($node);
$requests = $server->requests('/keys');
$waiting->{psql}->query_until(qr/^goes$/m, "\\echo goes\nselect auth.refresh_issuer('$iss');\n");
for (1 .. 100) { last if $server->requests('/keys') > $requests; sleep 0.05; }
$node->safe_psql('postgres', "select pg_terminate_backend(pid, 5000) from ($find) as f");
($out, $err) = $waiting->run('\echo done');
like("$out$err", qr/f\ndone.*could not fetch the keys/s, 'ended: the session that waits is told');
$waiting->quit;
taken($key[2], 'ended: keys stay');

# The provider is down, and the server starts anew.
$server->stop;
$node->restart;
taken($key[0], 'provider down, restart: keys verify');
back('1 hour', 'refresh_at', 'attempted_at');
taken($key[0], 'provider down, keys due: they verify');
await('consecutive_failures >= 1');
($code, undef, $err) = present(make_key('EdDSA', kid => 'none'));
like($err, qr/23514: JWT names a key/, 'provider down: an unknown key is refused');
taken($key[0], 'provider down, after failures: keys verify');
my $failures = () = slurp_file($node->logfile) =~ /LOG:  could not fetch the keys of issuer "\Q$iss\E" from "[^"]+": Failed to connect/g;
is($failures, 1, 'provider down: one line in the log');
$server->start;
$server->route('/keys', body => jwks($key[1]));
back('1 hour', 'refresh_at', 'attempted_at');
taken($key[1], 'provider back');
await('key_count = 1 and consecutive_failures = 0');

# No worker slot.
set_conf($node, 'max_worker_processes', 0);
$node->restart;
$server->route('/keys', body => jwks(@key[ 1, 2 ]));
back('31 seconds', 'attempted_at');
$start = time;
($code, undef, $err) = present($key[2]);
like($err, qr/23514: JWT names a key.*HINT:  The issuer's keys could not be fetched: no background worker could be started\./s,
	'no worker slot: the hint says so');
cmp_ok(time - $start, '<', 2, 'no worker slot: no wait');
taken($key[1], 'no worker slot: the keys that are there verify');
back('1 hour', 'refresh_at');
taken($key[1], 'no worker slot: also when they are due');
set_conf($node, 'max_worker_processes', undef);
$node->restart;
taken($key[2], 'slots again: fetched');

$node->stop;
done_testing();
