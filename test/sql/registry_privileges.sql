-- Who may read and write auth.issuers: the extension's owner (no superuser here) and those it
-- grants. Everybody else's tokens are judged by it all the same.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set mint :srcdir '/mint.sql'
\i :mint
\set ECHO all
create role regress_jwt_owner login;
create role regress_jwt_granted login;
create role regress_jwt_stranger login;
select format('grant create on database %I to regress_jwt_owner', current_database()) \gexec
\pset format unaligned
\pset tuples_only on

-- The extension is trusted: whoever may create in the database may install it, and owns it.
set role regress_jwt_owner;
create extension pg_session_jwt;
select extowner::regrole from pg_extension where extname = 'pg_session_jwt';
insert into auth.issuers (issuer, jwks, audiences)
values ('https://idp.example/', :'jwks_idp', '{https://api.example.com}');
update auth.issuers set comment = 'mine';
select issuer, comment from auth.issuers;
-- It owns the rights, not the table: nobody but a superuser can switch the triggers off, put another
-- function behind them, or change the table.
\set VERBOSITY sqlstate
alter table auth.issuers disable trigger issuers_row_changed;
alter table auth.issuers disable trigger all;
drop trigger issuers_row_changed on auth.issuers;
alter table auth.issuers drop constraint issuers_leeway_is_0_to_600_seconds;
alter table auth.issuers enable row level security;
alter table auth.issuers rename to issuers_of_old;
drop table auth.issuers;
alter function auth.issuers_changed() rename to unchanged;
alter extension pg_session_jwt drop table auth.issuers;
set session_replication_role = replica;
\set VERBOSITY default
reset role;
-- Even a superuser's session_replication_role leaves the triggers on.
set session_replication_role = replica;
update auth.issuers set jwks = :'jwks_empty';
reset session_replication_role;

-- A stranger can neither read nor write, nor see keys through the view, nor lock the table.
set role regress_jwt_stranger;
\set VERBOSITY sqlstate
select * from auth.issuers;
insert into auth.issuers (issuer) values ('https://stranger.example/');
update auth.issuers set enabled = false;
delete from auth.issuers;
truncate auth.issuers;
copy auth.issuers to stdout;
begin;
lock table auth.issuers in access exclusive mode;
rollback;
select * from auth.issuer_keys;
grant select on auth.issuers to public;
create trigger spy before insert on auth.issuers for each row execute function auth.issuers_changed();
\set VERBOSITY default
-- Its own token is verified by what it cannot read. Nor do its settings count: claims without a
-- signature, and a search_path with a table of the same name.
create temporary table issuers (issuer text, jwks jsonb);
set search_path = pg_temp, public;
set request.jwt.claims = '{"sub": "mallory"}';
select auth.user_id() is null;
set pg_session_jwt.jwt = :'tok_idp_alice';
select auth.user_id();
set pg_session_jwt.jwt = :'tok_idp_tampered';
select auth.user_id();
reset pg_session_jwt.jwt;
reset request.jwt.claims;
reset search_path;
drop table issuers;
reset role;

-- The owner can grant, and take back.
set role regress_jwt_owner;
grant select, insert, update, delete on auth.issuers to regress_jwt_granted;
set role regress_jwt_granted;
insert into auth.issuers (issuer, jwks) values ('https://other.example/', :'jwks_other');
update auth.issuers set jwks = :'jwks_idp_private' where issuer = 'https://other.example/';
select issuer, kid, usable from auth.issuer_keys order by issuer, position;
set pg_session_jwt.jwt = :'tok_other_alice';
select auth.user_id();
delete from auth.issuers where issuer = 'https://other.example/';
select auth.user_id();
reset pg_session_jwt.jwt;
\set VERBOSITY sqlstate
truncate auth.issuers;
grant select on auth.issuers to regress_jwt_stranger;
set role regress_jwt_owner;
revoke all on auth.issuers from regress_jwt_granted;
set role regress_jwt_granted;
select count(*) from auth.issuers;
\set VERBOSITY default
reset role;
select has_table_privilege('regress_jwt_stranger', 'auth.issuers', 'select'),
	has_table_privilege('regress_jwt_owner', 'auth.issuers', 'insert with grant option');

-- Nor do statistics tell the stranger of issuers: the planner asks an operator of the stranger's own
-- about them only where it may show it every row.
insert into auth.issuers (issuer, jwks)
select 'https://' || i || '.example/', :'jwks_idp' from generate_series(1, 20) as i;
analyze auth.issuers;
create function regress_jwt_show(text, text) returns boolean language plpgsql cost 0.0001
as 'begin raise notice ''shown: %'', $1; return true; end';
create operator <<< (function = regress_jwt_show, leftarg = text, rightarg = text, restrict = scalarltsel);
set role regress_jwt_stranger;
select count(*) from auth.issuer_status where issuer <<< 'x';
reset role;
drop operator <<< (text, text);
drop function regress_jwt_show;
delete from auth.issuers where issuer ~ '^https://[0-9]';

-- The trigger is of this table only.
create table lookalike (like auth.issuers);
create trigger changed before insert on lookalike for each row execute function auth.issuers_changed();
insert into lookalike (issuer) values ('x');
drop table lookalike;
select auth.issuers_changed();

-- Another session of the stranger: startup options weaken nothing. A key of its own is not looked
-- at, nor are unsigned claims.
\c -reuse-previous=on :conn_ed
set role regress_jwt_stranger;
set pg_session_jwt.jwt = :'tok_ed_alice_1';
select auth.user_id();
set pg_session_jwt.jwt = :'tok_idp_alice';
select auth.user_id();
reset pg_session_jwt.jwt;
set request.jwt.claims = '{"sub": "mallory"}';
select auth.user_id() is null;
reset role;

drop extension pg_session_jwt cascade;
drop owned by regress_jwt_owner;
drop role regress_jwt_owner, regress_jwt_granted, regress_jwt_stranger;
