-- RESET, RESET ALL, DISCARD ALL, and settings attached to functions.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
\pset null (null)
\c -reuse-previous=on :conn_ed
-- K 21: each ends the identity and leaves the key.
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SELECT auth.user_id();
RESET pg_session_jwt.jwt;
SELECT auth.user_id(), auth.session();
SET pg_session_jwt.jwt = :'tok_ed_alice_2';
SELECT auth.user_id();
RESET ALL;
SELECT auth.user_id(), auth.session(), current_setting('pg_session_jwt.jwt') AS token;
SET pg_session_jwt.jwt = :'tok_ed_alice_3';
SELECT auth.user_id();
DISCARD ALL;
SELECT auth.user_id(), auth.session(), current_setting('pg_session_jwt.jwt') AS token;
SELECT auth.init();
-- K 21: the highest jti of the connection is not forgotten, so nothing can be replayed.
SELECT auth.jwt_session_init(:'tok_ed_alice_2');
SELECT auth.jwt_session_init(:'tok_ed_bob_4');
SELECT auth.user_id();
-- In a transaction that is rolled back, a reset did not happen.
BEGIN;
RESET ALL;
SELECT auth.user_id();
ROLLBACK;
SELECT auth.user_id();

-- F 25: a function with a token of its own acts with it, and only inside.
\c -reuse-previous=on :conn_rsa
CREATE FUNCTION regress_jwt_as_bob() RETURNS text LANGUAGE plpgsql
AS $$ BEGIN RETURN auth.user_id(); END $$;
ALTER FUNCTION regress_jwt_as_bob() SET pg_session_jwt.jwt = :'tok_rsa_bob';
SELECT auth.user_id() AS before, regress_jwt_as_bob() AS inside, auth.user_id() AS after;
SET pg_session_jwt.jwt = :'tok_rsa_alice';
SELECT auth.user_id() AS before, regress_jwt_as_bob() AS inside, auth.user_id() AS after;
SELECT auth.user_id() AS outer, regress_jwt_as_bob() AS inner FROM generate_series(1, 3);
-- One that ends in an error restores what was before.
ALTER FUNCTION regress_jwt_as_bob() SET pg_session_jwt.jwt = :'tok_rsa_expired';
SELECT regress_jwt_as_bob();
SELECT auth.user_id();
-- A function that presents a token under a SET clause keeps it to itself.
CREATE FUNCTION regress_jwt_switch(token text) RETURNS text LANGUAGE plpgsql
SET pg_session_jwt.jwt = '' AS $$
BEGIN
	PERFORM set_config('pg_session_jwt.jwt', token, true);
	RETURN auth.user_id();
END
$$;
SELECT regress_jwt_switch(:'tok_rsa_bob') AS inside, auth.user_id() AS after;

-- X 66: without numbers, tokens come and go in any order.
SET pg_session_jwt.jwt = :'tok_rsa_bob';
SELECT auth.user_id();
SET pg_session_jwt.jwt = :'tok_rsa_alice';
SELECT auth.user_id();
SET pg_session_jwt.jwt = :'tok_rsa_bob';
SELECT auth.user_id();

-- F 25: with numbers, the inner token's is checked at each entry, the outer one's is not again.
\c -reuse-previous=on :conn_ed
ALTER FUNCTION regress_jwt_as_bob() SET pg_session_jwt.jwt = :'tok_ed_bob_5';
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SELECT auth.user_id() AS before, regress_jwt_as_bob() AS inside, auth.user_id() AS after;
SELECT auth.user_id() AS before, regress_jwt_as_bob() AS inside, auth.user_id() AS after;
SET pg_session_jwt.jwt = :'tok_ed_alice_6';
SELECT auth.user_id();
SELECT regress_jwt_as_bob();
SELECT auth.user_id();

\c -reuse-previous=on "options=''"
DROP FUNCTION regress_jwt_as_bob();
DROP FUNCTION regress_jwt_switch(text);
DROP EXTENSION pg_session_jwt;
