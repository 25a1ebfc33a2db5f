# What a role without rights tries, for test/t/privilege.pl. A try is [name, statement or statements,
# options]: says, what the server must answer; set, startup options, which end the connection where
# fatal is given; again, connect once more before looking.
package SessionJwt::Tries;

use strict;
use warnings;

use Exporter qw(import);

use SessionJwt::Token qw(jwks unsigned tamper replace_payload);

our @EXPORT_OK = qw(tries);

my $denied = qr/42501: /;
my $claims = '{"sub":"alice","iss":"https://issuer.example/"}';

sub tries
{
	my (%in) = @_;
	# Not a byte of its payload is in alice's.
	$in{forged} = $in{own_ed}->sign('{"iss":"https://issuer.example/", "sub":"alice"}');
	return (_startup(%in), _settings(%in), _role(), _shadow(%in), _definer(%in), _views(),
		_plans(%in), _watch(%in), _registry(%in), _functions(), _forged(%in));
}

sub _startup
{
	my (%in) = @_;
	my $jwk = $in{own_ed}->jwk_json(bare => 1);
	my $jwt = $in{own_ed}->sign({ sub => 'alice', jti => 1, exp => time + 600, iss => $in{iss} });
	my $look = 'select 1';
	return (
		[ 'startup: a key', $look, set => { 'pg_session_jwt.jwk' => $jwk } ],
		[ 'startup: a key and a token', $look,
			set => { 'pg_session_jwt.jwk' => $jwk, 'pg_session_jwt.jwt' => $jwt } ],
		[ 'startup: claims', $look, set => { 'request.jwt.claims' => $claims } ],
		[ 'startup: claims one by one', $look, set => { 'request.jwt.claim.sub' => 'alice' } ],
		[ 'startup: all of them', $look, set => { 'pg_session_jwt.jwk' => $jwk,
			'pg_session_jwt.jwt' => $jwt, 'request.jwt.claims' => $claims } ],
		[ 'startup: search_path', $look, set => { search_path => 'pg_temp,public' } ],
		[ 'startup: row_security', $look, set => { row_security => 'off' } ],
		[ 'startup: role', $look, set => { role => 'authenticated' }, fatal => 1 ],
		[ 'startup: session_authorization', $look,
			set => { session_authorization => 'authenticated' }, fatal => 1 ],
		[ 'startup: session_replication_role', $look,
			set => { session_replication_role => 'replica' }, fatal => 1 ],
		[ 'startup: session_preload_libraries', $look,
			set => { session_preload_libraries => 'pg_session_jwt' }, fatal => 1 ],
		[ 'startup: local_preload_libraries', $look,
			set => { local_preload_libraries => 'pg_session_jwt' }, fatal => 1 ],
		[ 'startup: dynamic_library_path', $look,
			set => { dynamic_library_path => '/tmp' }, fatal => 1 ],
		[ 'startup: log_statement', $look, set => { log_statement => 'all' }, fatal => 1 ],
	);
}

