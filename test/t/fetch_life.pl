# Key sets by URL: when they are fetched, and what changes meanwhile.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

use SessionJwt::Cluster qw(new_node create_extension set_conf sql try_sql log_position log_since);
use SessionJwt::HttpServer;
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks compact_json b64url);

my @key = map { make_key('EdDSA', kid => "k$_") } 0 .. 4;
my $server = SessionJwt::HttpServer->new;
my $node = new_node('main', conf => [ 'pg_session_jwt.fetch = any', 'max_connections = 100',
	'max_prepared_transactions = 2' ]);
create_extension($node);
my $workers = "select count(*) from pg_stat_activity where backend_type = 'pg_session_jwt fetcher'";
my $path = 0;

sub token
{
	my ($iss, $key) = @_;
	return $key->sign({ iss => $iss, sub => 'alice', exp => int(time) + 600 });
}

# A new issuer with its own path, fetched unless told otherwise.
sub issuer
{
	my ($answer, %opt) = @_;
	my $iss = '/i' . ++$path;
	$server->route($iss, %$answer);
	return $iss if $opt{insert} && $opt{insert} eq 'no';
	$node->safe_psql('postgres', insert_sql($iss));
	await($iss, 'fetched_at is not null') unless $opt{wait} && $opt{wait} eq 'no';
	return $iss;
}

sub insert_sql { return "insert into auth.issuers (issuer, jwks_uri) values ('$_[0]', '${\ $server->url($_[0]) }')"; }

sub await
{
	my ($iss, $condition) = @_;
	$node->poll_query_until('postgres', "select exists (select from auth.issuer_status
		where issuer = '$iss' and $condition)") or die "$iss: not $condition\n";
	return;
}

# status returns columns of auth.issuer_status.
sub status { return $node->safe_psql('postgres', "select $_[1] from auth.issuer_status where issuer = '$_[0]'"); }

# back lets time pass for an issuer.
sub back
{
	my ($iss, $interval, @columns) = @_;
	$node->safe_psql('postgres', 'update auth.issuer_fetches set '
		. join(', ', map { "$_ = $_ - interval '$interval'" } @columns) . " where issuer = '$iss'");
	return;
}

sub present { return try_sql($node, 'select auth.user_id()', token => token(@_)); }

# On insert, without a token; and for an unknown kid at once, but not again within 30 seconds.
my $iss = issuer({ body => jwks($key[0]) });
is($server->requests($iss), 1, 'insert: one request');
my ($code, $out, $err) = present($iss, $key[0]);
is($out, 'alice', 'insert: the key is there');
$server->route($iss, body => jwks(@key[ 0, 1 ]));
(undef, undef, $err) = present($iss, $key[1]);
like($err, qr/23514: JWT names a key that its issuer does not have\nDETAIL: .*\nHINT:  For an unknown key the issuer's keys are fetched at most once in 30 seconds; see auth\.issuer_status\./,
	'unknown kid, just fetched: refused, and says so');
is($server->requests($iss), 1, 'unknown kid, just fetched: no request');
back($iss, '31 seconds', 'attempted_at');
(undef, $out) = present($iss, $key[1]);
is($out, 'alice', 'unknown kid after 30 seconds: fetched and taken');
is($server->requests($iss), 2, 'unknown kid after 30 seconds: one request');
back($iss, '31 seconds', 'attempted_at');
(undef, undef, $err) = present($iss, $key[2]);
like($err, qr/HINT:  The issuer's keys were fetched for this token; see auth\.issuer_status\./,
	'a kid that remains unknown');

# Within one open session and transaction; in a subtransaction that is rolled back.
my $session = SessionJwt::Session->new($node, role => 'authenticated', token => token($iss, $key[0]));
$session->ok('begin isolation level serializable; select auth.user_id()');
$server->route($iss, body => jwks(@key[ 1, 2 ]));
back($iss, '31 seconds', 'attempted_at');
$session->ok("savepoint s; select auth.jwt_session_init('" . token($iss, $key[2]) . "')");
is($session->ok('select auth.user_id()'), 'alice', 'a new key within a serializable transaction');
$session->ok('rollback to s');
like($session->error('select auth.user_id()'), qr/^23514: JWT names a key/, 'whose old key is gone now');
$session->quit;

