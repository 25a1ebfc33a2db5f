-- Row-level security by user, organisation, scope and a namespaced claim, with users taking turns on
-- one session as they do behind a pooler.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set mint :srcdir '/mint.sql'
\i :mint
\set ECHO all
create extension pg_session_jwt;
insert into auth.issuers (issuer, jwks, audiences)
values ('https://idp.example/', :'jwks_idp', '{https://api.example.com}');
create role regress_jwt_app;
create table todos (
	id integer primary key,
	owner text not null default (auth.user_id()),
	org text not null default (auth.claim_text('org_id')),
	task text not null
);
insert into todos values (1, 'alice', 'org_alice', 'a1'), (2, 'alice', 'org_shared', 'a2'), (3, 'bob', 'org_bob', 'b1'), (4, 'carol', 'org_alice', 'c1');
create index on todos (owner);
grant select, insert, update, delete on todos to regress_jwt_app;
alter table todos enable row level security;
\pset format unaligned
\pset tuples_only on

-- By user: one's own rows, and nobody else's, in every command.
create policy own on todos to regress_jwt_app using (auth.user_id() = owner) with check (auth.user_id() = owner);
set role regress_jwt_app;
select count(*) from todos;
set pg_session_jwt.jwt = :'tok_idp_alice';
select id from todos order by id;
set pg_session_jwt.jwt = :'tok_idp_bob';
select id from todos order by id;
update todos set task = task || '!';
delete from todos where id = 1;
insert into todos (id, task) values (5, 'b2') returning owner, org;
\set VERBOSITY sqlstate
insert into todos (id, owner, task) values (6, 'alice', 'planted');
update todos set owner = 'alice' where id = 3;
\set VERBOSITY default
set pg_session_jwt.jwt = :'tok_idp_alice';
select id, task from todos order by id;
-- Index scan, sequential scan and a prepared statement give each user their own rows.
prepare mine as select string_agg(id::text, ',' order by id) from todos;
set plan_cache_mode = force_generic_plan;
execute mine;
set pg_session_jwt.jwt = :'tok_idp_bob';
execute mine;
set enable_seqscan = off;
execute mine;
set pg_session_jwt.jwt = :'tok_idp_alice_es256';
execute mine;
reset enable_seqscan;
set pg_session_jwt.jwt = :'tok_idp_bob_eddsa';
execute mine;
-- No token: no rows. A refused one: an error, not no rows.
reset pg_session_jwt.jwt;
execute mine;
set pg_session_jwt.jwt = :'tok_idp_expired';
execute mine;
reset pg_session_jwt.jwt;
deallocate mine;
reset plan_cache_mode;
-- For one transaction, as a transaction pooler needs it: the next one has no identity.
begin;
select auth.jwt_session_init(:'tok_idp_alice', true);
select count(*) from todos;
savepoint other;
set local pg_session_jwt.jwt = :'tok_idp_bob';
select count(*) from todos where owner = 'bob';
rollback to other;
select count(*) from todos where owner = 'alice';
commit;
select count(*) from todos;
-- DISCARD ALL, between two clients of one session, leaves nothing of the first.
set pg_session_jwt.jwt = :'tok_idp_alice';
reset role;
discard all;
set role regress_jwt_app;
select count(*), auth.user_id() is null from todos;
reset role;

-- By organisation: whoever belongs to it, whoever wrote the row. As a column's value and as a subquery.
drop policy own on todos;
create policy org on todos to regress_jwt_app using (org = auth.claim_text('org_id'));
set role regress_jwt_app;
set pg_session_jwt.jwt = :'tok_idp_alice';
select id from todos order by id;
set pg_session_jwt.jwt = :'tok_idp_bob';
select id from todos order by id;
reset role;
alter policy org on todos using (org = (select auth.claim_text('org_id')));
set role regress_jwt_app;
select id from todos order by id;
set pg_session_jwt.jwt = :'tok_idp_alice';
select id from todos order by id;
reset role;

-- By scope and by a namespaced claim: all may read, administrators may delete.
drop policy org on todos;
create policy readers on todos for select to regress_jwt_app using (auth.has_scope('read:todos'));
create policy admins on todos for delete to regress_jwt_app using (auth.claim('https://app.example/roles') ? 'admin');
create policy writers on todos for update to regress_jwt_app using (auth.has_scope('write:todos'));
set role regress_jwt_app;
set pg_session_jwt.jwt = :'tok_idp_alice';
select count(*) from todos;
update todos set task = 'changed';
delete from todos where id = 4 returning id;
set pg_session_jwt.jwt = :'tok_idp_admin';
delete from todos where id = 4 returning id;
reset pg_session_jwt.jwt;
select count(*) from todos;
reset role;

-- A view reads with its owner's rights, or with those of whoever asks.
create view all_todos as select * from todos;
create view my_todos with (security_invoker = true) as select * from todos;
grant select on all_todos, my_todos to regress_jwt_app;
set role regress_jwt_app;
select (select count(*) from all_todos), (select count(*) from my_todos);
set pg_session_jwt.jwt = :'tok_idp_alice';
select (select count(*) from all_todos), (select count(*) from my_todos);
reset role;
drop view all_todos, my_todos;
reset pg_session_jwt.jwt;

drop table todos;
drop extension pg_session_jwt cascade;
drop role regress_jwt_app;