sub _settings
{
	my (%in) = @_;
	my $jwk = $in{own_ed}->jwk_json(bare => 1);
	my $jwt = $in{own_ed}->sign({ sub => 'mallory', jti => 1, exp => time + 600 });
	return (
		[ 'SET: key', "set pg_session_jwt.jwk = '$jwk'" ],
		[ 'SET: key, library loaded', [ 'select auth.user_id()', "set pg_session_jwt.jwk = '$jwk'",
			"set pg_session_jwt.jwt = '$jwt'" ], says => qr/55P02: / ],
		[ 'SET: claims', "set request.jwt.claims = '$claims'" ],
		[ 'SET LOCAL: claims', [ 'begin', "set local request.jwt.claims = '$claims'" ] ],
		[ 'SET: claim', "set request.jwt.claim.sub = 'alice'" ],
		[ 'set_config: claims', "select set_config('request.jwt.claims', '$claims', false)" ],
		[ 'set_config: token', "select set_config('pg_session_jwt.jwt', '$in{forged}', false)" ],
		[ 'function with SET: claims', [ "create function pg_temp.f() returns text language sql
			set request.jwt.claims = '$claims' as 'select auth.user_id()'",
			'select pg_temp.f()' ] ],
		[ 'UPDATE pg_settings', "update pg_settings set setting = '$claims'
			where name = 'request.jwt.claims'" ],
		[ 'SET: row_security', 'set row_security = off' ],
		[ 'SET: session_replication_role', 'set session_replication_role = replica',
			says => $denied ],
		[ 'SET: audit_log', [ 'select auth.user_id()', 'set pg_session_jwt.audit_log = off' ],
			says => $denied ],
		[ 'SET: max_token_size', [ 'select auth.user_id()',
			'set pg_session_jwt.max_token_size = 1048576' ], says => $denied ],
		[ 'SET: a setting of that prefix', [ 'select auth.user_id()',
			q(set pg_session_jwt.user_id = 'alice') ], says => qr/42602: / ],
		[ 'SET: fetch', [ 'select auth.user_id()', q(set pg_session_jwt."fetch" = 'any') ],
			says => qr/55P02: / ],
		[ 'SET: shared_cache', [ 'select auth.user_id()', 'set pg_session_jwt.shared_cache = 0' ],
			says => qr/55P02: / ],
		[ 'RESET ALL', 'reset all' ],
		[ 'DISCARD ALL', 'discard all' ],
		[ 'LOAD', q(load 'pg_session_jwt'), says => $denied ],
		[ 'ALTER SYSTEM', 'alter system set pg_session_jwt.audit_log = off', says => $denied ],
	);
}

sub _role
{
	return (
		[ 'SET ROLE', 'set role authenticated', says => $denied ],
		[ 'SET SESSION AUTHORIZATION', 'set session authorization authenticated',
			says => $denied ],
		[ 'GRANT a role', 'grant authenticated to guest', says => $denied ],
		[ 'GRANT a predefined role', 'grant pg_read_all_stats to guest', says => $denied ],
		[ 'ALTER ROLE: BYPASSRLS', 'alter role guest bypassrls', says => $denied ],
		[ 'ALTER ROLE: SUPERUSER', 'alter role guest superuser', says => $denied ],
		[ 'ALTER ROLE: claims', "alter role guest set request.jwt.claims = '$claims'", again => 1 ],
		[ 'ALTER ROLE: key', q(alter role guest set pg_session_jwt.jwk = '{}'), again => 1 ],
		[ 'ALTER ROLE: row_security', 'alter role guest set row_security = off', again => 1 ],
		[ 'ALTER ROLE: search_path', 'alter role guest set search_path = pg_temp', again => 1 ],
		[ 'ALTER ROLE: another one', "alter role authenticated set request.jwt.claims = '$claims'",
			says => $denied ],
		[ 'ALTER DATABASE', "alter database postgres set request.jwt.claims = '$claims'",
			says => qr/42501: / ],
		[ 'CREATE ROLE', 'create role more superuser', says => $denied ],
	);
}

# Objects that take the place of those the policy and the library use. The role has no schema but
# what is temporary, and may not even have that.
sub _shadow
{
	my (%in) = @_;
	my $set = jwks($in{own});
	my $table = "create temp table issuers (issuer text, jwks jsonb, audiences text[])";
	return (
		[ 'temporary table issuers', $table, says => $denied ],
		[ 'temporary table todos', "create temp table todos as select 'alice' as user_id",
			says => $denied ],
		[ 'function user_id in pg_temp', [ "create function pg_temp.user_id() returns text
			language sql as \$\$ select 'alice' \$\$", 'set search_path = pg_temp, auth, public',
			'select count(*) from todos' ] ],
		[ 'operator = in pg_temp', [ "create function pg_temp.eq(text, text) returns boolean
			language sql as 'select true'", 'create operator pg_temp.= (leftarg = text,
			rightarg = text, function = pg_temp.eq)', 'set search_path = pg_temp, pg_catalog, public',
			'select task from todos' ] ],
		[ 'domain text in pg_temp', [ 'create domain pg_temp.text as pg_catalog.int4',
			'set search_path = pg_temp, pg_catalog', 'select task from public.todos' ] ],
		[ 'function in public', "create function public.user_id() returns text language sql
			as \$\$ select 'alice' \$\$", says => $denied ],
		[ 'function in auth', "create function auth.user_id(text) returns text language sql
			as \$\$ select 'alice' \$\$", says => $denied ],
		[ 'replacing a function', "create or replace function auth.user_id() returns text
			language sql as \$\$ select 'alice' \$\$", says => $denied ],
		[ 'ALTER FUNCTION', 'alter function auth.user_id() rename to other',
			says => $denied ],
		[ 'CREATE SCHEMA', 'create schema guest', says => $denied ],
		[ 'empty search_path', q(set search_path = '') ],
		[ 'CREATE CAST', 'create cast (jsonb as text) without function', says => qr/42501: / ],
		[ 'C function', "create function pg_temp.f() returns text language c
			as 'pg_session_jwt', 'user_id_wrapper'", says => $denied ],
		[ 'internal function', "create function pg_temp.f() returns text language internal
			as 'current_user'", says => $denied ],
	);
}

sub _definer
{
	my (%in) = @_;
	return (
		[ 'SECURITY DEFINER: registry', [ "create function pg_temp.f() returns text language sql
			security definer as 'select comment from auth.issuers'", 'select pg_temp.f()' ],
			says => $denied ],
		[ 'SECURITY DEFINER: rows', [ "create function pg_temp.f() returns setof text language sql
			security definer as 'select task from public.todos'", 'select pg_temp.f()' ] ],
		[ 'SECURITY DEFINER: given away', [ "create function pg_temp.f() returns text language sql
			security definer as 'select auth.user_id()'",
			'alter function pg_temp.f() owner to authenticated' ], says => $denied ],
		[ 'SECURITY DEFINER: SET role', [ "create function pg_temp.f() returns text language sql
			security definer set role = authenticated as 'select auth.user_id()'",
			'select pg_temp.f()' ], says => qr/42501: / ],
		[ 'DO', 'do $$ begin perform * from auth.issuers; end $$', says => $denied ],
		[ 'DO: dynamic', q(do $$ begin execute 'set role authenticated'; end $$),
			says => $denied ],
	);
}

sub _views
{
	return (
		[ 'temporary view of the registry', [ 'create temp view v as select * from auth.issuers',
			'select * from v' ], says => $denied ],
		[ 'temporary view of the rows', [ 'create temp view v as select * from public.todos',
			'select * from v' ], says => $denied ],
		[ 'function that looks before the policy', [ "create function pg_temp.look(text)
			returns boolean language plpgsql cost 0.0001
			as \$\$ begin raise notice '%', \$1; return true; end \$\$",
			'select count(*) from public.todos where pg_temp.look(task)' ] ],
		[ 'error that tells a value', 'select count(*) from public.todos where task::int = 1' ],
		[ 'statistics', q(select most_common_vals, histogram_bounds from pg_stats
			where tablename = 'todos') ],
		[ 'statistics, the catalog', 'select * from pg_statistic', says => $denied ],
		[ 'policy', 'alter policy own on public.todos using (true)', says => $denied ],
		[ 'policy of its own', 'create policy more on public.todos using (true)',
			says => $denied ],
		[ 'row-level security off', 'alter table public.todos disable row level security',
			says => $denied ],
		[ 'COPY out', 'copy public.todos to stdout' ],
		[ 'COPY a query', 'copy (select * from public.todos) to stdout' ],
		[ 'COPY the registry', 'copy auth.issuers to stdout', says => $denied ],
		[ 'COPY into the registry', q(copy auth.issuers from program 'true'), says => $denied ],
		[ 'COPY to a program', q(copy public.todos to program 'cat'), says => $denied ],
		[ 'COPY to a file', q(copy public.todos to '/tmp/todos'), says => $denied ],
		[ 'TABLESAMPLE', 'select * from public.todos tablesample system (100)' ],
		[ 'ctid', q(select * from public.todos where ctid = '(0,1)') ],
		[ 'FOR UPDATE', 'select * from public.todos for update', says => $denied ],
		[ 'EXPLAIN ANALYZE', 'explain (analyze, verbose) select * from public.todos' ],
	);
}

sub _plans
{
	my (%in) = @_;
	my $forged = $in{own}->sign({ iss => $in{iss}, sub => 'alice', exp => time + 600 });
	return (
		[ 'prepared statement, then a token of its own', [
			'prepare p as select distinct task from public.todos', 'execute p',
			"select auth.jwt_session_init('$in{guests}')", 'execute p',
			'select auth.jwt_session_init($$' . $forged . '$$)', 'execute p',
			'reset pg_session_jwt.jwt' ] ],
		[ 'generic plan', [ 'set plan_cache_mode = force_generic_plan',
			'prepare p as select distinct task from public.todos', 'execute p', 'execute p' ] ],
		[ 'cursor with hold', [ 'begin', 'declare c cursor with hold for select task from public.todos',
			'commit', 'fetch all c' ] ],
		[ 'savepoint', [ 'begin', "select auth.jwt_session_init('$in{guests}')", 'savepoint s',
			"set local pg_session_jwt.jwt = '$forged'", 'rollback to s',
			'select distinct task from public.todos', 'rollback' ] ],
		[ 'token of its own, other claims', [ "select auth.jwt_session_init('$in{guests}')",
			"set request.jwt.claims = '$claims'", 'select distinct task from public.todos' ] ],
		[ 'snapshot', [ 'begin', 'select pg_export_snapshot()', 'rollback' ] ],
		[ 'LISTEN', [ 'listen auth', 'listen issuers', 'select 1' ] ],
	);
}

# What other sessions do, and what the server keeps.
sub _watch
{
	my (%in) = @_;
	return (
		[ 'pg_stat_activity', 'select * from pg_stat_activity' ],
		[ 'statement of a backend', "select pg_stat_get_backend_activity(b)
			from pg_stat_get_backend_idset() as b" ],
		[ 'pg_settings', q(select name, setting, reset_val, boot_val from pg_settings
			where name like '%jw%') ],
		[ 'SHOW', [ 'select auth.user_id()', 'show pg_session_jwt.jwt', 'show all' ] ],
		[ 'current_setting', q(select current_setting('pg_session_jwt.jwt', true)) ],
		[ 'pg_prepared_statements', 'select * from pg_prepared_statements' ],
		[ 'pg_cursors', 'select * from pg_cursors' ],
		[ 'memory contexts', 'select * from pg_backend_memory_contexts', says => $denied ],
		[ 'memory contexts to the log', "select pg_log_backend_memory_contexts($in{pid})",
			says => $denied ],
		[ 'shared memory', 'select * from pg_shmem_allocations', says => $denied ],
		[ 'file of the server', q(select pg_read_file('postgresql.conf')), says => $denied ],
		[ 'file of the server, bytes', q(select pg_read_binary_file('base')), says => $denied ],
		[ 'log folder', 'select * from pg_ls_logdir()', says => $denied ],
		[ 'log file', 'select pg_current_logfile()', says => $denied ],
		[ 'data folder', q(select * from pg_ls_dir('.')), says => $denied ],
		[ 'configuration file', 'select * from pg_file_settings', says => $denied ],
		[ 'large object of a file', q(select lo_import('/etc/passwd')), says => $denied ],
		[ 'end of a backend', "select pg_terminate_backend($in{pid})", says => $denied ],
		[ 'cancel of a backend', "select pg_cancel_backend($in{pid})", says => $denied ],
		[ 'configuration read anew', 'select pg_reload_conf()', says => $denied ],
		[ 'settings of roles', 'select * from pg_db_role_setting' ],
		[ 'passwords', 'select * from pg_authid', says => $denied ],
		[ 'locks', 'select * from pg_locks' ],
		[ 'replication', q(select pg_create_logical_replication_slot('s', 'test_decoding')),
			says => $denied ],
		[ 'foreign server', 'create extension postgres_fdw', says => $denied ],
	);
}

sub _registry
{
	my (%in) = @_;
	my $set = jwks($in{own});
	my @denied = (
		'select * from TABLE', 'select count(*) from TABLE', 'select from TABLE for update',
		"insert into TABLE (issuer) values ('$in{iss}x')", 'delete from TABLE', 'truncate TABLE',
		"update TABLE set issuer = '$in{iss}'", 'begin; lock table TABLE', 'drop table TABLE',
		'alter table TABLE disable trigger all', 'alter table TABLE rename to other',
		'alter table TABLE owner to guest', 'analyze TABLE', 'cluster TABLE',
		'grant select on TABLE to guest', 'comment on table TABLE is $$mine$$',
		'create rule r as on insert to TABLE do instead nothing',
		'create trigger t before insert on TABLE for each row execute function
			suppress_redundant_updates_trigger()',
		'create index on TABLE (issuer)', 'create statistics on issuer, ctid from TABLE',
	);
	my @tries;
	foreach my $table ('auth.issuers', 'auth.issuer_fetches')
	{
		# ANALYZE skips with a warning what it has no right to.
		push @tries, map { my $sql = $_ =~ s/TABLE/$table/r; my $name = $sql =~ s/\s+/ /gr;
			[ "registry: $name", $sql,
				says => $_ =~ /^analyze|^create statistics/ ? qr/WARNING|ERROR/ : $denied ] } @denied;
	}
	return (
		@tries,
		[ 'registry: keys by UPDATE',
			"update auth.issuers set jwks = '$set' where issuer = '$in{iss}'", says => $denied ],
		[ 'registry: keys by MERGE', "merge into auth.issuers using (values (1)) as v on true
			when matched then update set jwks = '$set'", says => $denied ],
		[ 'registry: view of keys', 'select * from auth.issuer_keys', says => $denied ],
		[ 'registry: view of keys, written', "insert into auth.issuer_keys (issuer) values ('x')",
			says => qr/(?:55000|42501): / ],
		[ 'registry: view of states', 'select count(*) from auth.issuer_status', says => qr/^0$/m ],
		[ 'registry: sequences', "select count(*) from pg_class where relkind = 'S'
			and relnamespace = (select oid from pg_namespace where nspname = 'auth')", says => qr/^0$/m ],
		[ 'registry: inherited', 'create temp table t () inherits (auth.issuers)', says => $denied ],
		[ 'registry: foreign key', 'create temp table t (i text references auth.issuers)',
			says => $denied ],
		[ 'registry: toast table', q(do $$ begin execute (select 'select * from ' ||
			reltoastrelid::regclass from pg_class where oid = 'auth.issuers'::regclass); end $$),
			says => $denied ],
		[ 'registry: constraint tells', "insert into auth.issuers (issuer) values ('$in{iss}')",
			says => $denied ],
		[ 'extension: drop', 'drop extension pg_session_jwt cascade', says => qr/42501: / ],
		[ 'extension: update', q(alter extension pg_session_jwt update to '0.5.0'),
			says => qr/42501: / ],
		[ 'extension: schema', 'drop schema auth cascade', says => $denied ],
	);
}

sub _functions
{
	return (
		[ 'function: stats', 'select * from auth.stats()', says => $denied ],
		[ 'function: build_info', 'select * from auth.build_info()' ],
		[ 'function: issuers_changed', 'select auth.issuers_changed()', says => qr/ERROR/ ],
		[ 'function: issuer_fetches_changed', 'select auth.issuer_fetches_changed()',
			says => qr/ERROR/ ],
		[ 'function: refresh_issuer', q(select auth.refresh_issuer('https://issuer.example/')),
			says => qr/ERROR/ ],
		[ 'function: create_app_roles', 'select auth.create_app_roles()', says => $denied ],
		[ 'function: create_app_roles, auth', q(select auth.create_app_roles('auth')),
			says => qr/22023: / ],
		[ 'function: init', 'select auth.init()' ],
		[ 'function: claim', q(select auth.claim('sub'), auth.claim_text('sub'), auth.claim()) ],
		[ 'function: jwt, session', 'select auth.jwt(), auth.session()' ],
	);
}

# Alice's own token in other shapes, and tokens in her name.
sub _forged
{
	my (%in) = @_;
	my %claims = (iss => $in{iss}, sub => 'alice', exp => time + 600);
	my %token = (
		'signed by a key of its own' => $in{own}->sign(\%claims),
		'signed with Ed25519' => $in{own_ed}->sign(\%claims),
		'unsigned' => unsigned(\%claims),
		'another signature' => tamper($in{token}),
		'another header' => tamper($in{token}, part => 0),
		'another payload' => replace_payload($in{guests}, \%claims),
		'its own payload, her signature' => replace_payload($in{token}, { %claims, sub => 'guest' }),
		'without a signature' => $in{token} =~ s/[^.]*$//r,
		'her payload alone' => (split /\./, $in{token})[1],
		'with a space' => "$in{token} ",
	);
	return map { [ "token: $_", "select auth.jwt_session_init('$token{$_}')",
			says => qr/(?:23514|42804): / ] } sort keys %token;
}

1;