# Ahead of time, and nobody waits.
$iss = issuer({ body => jwks($key[0]), delay => 2 });
$server->route($iss, body => jwks($key[1], $key[0]), delay => 2);
back($iss, '1 day', 'refresh_at');
my $start = time;
(undef, $out) = present($iss, $key[0]);
cmp_ok(time - $start, '<', 1.5, 'keys that grow old: nobody waits');
is($out, 'alice', 'keys that grow old are good');
await($iss, 'key_count = 2');
is($server->requests($iss), 2, 'keys that grow old: one request');

# So they are where a session presents one token again and again, or presents it once and then only
# reads, and nothing else comes. First the worker must be gone that would look by itself.
foreach my $way ('one token again', 'one token read')
{
	my $old = issuer({ body => jwks($key[0]) });
	my $first = "select auth.jwt_session_init('" . token($old, $key[0]) . "')";
	my $again = $way eq 'one token again' ? $first : 'select auth.user_id()';
	$session = SessionJwt::Session->new($node, role => 'authenticated');
	$session->ok($first);
	$node->poll_query_until('postgres', $workers, '0')
	  or die "the fetcher stays\n";
	$node->safe_psql('postgres', "update auth.issuer_fetches
		set refresh_at = now() + interval '2 seconds' where issuer = '$old'");
	$session->ok($again);
	is($server->requests($old), 1, "$way: keys are not old yet");
	$server->route($old, body => jwks($key[1], $key[2]));
	sleep 2.5;
	$session->ok($again);
	await($old, 'key_count = 2');
	is($server->requests($old), 2, "$way: one request when they are");
	like($session->error($again), qr/^23514: JWT names a key/, "$way: refused when its key is gone");
	$session->quit;
}

# max_stale.
$server->route($iss, status => 503);
back($iss, '23 hours 59 minutes', 'fetched_at');
back($iss, '1 day', 'refresh_at');
(undef, $out) = present($iss, $key[0]);
is($out, 'alice', 'keys of just under a day are good');
await($iss, 'consecutive_failures = 1');
$session = SessionJwt::Session->new($node, role => 'authenticated', token => token($iss, $key[0]));
back($iss, '2 minutes', 'fetched_at');
my $since = status($iss, "to_char(fetched_at, 'YYYY-MM-DD HH24:MI:SS')");
foreach my $try ([ 'open session', $session->error('select auth.user_id()') ], [ 'new session', (present($iss, $key[0]))[2] ])
{
	like($try->[1], qr/23514: JWT issuer's keys are out of date\nDETAIL:  They were last fetched at \Q$since\E.*\nHINT:  See auth\.issuer_status/,
		"keys older than max_stale, $try->[0]: refused, and since when");
}
is(status($iss, 'key_count'), '2', 'keys older than max_stale are still in the table');
$server->route($iss, body => jwks(@key[ 0, 1 ]));
back($iss, '1 hour', 'refresh_at');
is($session->ok('select auth.user_id()'), 'alice', 'the provider is back: fetched while waiting');
# A shorter max_stale takes effect in open sessions, too.
back($iss, '2 minutes', 'fetched_at');
is($session->ok('select auth.user_id()'), 'alice', 'keys of two minutes are good');
set_conf($node, 'pg_session_jwt.max_stale', '1min');
$server->route($iss, status => 503);
$node->reload;
my $stale = '';
for (1 .. 50)
{
	$stale = $session->error('select auth.user_id()') and last;
	sleep 0.1;
}
like($stale, qr/^23514: JWT issuer's keys are out of date/, 'max_stale made shorter');
set_conf($node, 'pg_session_jwt.max_stale', undef);
$node->reload;
$session->quit;

# Rows changed by the very transaction: no worker can see them.
$iss = issuer({ body => jwks($key[0]) }, insert => 'no');
$session = SessionJwt::Session->new($node);
$session->ok('begin; ' . insert_sql($iss));
$start = time;
like($session->error("select auth.jwt_session_init('" . token($iss, $key[0]) . "')"),
	qr/^23514: JWT issuer has no keys\nHINT:  The issuer's row was changed in this transaction; its keys are fetched when that is committed\./,
	'uncommitted row');
cmp_ok(time - $start, '<', 2, 'uncommitted row: no wait');
$session->ok('rollback; begin; ' . insert_sql($iss) . "; prepare transaction 'p'; commit prepared 'p'");
await($iss, 'fetched_at is not null');
pass('prepared transaction: fetched');

# A waiting statement can be ended, and leaves no lock.
$iss = issuer({ body => jwks($key[0]) });
$server->route($iss, body => jwks(@key[ 0, 1 ]), delay => 3);
back($iss, '31 seconds', 'attempted_at');
$start = time;
$session->ok("set statement_timeout = '500ms'");
like($session->error("select auth.jwt_session_init('" . token($iss, $key[1]) . "')"), qr/^57014: /,
	'statement_timeout ends the wait');
cmp_ok(time - $start, '<', 2, 'in time');
is($session->ok("reset statement_timeout; select count(*) from pg_locks where pid = pg_backend_pid()
	and locktype = 'advisory'"), '0', 'no lock is left');
$session->ok("select auth.jwt_session_init('" . token($iss, $key[0]) . "')");
is($session->ok('select auth.user_id()'), 'alice', 'the session goes on');
$session->ok("set pg_session_jwt.fetch_timeout = '100ms'");
like($session->error("select auth.jwt_session_init('" . token($iss, $key[1]) . "')"),
	qr/^23514: JWT names a key.*HINT:  The issuer's keys were not fetched within pg_session_jwt\.fetch_timeout/s,
	'fetch_timeout ends the wait, and says so');
await($iss, 'key_count = 2');
$session->ok("select auth.jwt_session_init('" . token($iss, $key[1]) . "')");
is($session->ok('select auth.user_id()'), 'alice', 'what others waited for is there later');
is($server->requests($iss), 2, 'and was fetched once');

# Changed while it is fetched: another address, then deletion.
foreach my $try ([ 'address', 1 ], [ 'delete', 0 ], [ 'disable', 0 ], [ 'by hand', 0 ])
{
	my ($what, $is_known) = @$try;
	$iss = issuer({ body => jwks($key[0]), delay => 1.5 }, wait => 'no');
	my $other = issuer({ body => jwks($key[1]) }, insert => 'no');
	sleep 0.05 until $server->requests($iss);
	my %change = (address => "update auth.issuers set jwks_uri = '${\ $server->url($other) }' where issuer = '$iss'",
		delete => "delete from auth.issuers where issuer = '$iss'",
		disable => "update auth.issuers set enabled = false where issuer = '$iss'",
		'by hand' => "update auth.issuers set jwks_uri = null, jwks = '${\ jwks($key[2]) }' where issuer = '$iss'");
	$node->safe_psql('postgres', $change{$what});
	await($iss, 'fetched_at is not null') if $is_known;
	$node->poll_query_until('postgres', "select ($workers) = 0") or die "the worker stays\n";
	my %kids = (address => 'k1', delete => '', disable => '', 'by hand' => 'k2');
	is($node->safe_psql('postgres', "select kid from auth.issuer_keys where issuer = '$iss'"), $kids{$what},
		"changed while it is fetched: $what");
	is($server->requests($iss), 1, "changed while it is fetched, requests: $what");
}
is(status($iss, 'source'), 'given', 'a key set given meanwhile stays');

# Given by hand over a fetched one; taken away again; deleted and inserted again.
my $provider = $server->url('');
$server->route('/.well-known/openid-configuration', body => compact_json({ issuer => $provider, jwks_uri => "$provider/d" }));
$server->route('/d', body => jwks($key[0]));
$node->safe_psql('postgres', "insert into auth.issuers (issuer) values ('$provider')");
await($provider, 'fetched_at is not null');
is(status($provider, 'source, key_count'), 'discovery|1', 'discovery');
$node->safe_psql('postgres', "update auth.issuers set jwks = '${\ jwks($key[1]) }' where issuer = '$provider'");
is(status($provider, 'source'), 'given', 'given by hand over a fetched one');
(undef, undef, $err) = try_sql($node, "select auth.refresh_issuer('$provider')");
like($err, qr/55000: the keys of issuer ".*" are not fetched/, 'which is not fetched');
back($provider, '1 day', 'refresh_at', 'attempted_at');
(undef, undef, $err) = present($provider, $key[0]);
like($err, qr/JWT names a key.*HINT:  If the issuer has changed its keys, store its current key set/s,
	'and an unknown kid does not change that');
(undef, $out) = present($provider, $key[1]);
is($out, 'alice', 'the key given by hand is used');
$node->safe_psql('postgres', "update auth.issuers set jwks = null where issuer = '$provider'");
await($provider, "source = 'discovery' and key_count = 1");
(undef, $out) = present($provider, $key[0]);
is($out, 'alice', 'taken away: discovered again');
$node->safe_psql('postgres', "begin; delete from auth.issuers where issuer = '$provider';
	insert into auth.issuers (issuer) values ('$provider'); commit");
await($provider, "source = 'discovery' and key_count = 1");
pass('deleted and inserted again: discovered again');

# Random kids from a thousand connections: one fetch, one worker, no growth.
$iss = issuer({ body => jwks($key[0]) });
my ($payload) = token($iss, $key[0]) =~ /^[^.]+(\..*)$/;
$node->safe_psql('postgres', 'create table tokens (n int primary key, token text); grant select on tokens to public;
	create function present(text) returns text language plpgsql as $$ begin
	perform auth.jwt_session_init($1); return auth.user_id(); exception when others then return sqlstate; end $$;
	insert into tokens values ' . join ', ', map { "($_, '"
		. b64url(compact_json({ alg => 'EdDSA', kid => "random$_" })) . "$payload')" } 1 .. 1000);
append_to_file($node->basedir . '/random.sql', "\\set n random(1, 1000)\nselect present(token) from tokens where n = :n;\n");
my $before = $server->requests($iss);
back($iss, '31 seconds', 'attempted_at');
my $position = log_position($node);
my $most = 0;
my $bench = IPC::Run::start([ 'pgbench', '-n', '-C', '-c', 20, '-t', 50, '-f', $node->basedir . '/random.sql',
	$node->connstr('postgres') ], '>', \my $bench_out, '2>', \my $bench_err);
while ($bench->pumpable)
{
	my $count = $node->safe_psql('postgres', $workers);
	$most = $count if $count > $most;
	eval { $bench->pump_nb };
	sleep 0.1;
}
$bench->finish;
like($bench_out, qr{transactions actually processed: 1000/1000}, 'random kids: a thousand connections');
is($server->requests($iss), $before + 1, 'random kids: one request');
cmp_ok($most, '<=', 2, 'random kids: no more than two workers at a time');
unlike(log_since($node, $position), qr/LOG:  .*issuer/, 'random kids: nothing in the log');
(undef, $out) = present($iss, $key[0]);
is($out, 'alice', 'random kids: the good one is taken');

# DROP DATABASE does not wait long for a worker that lingers.
$node->safe_psql('postgres', 'create database other');
$iss = issuer({ body => jwks($key[0]) }, insert => 'no');
$node->safe_psql('other', 'create extension pg_session_jwt; ' . insert_sql($iss));
sleep 0.05 until $server->requests($iss);
$start = time;
$node->safe_psql('postgres', 'drop database other');
cmp_ok(time - $start, '<', 5, 'DROP DATABASE');

$node->stop;
done_testing();
