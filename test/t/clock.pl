# The server's clock is moved forwards and backwards under open sessions (libfaketime): a token is
# good when the clock says so, and what was judged before the jump is judged again.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my ($library) = glob '/usr/lib/*/faketime/libfaketime.so.1';
plan skip_all => 'NOT RUN: libfaketime is missing (package faketime)' unless $library;

my $iss = 'https://issuer.example/';
my $key = make_key('ES256', kid => 'k1');
my $ed = make_key('EdDSA');
my $hour = 3600;

my $node = new_node('main', start => 0, preload => 'shared');
my $clock = $node->basedir . '/clock';

# clock_at sets the server's clock that many seconds off the real one.
sub clock_at
{
	my ($seconds) = @_;
	open my $fh, '>', "$clock.new" or die "could not write $clock.new: $!\n";
	printf {$fh} "%+d\n", $seconds;
	close $fh or die "could not write $clock.new: $!\n";
	rename "$clock.new", $clock or die "could not rename: $!\n";
	return;
}

clock_at(0);
{
	local $ENV{LD_PRELOAD} = $library;
	local $ENV{FAKETIME_TIMESTAMP_FILE} = $clock;
	local $ENV{FAKETIME_NO_CACHE} = 1;
	local $ENV{FAKETIME_DONT_FAKE_MONOTONIC} = 1;
	$node->start;
}
create_extension($node);
$node->safe_psql('postgres',
	"create database keyed;
	insert into auth.issuers (issuer, jwks) values ('$iss', '${\ jwks($key)}')");
$node->safe_psql('keyed', 'create extension pg_session_jwt');

my $now = time;
my %claims = (sub => 'alice', nbf => $now - $hour, exp => $now + $hour);
my %session = (
	'registry' => SessionJwt::Session->new($node,
		token => $key->sign({ %claims, iss => $iss })),
	'connection key' => SessionJwt::Session->new($node, db => 'keyed', key => $ed,
		token => $ed->sign({ %claims, jti => 1 })),
);
my $expired = qr/^23514: Token used after it has expired$/m;
my $early = qr/^23514: Token used before it is ready$/m;
my @moves = (
	[ 0, 'alice' ], [ $hour - 30, 'alice' ], [ $hour + 30, 'alice' ],
	[ $hour + 90, $expired ], [ 0, 'alice' ],
	[ 24 * $hour, $expired ], [ -$hour + 30, 'alice' ],
	[ -$hour - 90, $early ], [ -24 * $hour, $early ],
	[ 365 * 24 * $hour, $expired ], [ 0, 'alice' ],
);
foreach my $move (@moves)
{
	my ($offset, $expected) = @$move;
	clock_at($offset);
	my $seen = $session{registry}->ok('select extract(epoch from clock_timestamp())::bigint');
	cmp_ok(abs($seen - time - $offset), '<', 30, "clock at $offset: the server sees it");
	foreach my $how (sort keys %session)
	{
		my $is = $session{$how}->outcome('select auth.user_id()');
		like($is, ref $expected ? $expected : qr/^\Q$expected\E$/, "clock at $offset: $how");
	}
}

# A new session, and a token that only the moved clock accepts.
clock_at(10 * $hour);
my $later = $key->sign({ iss => $iss, sub => 'bob', nbf => $now + 9 * $hour,
	exp => $now + 11 * $hour });
my $session = SessionJwt::Session->new($node, token => $later);
is($session->ok('select auth.user_id()'), 'bob', 'ten hours later: a later token');
clock_at(0);
like($session->error('select auth.user_id()'), $early, 'back again: it is not valid yet');
is($session{registry}->ok('select auth.user_id()'), 'alice', 'and the earlier one is');
$_->quit for $session, values %session;
# A statement's or a shutdown's time limits are none of this test's concern.
$node->stop('immediate');

done_testing();
