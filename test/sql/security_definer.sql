-- SECURITY DEFINER functions: the identity is the session's there, and may be set there.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
CREATE ROLE regress_jwt_owner;
CREATE ROLE regress_jwt_user;
CREATE SCHEMA regress_jwt AUTHORIZATION regress_jwt_owner;
GRANT USAGE ON SCHEMA regress_jwt TO regress_jwt_user;
SET ROLE regress_jwt_owner;
CREATE FUNCTION regress_jwt.who() RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN concat_ws(' ', current_user, auth.user_id()); END $$;
CREATE FUNCTION regress_jwt.login(token text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$ BEGIN PERFORM auth.jwt_session_init(token); RETURN auth.user_id(); END $$;
CREATE FUNCTION regress_jwt.login_local(token text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$ BEGIN PERFORM auth.jwt_session_init(token, true); RETURN auth.user_id(); END $$;
CREATE FUNCTION regress_jwt.set_claims(claims text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$ BEGIN PERFORM set_config('request.jwt.claims', claims, false); RETURN auth.user_id(); END $$;
RESET ROLE;

-- The library's first use is inside such a function, and the key is not lost by that.
\c -reuse-previous=on :conn_ed
SET ROLE regress_jwt_user;
SELECT regress_jwt.login(:'tok_ed_alice_1');
SELECT auth.user_id(), regress_jwt.who();
SELECT auth.init();
-- F 24: setting the identity there is allowed.
SELECT regress_jwt.login(:'tok_ed_bob_2');
SELECT auth.user_id(), regress_jwt.who();
-- For the transaction only.
BEGIN;
SELECT regress_jwt.login_local(:'tok_ed_alice_3');
SELECT regress_jwt.who();
COMMIT;
SELECT regress_jwt.who();
-- A token that is refused is refused there as well.
SELECT regress_jwt.login(:'tok_ed_tampered');
SELECT regress_jwt.who();
-- The key is not to be changed there either.
\set VERBOSITY sqlstate
DO $$ BEGIN PERFORM set_config('pg_session_jwt.jwk', 'x', false); END $$;
\set VERBOSITY default

-- The first use with a token that is already set.
\c -reuse-previous=on :conn_ed
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SET ROLE regress_jwt_user;
SELECT regress_jwt.who();
-- Claims set before, and there, do not count beside a key.
SELECT regress_jwt.set_claims('{"sub":"mallory"}');

-- Without a key: unsigned claims set before the first use, and inside.
\c -reuse-previous=on "options=''"
SET request.jwt.claims = '{"sub":"carol"}';
SET ROLE regress_jwt_user;
SELECT regress_jwt.who();
SELECT regress_jwt.set_claims('{"sub":"dave"}');
SELECT auth.user_id();
RESET ROLE;

-- A security-restricted operation may set an identity, too (F 24); it ends with the operation.
\c -reuse-previous=on :conn_ed
CREATE MATERIALIZED VIEW regress_jwt.filled AS SELECT regress_jwt.login_local(:'tok_ed_alice_1') AS filled_by WITH NO DATA;
REFRESH MATERIALIZED VIEW regress_jwt.filled;
SELECT auth.user_id() IS NULL AS nobody, filled_by FROM regress_jwt.filled;

\c -reuse-previous=on "options=''"
\set VERBOSITY terse
DROP SCHEMA regress_jwt CASCADE;
\set VERBOSITY default
DROP ROLE regress_jwt_owner, regress_jwt_user;
DROP EXTENSION pg_session_jwt;
