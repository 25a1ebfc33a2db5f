-- Where trust comes from, in strict order: with one row in the registry neither a connection key nor
-- unsigned claims count, wherever the readers are called from.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set mint :srcdir '/mint.sql'
\i :mint
\set ECHO all
create extension pg_session_jwt;
create role regress_jwt_app;
\pset format unaligned
\pset tuples_only on
\pset null NULL

-- An empty registry: a token is "not configured", unsigned claims count.
set request.jwt.claims = '{"sub": "unsigned"}';
select auth.user_id();
set pg_session_jwt.jwt = :'tok_idp_alice';
select auth.user_id();
reset pg_session_jwt.jwt;
-- The first row puts an end to them at once; the last one's end brings them back.
begin;
insert into auth.issuers (issuer, jwks) values ('https://idp.example/', :'jwks_idp');
select auth.user_id(), auth.session(), auth.claim('sub'), auth.issuer();
set local pg_session_jwt.jwt = :'tok_idp_alice';
select auth.user_id();
rollback;
select auth.user_id();
-- A disabled row is a row; so is one without keys.
insert into auth.issuers (issuer, jwks, enabled) values ('https://idp.example/', :'jwks_idp', false);
select auth.user_id();
select pg_temp.verdict(:'tok_idp_alice');
update auth.issuers set jwks = null, enabled = true;
select auth.user_id();
select pg_temp.verdict(:'tok_idp_alice');
delete from auth.issuers;
select auth.user_id();

-- A connection with a key: its tokens, until there is a row.
\c -reuse-previous=on :conn_ed
set request.jwt.claims = '{"sub": "unsigned"}';
select auth.user_id();
select auth.jwt_session_init(:'tok_ed_alice_1');
select auth.user_id();
insert into auth.issuers (issuer, jwks, enabled) values ('https://idp.example/', :'jwks_idp', false);
select auth.user_id();
select auth.jwt_session_init(:'tok_ed_bob_2');
select auth.init();
update auth.issuers set enabled = true;
select auth.jwt_session_init(:'tok_idp_alice');
select auth.user_id();
delete from auth.issuers;
select auth.user_id();
select auth.jwt_session_init(:'tok_ed_bob_3');
select auth.user_id();
\c -reuse-previous=on "options=''"

-- One user of one provider is not the user of that name of another.
insert into auth.issuers (issuer, jwks) values ('https://idp.example/', :'jwks_idp'), ('https://other.example/', :'jwks_other');
set pg_session_jwt.jwt = :'tok_other_alice';
select auth.user_id(), auth.issuer();
set pg_session_jwt.jwt = :'tok_idp_alice';
select auth.user_id(), auth.issuer();
set pg_session_jwt.jwt = :'tok_other_idp_kid';
select auth.user_id();
set pg_session_jwt.jwt = :'tok_idp_alice';

-- Readers find the registry from everywhere: whatever the search_path holds, inside a function with
-- its definer's rights or settings, for a role that has no right to anything.
create schema decoy;
create table decoy.issuers (like auth.issuers);
insert into decoy.issuers (issuer, jwks, audience_claim, subject_claim, leeway, enabled)
values ('https://stranger.example/', :'jwks_idp', 'aud', '{sub}', 60, true);
set search_path = decoy;
select auth.user_id();
set search_path = '';
select auth.user_id();
set search_path = decoy;
set pg_session_jwt.jwt = :'tok_idp_iss_other';
select auth.user_id();
set pg_session_jwt.jwt = :'tok_idp_alice';
reset search_path;
drop table decoy.issuers;
drop schema decoy;

create function public.definer() returns text language sql stable security definer set search_path = '' as 'select auth.user_id()';
create function public.presents(token text) returns text language plpgsql security definer as
	$$ begin perform auth.jwt_session_init(token, true); return auth.user_id(); end $$;
create function public.within() returns text language sql stable set pg_session_jwt.jwt from current as 'select auth.user_id()';
create table public.secrets (owner text);
insert into public.secrets values ('alice'), ('bob');
alter table public.secrets enable row level security;
alter table public.secrets force row level security;
alter table public.secrets owner to regress_jwt_app;
create policy own on public.secrets using (owner = auth.user_id());
set role regress_jwt_app;
select auth.user_id(), public.definer(), public.within();
begin;
select public.presents(:'tok_idp_bob'), auth.user_id();
select auth.user_id();
commit;
select auth.user_id(), public.within();
-- The owner of a table that forces row-level security.
select * from public.secrets;
set pg_session_jwt.jwt = :'tok_idp_bob';
select * from public.secrets;
reset pg_session_jwt.jwt;
select count(*) from public.secrets;
select public.within();
reset role;

-- The registry's own table may force row-level security, and hide its rows from whom it likes: the
-- readers look past that.
alter table auth.issuers enable row level security;
alter table auth.issuers force row level security;
set role regress_jwt_app;
set pg_session_jwt.jwt = :'tok_idp_alice';
select auth.user_id();
reset role;
alter table auth.issuers no force row level security;
alter table auth.issuers disable row level security;
select auth.user_id();

-- Parallel workers verify for themselves and come to the same answer, a refusal included.
create table public.many (owner text) with (parallel_workers = 2);
insert into public.many select 'alice' from generate_series(1, 10000);
set parallel_setup_cost = 0;
set parallel_tuple_cost = 0;
set min_parallel_table_scan_size = 0;
set parallel_leader_participation = off;
explain (costs off) select count(*) from public.many where auth.user_id() = owner;
select count(*) from public.many where auth.user_id() = owner;
set request.jwt.claims = '{"sub": "unsigned"}';
set pg_session_jwt.jwt = :'tok_idp_tampered';
\set VERBOSITY terse
select count(*) from public.many where auth.user_id() = owner;
\set VERBOSITY default
reset pg_session_jwt.jwt;
select count(*) from public.many where auth.user_id() is not null;
-- Rows that this transaction has not committed are the workers' rows, too.
begin;
delete from auth.issuers where issuer = 'https://other.example/';
set local pg_session_jwt.jwt = :'tok_other_alice';
\set VERBOSITY terse
select count(*) from public.many where auth.user_id() = owner;
\set VERBOSITY default
rollback;
begin;
insert into auth.issuers (issuer, jwks, algorithms) values ('https://hmac.example/', :'jwks_hmac', '{HS256}');
set local pg_session_jwt.jwt = :'tok_hmac_alice';
select count(*) from public.many where auth.user_id() = owner;
rollback;

drop table public.many, public.secrets;
drop function public.definer(), public.presents(text), public.within();
drop extension pg_session_jwt cascade;
drop role regress_jwt_app;
