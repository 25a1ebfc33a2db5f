# A backend that sees thousands of tokens, users and rotations keeps bounded memory: what it
# remembers is limited (64 identities), and what is replaced is freed.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my @keys = map { make_key('EdDSA', kid => "k$_") } 1 .. 2;
my $rsa = make_key('RS256', kid => 'rsa');
my $iss = 'https://issuer.example/';

my $node = new_node('main');
create_extension($node);
$node->safe_psql('postgres',
	"insert into auth.issuers (issuer, jwks) values ('$iss', '${\ jwks($keys[0], $rsa)}')");

# Tokens of about 2 kB, so that 64 of them are a small part of what thousands would take.
my $filler = 'x' x 1000;
my @tokens = map { $keys[0]->sign({ iss => $iss, sub => "user$_", exp => time + 3600,
	o => { id => $filler } }) }
  1 .. 200;
my $expired = $keys[0]->sign({ iss => $iss, sub => 'late', exp => time - 3600, filler => $filler });
my $list = join ',', map { "'$_'" } @tokens;

# rss is the resident memory of a backend in kB without what it shares; contexts is what the
# server's own allocator holds for us.
sub rss
{
	my ($session) = @_;
	my $status = slurp_file('/proc/' . $session->{pid} . '/status');
	my ($rss) = $status =~ /^RssAnon:\s+(\d+) kB/m;
	return $rss;
}

sub contexts
{
	my ($session) = @_;
	# From 18 on the view names a context's ancestors in place of its parent.
	my $bytes = $session->ok($node->pg_version >= 18
		? "with c as materialized (select * from pg_backend_memory_contexts)
			select coalesce(sum(total_bytes), 0) from c
			where path @> (select path from c where name = 'pg_session_jwt identities')"
		: "select coalesce(sum(total_bytes), 0) from pg_backend_memory_contexts
			where 'pg_session_jwt identities' in (name, parent)");
	return $bytes / 1024;
}

# steady runs work a first time, to fill what is to be filled, and again; the second must not cost.
sub steady
{
	my ($session, $name, $work, $times) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$work->();
	my ($rss, $contexts) = (rss($session), contexts($session));
	$work->() for 1 .. $times;
	my ($grown, $grown_contexts) = (rss($session) - $rss, contexts($session) - $contexts);
	cmp_ok($grown, '<', 2048, "$name: resident memory grows by $grown kB");
	cmp_ok($grown_contexts, '<', 512, "$name: contexts grow by $grown_contexts kB");
	return;
}

SKIP:
{
	skip 'no /proc here', 1 unless -r '/proc/self/status';
	my $session = SessionJwt::Session->new($node);
	$session->{pid} = $session->pid;
	$session->ok("create temp table tokens as select token, n from unnest(array[$list]) with ordinality as t (token, n)");
	my $all_readers = join ', ', map { "count($_)" } @SessionJwt::Session::READERS;

	# One statement per token, as applications do it.
	my $switch = sub {
		$session->ok(join ";\n",
			map { "set pg_session_jwt.jwt = '$_'; select $all_readers" } @tokens);
	};
	steady($session, '200 users, one statement each', $switch, 10);
	cmp_ok(contexts($session), '<', 64 * 24, 'what is remembered is 64 identities');

	# All in one statement and one transaction: nothing can be freed before they end, and then is.
	steady($session, '200 users in one transaction', sub {
			$session->ok("do \$\$ declare t text; begin for t in select token from tokens loop
				perform auth.jwt_session_init(t, true); perform auth.user_id(), auth.jwt(); end loop; end \$\$");
		}, 15);

	steady($session, 'refusals', sub {
			$session->run(join ";\n",
				("set pg_session_jwt.jwt = '$expired'; select auth.user_id()") x 200);
			$session->ok('reset pg_session_jwt.jwt');
		}, 10);

	steady($session, 'malformed tokens', sub {
			$session->run(join ";\n", map {
				"set pg_session_jwt.jwt = '" . substr($_, 0, 900) . q('; select auth.user_id()) } @tokens);
			$session->ok('reset pg_session_jwt.jwt');
		}, 10);

	# Claims of many names: an identity keeps a bounded number of them.
	$session->ok("select auth.jwt_session_init('$tokens[0]')");
	steady($session, 'claims of any name', sub {
			$session->ok("select count(auth.claim('o', 'name' || n)), count(auth.claim_text('name' || n))
				from generate_series(1, 20000) as n");
		}, 4);

	# Rotations of the registry, each followed by a token of the new set.
	my @sets = (jwks($keys[0], $rsa), jwks(@keys, $rsa));
	my $admin = SessionJwt::Session->new($node);
	steady($session, 'rotations of the keys, in the session itself', sub {
			$session->ok("do \$\$ begin for i in 1 .. 250 loop
				update auth.issuers set jwks = case i % 2 when 0 then '$sets[0]'::jsonb else '$sets[1]' end;
				perform auth.user_id(); commit; end loop; end \$\$");
		}, 8);
	steady($session, 'rotations of the keys, by another session', sub {
			foreach my $turn (1 .. 60)
			{
				$admin->ok("update auth.issuers set jwks = '$sets[ $turn % 2 ]'");
				die 'wrong identity' unless $session->ok('select auth.user_id()') eq 'user1';
			}
		}, 4);
	$admin->quit;

	# Other issuers, and the churn of unsigned claims.
	steady($session, 'issuers that come and go', sub {
			$session->ok("do \$\$ begin for i in 1 .. 200 loop
				insert into auth.issuers (issuer, jwks) values ('https://i' || i,
					'$sets[0]'); end loop;
				delete from auth.issuers where issuer like 'https://i_%' and issuer <> '$iss'; end \$\$");
		}, 8);
	$session->quit;

	$node->safe_psql('postgres', 'delete from auth.issuers');
	my $claims = SessionJwt::Session->new($node);
	$claims->{pid} = $claims->pid;
	steady($claims, 'unsigned claims', sub {
			$claims->ok("do \$\$ begin for i in 1 .. 2000 loop
				perform set_config('request.jwt.claims',
					'{\"sub\":\"user' || i || '\",\"x\":\"$filler\"}', false);
				perform auth.user_id(), auth.jwt(); commit; end loop; end \$\$");
		}, 5);
	$claims->quit;
}

done_testing();
