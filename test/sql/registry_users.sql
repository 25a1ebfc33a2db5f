-- More users on one session than a backend remembers, in turns: each is who its token says, and a
-- value that was handed out stays what it was.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set mint :srcdir '/mint.sql'
\i :mint
\set ECHO all
create extension pg_session_jwt;
insert into auth.issuers (issuer, jwks, algorithms) values ('https://hmac.example/', :'jwks_hmac', '{HS256}');
create temporary table users as
select n, 'user' || n as name,
	pg_temp.mint(format('{"iss":"https://hmac.example/","sub":"user%s","exp":13000000000,"team":{"id":"team%s"},"scope":"s%s"}', n, n % 7, n)) as token
from generate_series(1, 200) as n;
\pset format unaligned
\pset tuples_only on

-- Within one statement, the identity changing from row to row; forwards, backwards, at random.
begin;
select count(*), count(*) filter (where id = name and team = 'team' || n % 7 and scope and not other and claims ->> 'sub' = name)
from (
	select n, name, set_config('pg_session_jwt.jwt', token, true), auth.user_id() as id, auth.claim_text('team', 'id') as team,
		auth.has_scope('s' || n) as scope, auth.has_scope('s0') as other, auth.session() as claims
	from (select * from users order by n) as u offset 0
) as seen;
select count(*) filter (where id = name) from (
	select name, set_config('pg_session_jwt.jwt', token, true), auth.user_id() as id from (select * from users order by n desc) as u offset 0
) as seen;
select count(*) filter (where id = name) from (
	select name, set_config('pg_session_jwt.jwt', token, true), auth.user_id() as id
	from (select users.* from users, generate_series(1, 5) as round order by md5(round::text || n)) as u offset 0
) as seen;
commit;
select auth.user_id() is null;

-- In a function's loop the same expressions are evaluated for one user after the other.
create function pg_temp.turns() returns text
language plpgsql as $$
declare
	u record;
	wrong integer := 0;
	held text;
	held_claim jsonb;
begin
	for u in select * from users order by n loop
		perform set_config('pg_session_jwt.jwt', u.token, true);
		if u.n = 1 then
			held := auth.user_id();
			held_claim := auth.claim('team');
		end if;
		if auth.user_id() <> u.name or auth.claim_text('sub') <> u.name or auth.claim('team') ->> 'id' <> 'team' || u.n % 7
			or auth.has_scope('s7') <> (u.n = 7) or auth.issuer() <> 'https://hmac.example/' then
			wrong := wrong + 1;
		end if;
	end loop;
	return wrong || ' wrong, held ' || held || ' ' || held_claim;
end
$$;
select pg_temp.turns();
select pg_temp.turns();

-- A cursor that was opened under one user and is read under others has each row's own.
begin;
declare reader cursor for select n, auth.user_id(), auth.claim_text('team', 'id') from generate_series(1, 3) as n;
select set_config('pg_session_jwt.jwt', token, true) is null from users where n = 10;
fetch reader;
select set_config('pg_session_jwt.jwt', token, true) is null from users where n = 11;
fetch reader;
select set_config('pg_session_jwt.jwt', '', true);
fetch reader;
commit;

-- A token that is refused in between leaves the others alone, in a block that catches it.
create function pg_temp.refused_between() returns text
language plpgsql as $$
declare seen text;
begin
	perform set_config('pg_session_jwt.jwt', (select token from users where n = 1), true);
	seen := auth.user_id();
	begin
		perform set_config('pg_session_jwt.jwt', (select token || 'A' from users where n = 2), true);
		seen := seen || ' ' || auth.user_id();
	exception when check_violation or datatype_mismatch then
		seen := seen || ' refused';
	end;
	return seen || ' ' || auth.user_id();
end
$$;
select pg_temp.refused_between();

-- The issuer's keys go: none of the users that are remembered gets through.
update auth.issuers set enabled = false;
select verdict, count(*) from (select split_part(pg_temp.verdict(token), e'\n', 1) as verdict from users) as v group by 1;
update auth.issuers set enabled = true;
select count(*) from users where pg_temp.verdict(token) = 'accepted: ' || name;

drop table users;
drop extension pg_session_jwt cascade;
