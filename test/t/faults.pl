# A bad day: no memory, no disk, a clock that jumps, statements that end in the middle of any
# function. Nobody gets another identity by it, and what can work again does.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension sql);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks);

my $iss = 'https://issuer.example/';
my $key = make_key('ES256', kid => 'k1');
my $claims = sub { return { iss => $iss, sub => $_[0], exp => time + 3600, @_[1 .. $#_] } };
my $alice = $key->sign($claims->('alice'));

my $node = new_node('main', preload => 'shared',
	conf => [ 'pg_session_jwt.max_token_size = 1MB', 'pg_session_jwt.fetch = off' ]);
create_extension($node);
$node->safe_psql('postgres', <<"END");
insert into auth.issuers (issuer, jwks) values ('$iss', '${\ jwks($key)}');
create table todos (user_id text not null);
insert into todos values ('alice'), ('bob');
alter table todos enable row level security;
create policy own on todos using (user_id = auth.user_id());
grant select on todos to authenticated;
END
my $registry = 'select md5(string_agg(i::text, chr(10) order by issuer)) from auth.issuers as i';
my $intact = $node->safe_psql('postgres', $registry);

# limit sets a resource limit of a running backend.
sub limit
{
	my ($pid, $what) = @_;
	system('prlimit', '--pid', $pid, $what) == 0 or die "prlimit failed\n";
	return;
}

sub address_space
{
	my ($pid) = @_;
	slurp_file("/proc/$pid/status") =~ /^VmSize:\s+(\d+) kB/m or die "no VmSize\n";
	return $1 * 1024;
}

# Memory: what the backend may take beyond what it has grows from nothing in steps. A token of
# almost a megabyte needs some.
sub lack_of_memory
{
	my ($name, %opt) = @_;
	my $big = $key->sign($claims->('bob', filler => 'x' x 500_000));
	my $session = SessionJwt::Session->new($node, role => 'authenticated',
		$opt{warm} ? (token => $alice) : ());
	my $pid = $session->pid;
	my ($failed, $worked, @wrong) = (0, 0);
	foreach my $step (0 .. 60)
	{
		$session->run("reset pg_session_jwt.jwt");
		limit($pid, '--as=' . (address_space($pid) + $step * 100 * 1024) . ':unlimited');
		my $token = $step % 2 ? $big : $alice;
		my $set = $session->error("select auth.jwt_session_init('$token')");
		my $rows = $session->outcome('select string_agg(user_id, chr(32)) from todos');
		my $expected = $step % 2 ? 'bob' : 'alice';
		limit($pid, '--as=unlimited:unlimited');
		if ($set eq '' && $rows eq $expected) { $worked++; }
		elsif (($set eq '' ? $rows : $set) =~ /^53200: / ||
			($set =~ /^53200: / && $rows =~ /^(?:NULL|53200: )/)) { $failed++; }
		else { push @wrong, "step $step: $set / $rows"; }
	}
	is_deeply(\@wrong, [], "$name: out of memory, or the right rows");
	cmp_ok($failed, '>', 0, "$name: memory ran out $failed times");
	cmp_ok($worked, '>', 0, "$name: and was enough $worked times");
	is($session->pid, $pid, "$name: the backend is still there");
	is($session->outcome("select from auth.jwt_session_init('$big')"), 'NULL',
		"$name: with memory the large token is taken");
	is($session->ok('select user_id from todos'), 'bob', "$name: and shows its rows");
	$session->quit;
	return;
}
SKIP:
{
	skip 'NOT RUN: no prlimit on this system', 12 if system('prlimit --version >/dev/null 2>&1') != 0;
	lack_of_memory('backend with a token', warm => 1);
	lack_of_memory('new backend');
}

# Time runs out in every function of the schema, whatever its arguments.
my %argument = (text => "'sub'", boolean => 'true', jsonb => "'${\ jwks($key)}'::jsonb",
	'text[]' => "'{ES256}'::text[]", name => "'public'::name");
my @functions = split /\n/, $node->safe_psql('postgres', <<'END');
select proname || '|' || provariadic::regtype || '|'
	|| (select coalesce(string_agg(format_type(t, null), ',' order by n), '') from unnest(proargtypes)
		with ordinality as a (t, n))
from pg_proc where pronamespace = (select oid from pg_namespace where nspname = 'auth')
	and prorettype <> 'trigger'::regtype order by 1
END
cmp_ok(scalar @functions, '>=', 18, 'functions of the schema: ' . @functions);
my $session = SessionJwt::Session->new($node, token => $alice);
$session->ok('set synchronous_commit = off');
foreach my $line (@functions)
{
	my ($name, $variadic, $types) = split /\|/, $line;
	my @arguments = $name eq 'jwt_session_init'
	  ? ("'$alice'", $types =~ /boolean/ ? 'false' : ())
	  : $name eq 'refresh_issuer' ? "'$iss'"
	  : $variadic ne '-' ? "'sub'" : map { $argument{$_} } split /,/, $types;
	my $call = "auth.$name(" . join(', ', @arguments) . ')';
	# Each call depends on its row, so that none is made but once.
	my $endless = "do \$\$ begin loop perform $call; end loop; end \$\$";
	my ($timed_out, @other) = (0);
	foreach my $milliseconds (1, 3, 10, 30)
	{
		my $error = $session->error(
			"set statement_timeout = $milliseconds;\n$endless;\nreset statement_timeout");
		if ($error =~ /^57014: /) { $timed_out++; } else { push @other, $error; }
		$session->run('reset statement_timeout');
	}
	# refresh_issuer says that nothing is fetched here, mostly before time runs out (fetch_life.pl has
	# it wait until then).
	if ($name eq 'refresh_issuer')
	{
		is_deeply([ grep { !/^55000: the keys of issuer "[^"]+" are not fetched/ } @other ], [],
			"$name: says that nothing is fetched, or times out");
	}
	else
	{
		is_deeply([ $timed_out, @other ], [4], "$name($types): times out");
	}
	is($session->outcome('select auth.user_id()'), 'alice', "$name: the identity is what it was");
}
my $error = $session->error("set statement_timeout = 20;\ninsert into auth.issuers (issuer, jwks)
	select 'https://' || n, '${\ jwks($key)}' from generate_series(1, 10000000) as n");
like($error, qr/^57014: /, 'issuers_changed: times out');
$session->run('reset statement_timeout');
is($session->ok($registry), $intact, 'issuers_changed: the registry is what it was');
is($session->ok('select auth.user_id()'), 'alice', 'issuers_changed: so is the identity');

# Cancelled by somebody else, at no particular moment of a statement that has begun: before that a
# cancel is lost, and the statement has no end.
my $pid = $session->pid;
my $begun = "do \$\$ begin while not exists (select from pg_stat_activity where pid = $pid
	and state = 'active') loop perform pg_stat_clear_snapshot(); end loop; end \$\$";
my $cancelled = 0;
foreach my $round (1 .. 30)
{
	my $job = IPC::Run::start([ $node->installed_command('psql'), '-XAtd',
			$node->connstr('postgres'), '-c', $begun, '-c',
			"select pg_sleep(0.0${\ ($round % 10)}), pg_cancel_backend($pid)" ]);
	my $outcome = $session->outcome("do \$\$ begin loop
		perform auth.jwt_session_init('$alice'); perform auth.user_id(); end loop; end \$\$");
	$job->finish;
	$cancelled++ if $outcome =~ /^57014: /;
	last unless $session->outcome('select auth.user_id()') eq 'alice';
}
is($cancelled, 30, 'cancelled 30 times, and the identity is right each time');

# Disk: writing beyond 16 MB fails as on a full disk.
SKIP:
{
	skip 'NOT RUN: no prlimit on this system', 5 if system('prlimit --version >/dev/null 2>&1') != 0;
	limit($pid, '--fsize=16777216:unlimited');
	my $filler = "(select string_agg(md5(random()::text), '')
		from generate_series(1, 30000) where n > 0)";
	$error = $session->error("insert into auth.issuers (issuer, jwks, comment)
		select 'https://full-' || n, '${\ jwks($key)}', $filler from generate_series(1, 40) as n");
	like($error, qr/^(?:53100|XX000|58030): could not (?:extend|write)/,
		'full disk: the registry is not written');
	is($session->ok($registry), $intact, 'full disk: and is what it was');
	is($session->ok('select auth.user_id()'), 'alice', 'full disk: identities are read');
	limit($pid, '--fsize=unlimited:unlimited');
	is($session->error("insert into auth.issuers (issuer, jwks) values ('https://again/',
		'${\ jwks($key)}')"), '', 'disk with room: the registry is written');
	is($session->error("delete from auth.issuers where issuer = 'https://again/'"), '',
		'disk with room: and written again');
}
$session->quit;

# The memory that backends share is full: tokens are verified all the same.
$node->append_conf('postgresql.conf', "pg_session_jwt.shared_cache = 1kB\n");
$node->restart;
my (%seen, @wrong);
foreach my $number (1 .. 300)
{
	my $who = "user-$number";
	$seen{$who} = $key->sign($claims->($who));
}
foreach my $round (1, 2)
{
	my $many = SessionJwt::Session->new($node);
	foreach my $who (sort keys %seen)
	{
		$many->run("set pg_session_jwt.jwt = '$seen{$who}'");
		my $is = $many->outcome('select auth.user_id()');
		push @wrong, "$who is $is" if $is ne $who;
	}
	$many->quit;
}
is_deeply(\@wrong, [], 'full shared memory: 600 reads by 300 users');
is($node->safe_psql('postgres', $registry), $intact, 'the registry is intact');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC:/, 'no backend has crashed');

done_testing();
