# What a role can reach that has nothing but CONNECT, and SELECT on a table whose policy shows it
# nobody's rows. It tries to become another user, to see another user's token, and to change what
# tokens are judged by; each try is a line of the output, and each happens in a session of its own.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension pieces_in);
use SessionJwt::Session;
use SessionJwt::Tries qw(tries);
use SessionJwt::Token qw(make_key jwks);

my $iss = 'https://issuer.example/';
my $provider = make_key('RS256', kid => 'p1');
my $own = make_key('RS256', kid => 'p1', fresh => 1);
my $own_ed = make_key('EdDSA');
my $token = $provider->sign({ iss => $iss, sub => 'alice', exp => time + 3600 });
my $guests = $provider->sign({ iss => $iss, sub => 'guest', exp => time + 3600 });

my $node = new_node('main');
create_extension($node);
$node->safe_psql('postgres', <<"END");
create role guest login;
revoke all on database postgres from public;
grant connect on database postgres to guest, authenticated;
create table public.todos (user_id text not null, task text not null);
insert into todos select 'alice', 'row-of-alice' from generate_series(1, 50);
insert into todos values ('guest', 'row-of-guest');
alter table todos enable row level security;
create policy own on todos using (user_id = auth.user_id());
grant select on todos to guest, authenticated;
analyze todos;
insert into auth.issuers (issuer, jwks, comment) values ('$iss', '${\ jwks($provider)}',
	'registry-row');
END

# Alice works all the while, and her token is in her backend's last statement.
my $alice = SessionJwt::Session->new($node, role => 'authenticated', token => $token);
is($alice->ok('select distinct task from todos'), 'row-of-alice', 'control: alice sees her rows');
$alice->ok("select auth.jwt_session_init('$token')");
my $alice_pid = $node->safe_psql('postgres',
	"select pid from pg_stat_activity where usename = 'authenticated'");

# stolen returns what a session got hold of, given all that it was shown.
sub stolen
{
	my ($session, $shown) = @_;
	my @stolen;
	my @probe = map { $session->outcome($_) } 'select auth.user_id()',
	  "select auth.session()->>'sub'", 'select string_agg(distinct task, chr(32)) from public.todos',
	  "select string_agg(distinct task, chr(32)) from public.todos where auth.user_id() is not null";
	my $all = join "\n", $shown, @probe;
	push @stolen, 'an identity' if grep { /^alice$/ } @probe;
	push @stolen, 'a row' if $all =~ /row-of-alice/;
	push @stolen, 'a piece of a token' if pieces_in($all, $token);
	push @stolen, 'a row of the registry' if $all =~ /registry-row/;
	return join ', ', @stolen;
}

# The probe finds what it is made to find.
my $control = SessionJwt::Session->new($node, role => 'authenticated', token => $token);
is(stolen($control, "$token registry-row"),
	'an identity, a row, a piece of a token, a row of the registry', 'control: the probe finds all');
$control->quit;
$control = SessionJwt::Session->new($node, role => 'guest', token => $guests);
is($control->ok('select task from todos'), 'row-of-guest', 'control: a guest sees rows of its own');
is(stolen($control, ''), '', 'control: and no others');
$control->quit;

# shown runs statements in a session and returns all that it is shown, outcomes by line.
sub shown
{
	my ($session, @statements) = @_;
	return join "\n", map { my ($out, $err) = $session->run($_); "$out\n$err" } @statements;
}

my $registry = 'select md5(string_agg(i::text, chr(10) order by issuer)) from auth.issuers as i';
my $before = $node->safe_psql('postgres', $registry);

my @tries = tries(token => $token, guests => $guests, iss => $iss, pid => $alice_pid,
	own => $own, own_ed => $own_ed);
foreach my $try (@tries)
{
	my ($name, $statements, %opt) = @$try;
	my @statements = ref $statements ? @$statements : $statements;
	my $shown = '';
	my $as = sub {
		return eval { SessionJwt::Session->new($node, role => 'guest', set => $opt{set}) };
	};
	my $session = $as->();
	if (!$session)
	{
		# A startup option that ends the connection: nothing was gained.
		ok($opt{fatal}, "$name: connection refused");
		next;
	}
	$shown = shown($session, @statements);
	if ($opt{again})
	{
		$session->quit;
		$session = $as->();
	}
	my $stolen = $session ? stolen($session, $shown) : '';
	my $as_told = !$opt{says} || $shown =~ $opt{says};
	ok($stolen eq '' && $as_told, $name) or diag("stolen: $stolen\nshown: " . substr $shown, 0, 1000);
	$node->safe_psql('postgres', "alter role guest reset all") if $opt{again};
	$session->quit if $session;
}
cmp_ok(scalar @tries, '>=', 100, 'number of tries: ' . @tries);

is($node->safe_psql('postgres', $registry), $before, 'the registry is as it was');
is($node->safe_psql('postgres', <<'END'), 'f|f|f|f', 'the role is what it was');
select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = 'guest'
END
is($alice->ok('select distinct task from todos'), 'row-of-alice', 'alice still sees her rows');
$alice->quit;

done_testing();
