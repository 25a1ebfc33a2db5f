-- Changes of the registry take effect at once: in the running session, in the same transaction, and
-- not at all if they are rolled back.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set mint :srcdir '/mint.sql'
\i :mint
\set ECHO all
create extension pg_session_jwt;
\pset format unaligned
\pset tuples_only on
-- The identity itself, not a helper, is read throughout: what it remembers is what is tested.
insert into auth.issuers (issuer, jwks, audiences)
values ('https://idp.example/', :'jwks_idp_rsa', '{https://api.example.com}');
set pg_session_jwt.jwt = :'tok_idp_alice';
select auth.user_id();
select pg_temp.verdict(:'tok_idp_bob_2');

-- A key is added: tokens of both verify. The old one goes: its tokens are refused, though they had
-- been verified; the new ones go on.
update auth.issuers set jwks = :'jwks_idp_overlap';
select auth.user_id(), pg_temp.verdict(:'tok_idp_bob_2');
update auth.issuers set jwks = :'jwks_idp_rotated';
select auth.user_id();
set pg_session_jwt.jwt = :'tok_idp_bob_2';
select auth.user_id();
select pg_temp.verdict(:'tok_idp_alice');

-- In one transaction: every statement sees what the one before has written.
begin;
update auth.issuers set jwks = :'jwks_idp_overlap';
set local pg_session_jwt.jwt = :'tok_idp_alice';
select auth.user_id();
savepoint rotated;
update auth.issuers set jwks = :'jwks_idp_rotated';
select pg_temp.verdict(:'tok_idp_alice');
-- Rolled back to the savepoint, the key is there again.
rollback to rotated;
select auth.user_id();
savepoint gone;
delete from auth.issuers;
select pg_temp.verdict(:'tok_idp_alice');
rollback to gone;
select auth.user_id();
rollback;
-- Rolled back as a whole, the new key alone is good.
select auth.user_id();
select pg_temp.verdict(:'tok_idp_alice');

-- The rules of a row are no different: audience, algorithms, required claims, enabled, subject.
update auth.issuers set audiences = '{https://elsewhere.example}';
select auth.user_id();
update auth.issuers set audiences = null, algorithms = '{PS256}', jwks = jwks #- '{keys,0,alg}';
select auth.user_id();
update auth.issuers set algorithms = null, required_claims = '{"token_use": "access"}';
select auth.user_id();
update auth.issuers set required_claims = '{"azp": "todos-app"}';
select auth.user_id();
update auth.issuers set enabled = false;
select auth.user_id();
update auth.issuers set enabled = true, subject_claim = '{org_id}';
select auth.user_id();
update auth.issuers set subject_claim = default;
select auth.user_id();
-- A change of another row, or of a comment, changes nothing.
insert into auth.issuers (issuer, jwks) values ('https://other.example/', :'jwks_other');
update auth.issuers set comment = 'none';
select auth.user_id(), pg_temp.verdict(:'tok_other_alice');
-- An issuer under another name is another issuer.
update auth.issuers set issuer = 'https://idp.example' where issuer = 'https://idp.example/';
select auth.user_id();
update auth.issuers set issuer = 'https://idp.example/' where issuer = 'https://idp.example';
select auth.user_id();

-- Within one statement the identity is the one it began with; the next has the new one.
begin;
with gone as (delete from auth.issuers where issuer = 'https://idp.example/' returning issuer)
select auth.user_id(), count(*) from gone;
select auth.user_id();
rollback;
-- A function that changes the registry and reads again.
do $$
begin
	raise notice '%', auth.user_id();
	update auth.issuers set enabled = false;
	raise notice '%', auth.user_id();
end
$$;
select auth.user_id();

-- TRUNCATE, and rolled back.
begin;
truncate auth.issuers;
select auth.user_id();
rollback;
select auth.user_id();
truncate auth.issuers;
select auth.user_id();
insert into auth.issuers (issuer, jwks) values ('https://idp.example/', :'jwks_idp_overlap');
select auth.user_id();
-- DELETE of the last row: no issuer and no key is "not configured" for a token, not "unsigned".
delete from auth.issuers;
select auth.user_id();
set request.jwt.claims = '{"sub": "mallory"}';
select auth.user_id();
reset request.jwt.claims;

-- The table may be rewritten and its indexes rebuilt.
insert into auth.issuers (issuer, jwks) values ('https://idp.example/', :'jwks_idp_overlap');
vacuum full auth.issuers;
select auth.user_id();
reindex table auth.issuers;
select auth.user_id();
cluster auth.issuers using issuers_pkey;
select auth.user_id();
vacuum (analyze) auth.issuers;
select auth.user_id();

-- Logical replication applies changes in this mode, in which ordinary triggers do not fire.
set session_replication_role = replica;
update auth.issuers set enabled = false;
select auth.user_id();
update auth.issuers set jwks = :'jwks_idp_private';
update auth.issuers set enabled = true;
select auth.user_id();
reset session_replication_role;

-- The extension goes, and comes back without rows.
drop extension pg_session_jwt cascade;
create extension pg_session_jwt;
select auth.user_id();
insert into auth.issuers (issuer, jwks) values ('https://idp.example/', :'jwks_idp_overlap');
select auth.user_id();

drop extension pg_session_jwt cascade;
