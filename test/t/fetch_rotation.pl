# Rotation under load: while a provider rotates its keys twenty times with overlap, clients verify
# tokens in old and new sessions. No valid token is refused, no token of a removed key is accepted
# once the change is committed, and a rotation costs at most one fetch.
use strict;
use warnings;

use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

use SessionJwt::Cluster qw(new_node create_extension);
use SessionJwt::HttpServer;
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my $rotations = 20;
my $iss = 'https://issuer.example/';
my @key = map { make_key('EdDSA', kid => "k$_") } 0 .. $rotations;
my @token = map { $_->sign({ iss => $iss, sub => "of $_->{kid}", exp => time + 3600 }) } @key;
my $server = SessionJwt::HttpServer->new;
my $node = new_node('main', preload => 'shared', conf => [ 'pg_session_jwt.fetch = any', 'max_connections = 60' ]);
create_extension($node);
$server->route('/keys', body => jwks($key[0]));
$node->safe_psql('postgres', "insert into auth.issuers (issuer, jwks_uri) values ('$iss', '${\ $server->url('/keys') }');
	create table tokens (n int primary key, token text);
	insert into tokens values " . join(', ', map { "($_, '$token[$_]')" } 0 .. $#token) . ";
	create table current (n int); insert into current values (0);
	create table refusals (at timestamptz default clock_timestamp(), n int, message text, hint text);
	create table accepted (n bigint); create sequence reads;
	grant all on tokens, current, refusals to public; grant usage on reads to public;
	create function read_once() returns void language plpgsql as \$\$
	declare
		wanted current.n%type;
		hint_text text;
	begin
		select n into wanted from current;
		begin
			perform auth.jwt_session_init((select token from tokens where n = wanted));
			if auth.user_id() is distinct from 'of k' || wanted then
				raise exception 'another user';
			end if;
			perform nextval('reads');
		exception when others then
			get stacked diagnostics hint_text = pg_exception_hint;
			insert into refusals (n, message, hint) values (wanted, sqlerrm, hint_text);
		end;
	end \$\$");
$node->poll_query_until('postgres', 'select key_count = 1 from auth.issuer_status') or die "not fetched\n";

append_to_file($node->basedir . '/read.sql', "select read_once();\n");
my @clients = map {
	my ($out, $err) = ('', '');
	IPC::Run::start([ 'pgbench', '-n', '-T', 60, '-c', $_->[0], @{ $_->[1] }, '-f', $node->basedir . '/read.sql',
		$node->connstr('postgres') ], '>', \$out, '2>', \$err)
} [ 4, [] ], [ 2, ['-C'] ];
my @session = map { SessionJwt::Session->new($node, role => 'authenticated') } 1 .. 2;

my (@late, @extra);
my $before = $server->requests('/keys');
foreach my $i (1 .. $rotations)
{
	# What is 30 seconds of a provider's day.
	$node->safe_psql('postgres', "update auth.issuer_fetches set attempted_at = attempted_at - interval '31 seconds'");
	# The provider publishes the new key beside the two before it, and then signs with it.
	my @published = ($i > 1 ? $i - 2 : 0) .. $i;
	$server->route('/keys', body => jwks(@key[@published]));
	$node->safe_psql('postgres', "update current set n = $i");
	my $kids = join ',', map { "k$_" } @published;
	$node->poll_query_until('postgres', "select string_agg(kid, ',' order by position) = '$kids' from auth.issuer_keys")
	  or die "rotation $i was not noticed\n";
	# One session keeps a token whose key the set that was just committed has no more.
	if ($i > 2)
	{
		my $error = $session[0]->error('select auth.user_id()');
		push @late, "$i, open session: $error" unless $error =~ /^23514: JWT names a key/;
		$error = $session[1]->error("select auth.jwt_session_init('$token[$i - 3]')");
		push @late, "$i, new token: $error" unless $error =~ /^23514: JWT names a key/;
	}
	$session[0]->ok("select auth.jwt_session_init('$token[$i - 2]')") if $i > 1;
	my $requests = $server->requests('/keys');
	push @extra, "$i: " . ($requests - $before) if $requests - $before > 1;
	$before = $requests;
	sleep 0.1;
}
$_->signal('INT') foreach @clients;
foreach my $client (@clients) { eval { $client->finish }; }

is_deeply(\@late, [], 'no token of a removed key is accepted');
is_deeply(\@extra, [], 'at most one fetch for each rotation');
is($server->requests('/keys'), $rotations + 1, 'and as many in all');
is($node->safe_psql('postgres', 'select n, message, hint, count(*) from refusals group by 1, 2, 3'), '',
	'no valid token is refused');
my $reads = $node->safe_psql('postgres', 'select last_value from reads');
cmp_ok($reads, '>', 50 * $rotations, "many tokens were verified ($reads)");
my $changes = () = slurp_file($node->logfile) =~ /LOG:  keys of issuer "\Q$iss\E" have changed$/mg;
is($changes, $rotations + 1, 'one line in the log for each rotation');
# The clients were interrupted, whatever they were waiting for.
unlike(slurp_file($node->logfile),
	qr/PANIC|FATAL:(?!  (?:terminating|connection to client lost))|could not fetch/, 'nothing else');

$node->stop;
done_testing();
