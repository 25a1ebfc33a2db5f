-- auth.create_app_roles: the guide's step 4 as one call.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set mint :srcdir '/mint.sql'
\i :mint
\set ECHO all
create extension pg_session_jwt;
insert into auth.issuers (issuer, jwks) values ('https://idp.example/', :'jwks_idp');
create role regress_jwt_plain;
create role regress_jwt_maker createrole;
create schema app_data;
create table app_data.before (id integer);
create table app_data."Odd Name" (id integer);
\pset format unaligned
\set SHOW_CONTEXT never
\pset tuples_only on
-- What each of the two roles may do with a table: select, insert, update, delete, truncate.
create function pg_temp.rights(place text) returns text
language sql as $$
	select string_agg(r || ' ' || (select string_agg(case when has_table_privilege(r, place, p) then 't' else 'f' end, '' order by at)
		from unnest(array['select', 'insert', 'update', 'delete', 'truncate']) with ordinality as t (p, at)), ', ' order by r)
	from unnest(array['anonymous', 'authenticated']) as r
$$;

-- The roles are made, cannot log in, and are subject to row-level security.
select auth.create_app_roles('app_data');
select rolname, rolcanlogin, rolinherit, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls
from pg_roles where rolname in ('authenticated', 'anonymous') order by rolname;
-- Tables that were there, tables to come, the schema; nothing elsewhere, the registry least of all.
select pg_temp.rights('app_data.before'), pg_temp.rights('app_data."Odd Name"');
create table app_data.after (id integer);
select pg_temp.rights('app_data.after');
create table public.elsewhere (id integer);
select pg_temp.rights('public.elsewhere'), pg_temp.rights('auth.issuers');
drop table public.elsewhere;
select has_schema_privilege('authenticated', 'app_data', 'usage'), has_schema_privilege('anonymous', 'app_data', 'create');

-- Twice is once; a role that may log in keeps that.
alter role authenticated login;
select auth.create_app_roles('app_data');
select rolname, rolcanlogin from pg_roles where rolname in ('authenticated', 'anonymous') order by rolname;
alter role authenticated nologin;
-- Tables made by somebody else in the meantime come in with the second call.
grant create on schema app_data to regress_jwt_plain;
set role regress_jwt_plain;
create table app_data.foreign_one (id integer);
reset role;
select pg_temp.rights('app_data.foreign_one');
select auth.create_app_roles('app_data');
select pg_temp.rights('app_data.foreign_one');
drop table app_data.foreign_one;
-- Roles that would see every row are pointed out.
alter role anonymous bypassrls;
select auth.create_app_roles('app_data');
alter role anonymous nobypassrls;

-- The roles work: a policy for one of them, and a token.
create table app_data.todos (owner text);
insert into app_data.todos values ('alice'), ('bob');
alter table app_data.todos enable row level security;
create policy own on app_data.todos to authenticated using (owner = auth.user_id());
set role authenticated;
set pg_session_jwt.jwt = :'tok_idp_alice';
select * from app_data.todos;
set role anonymous;
select count(*) from app_data.todos;
reset role;
reset pg_session_jwt.jwt;

-- The default is the schema public. Schemas that are not for applications, and unknown ones, are refused.
select has_schema_privilege('authenticated', 'public', 'usage');
create table public.in_public (id integer);
select auth.create_app_roles();
select pg_temp.rights('public.in_public');
drop table public.in_public;
select auth.create_app_roles('nowhere');
select auth.create_app_roles('auth');
select auth.create_app_roles('pg_catalog');
select auth.create_app_roles('information_schema');
select auth.create_app_roles(null);
-- Odd names are quoted.
create schema "odd; drop";
create table "odd; drop".t (id integer);
select auth.create_app_roles('odd; drop');
select pg_temp.rights('"odd; drop".t');
drop table "odd; drop".t;
drop schema "odd; drop";

-- Without CREATEROLE it says what is missing. With the roles in place, their schema's owner needs none.
drop owned by authenticated, anonymous;
drop role authenticated, anonymous;
create schema plain authorization regress_jwt_plain;
set role regress_jwt_plain;
create table plain.mine (id integer);
select auth.create_app_roles('plain');
set role regress_jwt_maker;
select auth.create_app_roles('plain');
reset role;
select count(*) from pg_roles where rolname in ('authenticated', 'anonymous');
create role authenticated;
create role anonymous;
set role regress_jwt_plain;
select auth.create_app_roles('plain');
select pg_temp.rights('plain.mine');
select auth.create_app_roles('app_data');
reset role;
-- CREATEROLE and a schema of one's own are enough to make them.
drop owned by authenticated, anonymous;
drop role authenticated, anonymous;
create schema made authorization regress_jwt_maker;
set role regress_jwt_maker;
select auth.create_app_roles('made');
create table made.t (id integer);
reset role;
select pg_temp.rights('made.t');

drop extension pg_session_jwt cascade;
set client_min_messages = warning;
drop schema app_data, plain, made cascade;
drop owned by authenticated, anonymous, regress_jwt_plain, regress_jwt_maker;
drop role authenticated, anonymous, regress_jwt_plain, regress_jwt_maker;
