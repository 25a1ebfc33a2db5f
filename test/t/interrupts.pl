# Cancelled, timed out, terminated and failed in the middle, a reader leaves nothing half done: the
# next statement has the right identity, and nothing leaks or crashes.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use SessionJwt::Cluster qw(new_node create_extension);
use SessionJwt::Session;
use SessionJwt::Token qw(make_key jwks tamper);

my ($key, $other) = map { make_key('EdDSA', kid => $_) } qw(k1 k2);
my $iss = 'https://issuer.example/';
my %token = map { $_ => $key->sign({ iss => $iss, sub => $_, exp => time + 600 }) }
  qw(alice bob carol);
my $forged = tamper($token{alice});

my $node = new_node('main');
create_extension($node);
$node->safe_psql('postgres', <<"END");
insert into auth.issuers (issuer, jwks) values ('$iss', '${\ jwks($key)}');
create table todos (user_id text not null);
insert into todos select u from unnest('{alice,bob,carol}'::text[]) as u, generate_series(1, 1000);
alter table todos enable row level security;
create policy own on todos using (user_id = auth.user_id());
grant select on todos to authenticated;
END

my $admin = SessionJwt::Session->new($node);
my $rows = q(select string_agg(distinct user_id, ',') from todos);

# A reader that has to look at the registry again waits for whoever has it locked.
sub lock_registry
{
	$admin->ok("begin; lock table auth.issuers in access exclusive mode;
		update auth.issuers set comment = clock_timestamp()::text");
	return;
}

# touch_registry makes every session look again at its next statement.
sub touch_registry
{
	$admin->ok('update auth.issuers set comment = clock_timestamp()::text');
	return;
}

sub wait_until_blocked
{
	my ($pid) = @_;
	$node->poll_query_until('postgres',
		"select wait_event_type = 'Lock' from pg_stat_activity where pid = $pid")
	  or die 'not blocked';
	return;
}

foreach my $how ('timeout', 'cancel', 'lock_timeout', 'terminate')
{
	foreach my $presented ('before', 'meanwhile', 'forged')
	{
		my $session = SessionJwt::Session->new($node, role => 'authenticated',
			token => $token{alice});
		my $pid = $session->pid;
		is($session->ok($rows), 'alice', "$how, $presented: identity");
		touch_registry();
		lock_registry();
		# statement_timeout is for that one statement; SET takes no lock.
		$session->ok('set statement_timeout = 200') if $how eq 'timeout';
		$session->ok('set lock_timeout = 200') if $how eq 'lock_timeout';
		$session->ok("set pg_session_jwt.jwt = '$token{bob}'") if $presented eq 'meanwhile';
		$session->ok("set pg_session_jwt.jwt = '$forged'") if $presented eq 'forged';
		if ($how =~ /timeout/)
		{
			my $code = $how eq 'timeout' ? '57014' : '55P03';
			like($session->error($rows), qr/^$code: /,
				"$how, $presented: the reader is interrupted");
			like($session->error("select auth.jwt_session_init('$token{carol}')"), qr/^$code: /,
				"$how, $presented: so is jwt_session_init");
		}
		else
		{
			$session->{psql}->query_until(qr/^waits$/m, "\\echo waits\n$rows;\n");
			wait_until_blocked($pid);
			my $function = $how eq 'cancel' ? 'pg_cancel_backend' : 'pg_terminate_backend';
			$node->safe_psql('postgres', "select $function($pid)");
			if ($how eq 'terminate')
			{
				$admin->ok('rollback');
				ok($node->poll_query_until('postgres',
					"select count(*) = 0 from pg_stat_activity where pid = $pid"),
					"$how, $presented: the session ends");
				$session->{psql}{run}->finish;
				next;
			}
			my (undef, $err) = $session->run('\echo done');
			like($err, qr/57014: canceling statement/,
				"$how, $presented: the reader is interrupted");
		}
		$admin->ok('rollback');
		$session->ok('reset statement_timeout; reset lock_timeout');
		# What jwt_session_init set was undone with its statement.
		if ($presented eq 'forged')
		{
			like($session->error($rows), qr/^23514: invalid JWT signature/,
				"$how, $presented: is judged afterwards");
		}
		else
		{
			is($session->ok($rows), $presented eq 'before' ? 'alice' : 'bob',
				"$how, $presented: identity afterwards");
		}
		$session->ok("select auth.jwt_session_init('$token{carol}')");
		is($session->ok($rows), 'carol', "$how, $presented: the next one is taken");
		$session->quit;
	}
}

# Interrupted in mid-query, again and again, at moments that are never the same.
{
	my $session = SessionJwt::Session->new($node, role => 'authenticated');
	my @wrong;
	my $interrupted = 0;
	foreach my $turn (1 .. 60)
	{
		my $user = (sort keys %token)[ $turn % 3 ];
		touch_registry() if $turn % 5 == 0;
		my $timeout = 1 + $turn % 12;
		# One message is one transaction, so both settings end with it, whatever happens.
		my $error = $session->error("set local statement_timeout = $timeout \\;
			set local pg_session_jwt.jwt = '$token{$user}' \\;
			select count(auth.user_id()), count(auth.claim_text('n' || i)), count(auth.jwt())
			from generate_series(1, 20000) as i");
		$interrupted++ if $error =~ /^57014: /;
		push @wrong, "$turn: $error" if $error ne '' && $error !~ /^57014: /;
		# A timeout that strikes as a query ends is reported by the server with the next one.
		$session->run('select 1');
		$session->ok("set pg_session_jwt.jwt = '$token{$user}'");
		my $seen = $session->outcome($rows);
		push @wrong, "$turn: $seen" if $seen ne $user;
	}
	is_deeply(\@wrong, [], '60 queries with a timeout: nothing else happens');
	cmp_ok($interrupted, '>', 10, "and many are interrupted ($interrupted)");
	$session->quit;
}

# Refused and caught a thousand times in one transaction, while the registry changes under it.
{
	my $session = SessionJwt::Session->new($node, token => $token{alice});
	my $out = $session->ok("do \$\$ declare refused int = 0; begin for i in 1 .. 1000 loop
			begin
				perform set_config('pg_session_jwt.jwt',
					case i % 3 when 0 then '$forged' when 1 then 'junk'
					else '$token{bob}' end, true);
				if i % 7 = 0 then update auth.issuers set leeway = i % 60; end if;
				if i % 11 = 0 then update auth.issuers set jwks = '${\ jwks($other)}'; end if;
				perform auth.jwt(), auth.user_id() from generate_series(1, 3);
				raise exception using errcode = 'P1000';
			exception when check_violation or datatype_mismatch then refused = refused + 1;
				when sqlstate 'P1000' then null;
			end;
		end loop; perform set_config('test.refused', refused::text, false); end \$\$;
		select current_setting('test.refused')::int > 666, auth.user_id(), leeway from auth.issuers");
	is($out, 't|alice|60',
		'a thousand refusals caught: the identity and the registry are what they were');
	$session->quit;
}
$admin->quit;
$node->stop;
unlike(slurp_file($node->logfile), qr/leak|PANIC|terminated by signal|TRAP/,
	'nothing leaks, nothing crashes');

done_testing();
