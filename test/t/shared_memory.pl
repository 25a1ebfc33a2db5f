# The cluster's memory of good signatures, as auth.stats() counts: each signature is checked once
# whichever session asks, failures and claims are never kept, a changed key set makes what is kept
# worthless, and it keeps what it has room for.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my $iss = 'https://issuer.example/';
my $key = make_key('HS256', kid => 'one');
my $other = make_key('HS256', kid => 'two');
# 64 kB are 2048 places, in sets of eight.
my $node = new_node('main', preload => 'shared', conf => ['pg_session_jwt.shared_cache = 64kB']);
create_extension($node);
$node->safe_psql('postgres', "insert into auth.issuers (issuer, jwks, algorithms)
	values ('$iss', '${\ jwks($key)}', '{HS256}')");
my $serial = 0;

sub token
{
	my ($who, %more) = @_;
	return $key->sign({ iss => $iss, sub => $who, exp => time + 3600, serial => ++$serial, %more });
}

# counts returns what auth.stats() counts: verified, backend, shared, and refused.
sub counts
{
	my %count = map { split /=/ } split /\n/, $node->safe_psql('postgres',
		"select name || coalesce(' ' || reason, '') || '=' || count from auth.stats()");
	return \%count;
}

# since returns what has been counted since \$before: "verified, backend, shared".
sub since
{
	my ($before) = @_;
	my $now = counts();
	return join ', ', map { $now->{$_} - $before->{$_} } 'verified', 'served from backend memory',
	  'served from shared memory';
}

# present has a new session present tokens, one statement each; it returns how many it accepted.
sub present
{
	my $session = SessionJwt::Session->new($node);
	my $accepted = grep { $session->error("select auth.jwt_session_init('$_')") eq '' } @_;
	$session->quit;
	return $accepted;
}

my $before = counts();
my $alice = token('alice');
is(present($alice), 1, 'a first session presents a token');
is(since($before), '1, 0, 0', 'and its signature was checked');
is(present($alice, $alice), 2, 'a second session presents it twice');
is(since($before), '1, 1, 1', 'and it was found in shared memory, then in its own');

# What was refused is refused again, for its signature.
$before = counts();
my $forged = substr(token('mallory'), 0, -4) . 'AAAA';
my @late = (token('late', exp => time - 3600), token('early', nbf => time + 3600));
is(present($forged, @late) + present($forged, @late), 0, 'forged and untimely tokens are refused');
is(since($before), '0, 0, 0', 'and nothing of them is kept');
my $now = counts();
my %refused = map { $_ => $now->{$_} - ($before->{$_} // 0) } grep { /^refused/ } keys %$now;
is(join(', ', map { "$_: $refused{$_}" } sort keys %refused),
	'refused expired: 2, refused not yet valid: 2, refused signature: 2', 'each is counted by reason');

# Four hundred tokens in 2048 places: all of them are kept.
my @many = map { token("user$_") } 1 .. 400;
present(@many);
$before = counts();
is(present(@many), 400, 'four hundred tokens are presented again');
is(since($before), '0, 0, 400', 'and no signature is checked twice');

# Tokens come and go, so the memory is full before long: those of today outlive those of yesterday.
present(map { token("yesterday$_") } 1 .. 4000);
my @today = map { token("today$_") } 1 .. 200;
present(@today);
$before = counts();
is(present(@today), 200, 'the memory is full, and two hundred new tokens are presented twice');
is(since($before), '0, 0, 200', 'and no signature is checked twice');

# The key set is part of what is kept.
$node->safe_psql('postgres', "update auth.issuers set jwks = '${\ jwks($other, $key)}'");
$before = counts();
is(present(@many[ 0 .. 9 ]), 10, 'the key set was changed, and keeps the key');
is(since($before), '10, 0, 0', 'every signature is checked anew');
$node->safe_psql('postgres', "update auth.issuers set jwks = '${\ jwks($other)}'");
is(present(@many[ 0 .. 9 ]), 0, 'the key is removed: none of its tokens gets through');
$node->safe_psql('postgres', "update auth.issuers set jwks = '${\ jwks($key)}'");
is(present($alice), 1, 'the key is back');

# No claim is kept: a row that asks for more than the signature is asked each time.
$node->safe_psql('postgres', "update auth.issuers set audiences = '{api}'");
is(present($alice), 0, 'an audience is asked for, and the token has none');
$node->safe_psql('postgres', 'update auth.issuers set audiences = null');

# Parallel workers.
$before = counts();
my $carol = token('carol');
my $session = SessionJwt::Session->new($node);
$session->ok("create table numbers as select generate_series(1, 100000) as n;
	alter table numbers set (parallel_workers = 2); analyze numbers");
$session->ok('set parallel_setup_cost = 0; set parallel_tuple_cost = 0;
	set min_parallel_table_scan_size = 0; set max_parallel_workers_per_gather = 2;
	set parallel_leader_participation = off');
$session->ok("select auth.jwt_session_init('$carol')");
is($session->ok("select count(*) from numbers where auth.user_id() = 'carol' and n > 0"), 100000,
	'a parallel query');
$session->quit;
like(since($before), qr/^1, \d+, [12]$/, 'its workers found the signature');

# Off, at once.
$node->append_conf('postgresql.conf', 'pg_session_jwt.shared_cache = 0');
$node->reload;
$node->poll_query_until('postgres', "select current_setting('pg_session_jwt.shared_cache') = '0'")
  or die 'the configuration was not reloaded';
$before = counts();
is(present($alice) + present($alice), 2, 'shared_cache = 0: tokens are accepted');
is(since($before), '2, 0, 0', 'shared_cache = 0: each session checks the signature');

done_testing();
