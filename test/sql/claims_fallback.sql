-- Unsigned claims: a database without issuers, a connection that was never given a key.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
CREATE ROLE regress_jwt_user;
\pset null (null)
SET ROLE regress_jwt_user;

-- K 59: no claims, in every way.
SELECT auth.user_id(), auth.session(), auth.uid(), auth.organization();
SET request.jwt.claims = '';
SELECT auth.user_id(), auth.session();
SET request.jwt.claims = 'no json';
SELECT auth.user_id(), auth.session();
SET request.jwt.claims = '{"sub":"alice"} x';
SELECT auth.user_id(), auth.session();

-- F 62: any role sets them, at any time.
SET request.jwt.claims = '{"sub":"alice","o":{"id":"1a2b3c4d-5e6f-4a1b-8c2d-0123456789ab"}}';
SELECT auth.user_id(), auth.session(), auth.organization_id();
-- K 60: any JSON value is returned; what is not an object has no subject.
SET request.jwt.claims = '["sub","alice"]';
SELECT auth.user_id(), auth.uid(), auth.session(), auth.organization();
SET request.jwt.claims = '"alice"';
SELECT auth.user_id(), auth.uid(), auth.session(), auth.organization();
SET request.jwt.claims = '7';
SELECT auth.user_id(), auth.uid(), auth.session(), auth.organization();
SET request.jwt.claims = 'null';
SELECT auth.user_id(), auth.session();
-- K 54: a subject that is not a string is no error here.
SET request.jwt.claims = '{"sub":42}';
SELECT auth.user_id(), auth.uid(), auth.session();
SET request.jwt.claims = '{"sub":null}';
SELECT auth.user_id();
-- K 60: nobody looks at times.
SET request.jwt.claims = '{"sub":"alice","exp":1,"nbf":9999999999}';
SELECT auth.user_id();
-- K 61: the settings of older PostgREST are not read.
RESET request.jwt.claims;
SET request.jwt.claim.sub = 'mallory';
SELECT auth.user_id();

-- As PostgREST does it: role and claims for the transaction.
RESET ROLE;
BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
SELECT set_config('role', 'regress_jwt_user', true), set_config('request.jwt.claims', '{"sub":"bob"}', true);
SELECT current_user, auth.user_id();
COMMIT;
SELECT auth.user_id();

-- Claims of any size may be set, but what the session remembers of them is bounded.
SELECT count(set_config('request.jwt.claims', jsonb_build_object('sub', i, 'x', repeat('x', 1000000))::text, false)),
	count(auth.session()) FROM generate_series(1, 20) AS i;
SET request.jwt.claims = '{"sub":"bob"}';
SELECT auth.user_id();
SELECT sum(total_bytes) < 20000000 AS is_bounded FROM pg_backend_memory_contexts
WHERE name = 'identity';

-- K 20: with a key only tokens count, in either order.
\c -reuse-previous=on :conn_ed
SET request.jwt.claims = '{"sub":"mallory"}';
SELECT auth.user_id(), auth.session();
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SELECT auth.user_id();
SET request.jwt.claims = '{"sub":"bob"}';
SELECT auth.user_id();
RESET pg_session_jwt.jwt;
SELECT auth.user_id();

\c -reuse-previous=on "options=''"
DROP ROLE regress_jwt_user;
DROP EXTENSION pg_session_jwt;
