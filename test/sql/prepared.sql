-- Plans that are kept: no user's identity may be frozen into one.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
CREATE ROLE regress_jwt_user;
CREATE TABLE notes (user_id text, note text);
INSERT INTO notes SELECT u, u || ' ' || i FROM unnest(ARRAY['alice', 'bob']) AS u, generate_series(1, 2) AS i;
CREATE INDEX ON notes (user_id);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING ((SELECT auth.user_id()) = user_id);
GRANT SELECT ON notes TO regress_jwt_user;

\c -reuse-previous=on :conn_rsa
\pset null (null)
SET ROLE regress_jwt_user;
SET plan_cache_mode = force_generic_plan;
-- Prepared and first executed by nobody.
PREPARE mine AS SELECT note FROM notes ORDER BY note;
PREPARE named(text) AS SELECT note, auth.user_id() FROM notes WHERE user_id = $1 ORDER BY note;
PREPARE me AS SELECT auth.user_id(), auth.jwt() ->> 'sub' AS sub;
EXECUTE mine;
EXECUTE me;
SET pg_session_jwt.jwt = :'tok_rsa_alice';
EXECUTE mine;
EXECUTE named('alice');
EXECUTE named('bob');
EXECUTE me;
SET pg_session_jwt.jwt = :'tok_rsa_bob';
EXECUTE mine;
EXECUTE named('alice');
EXECUTE named('bob');
EXECUTE me;
SELECT name, generic_plans, custom_plans FROM pg_prepared_statements ORDER BY name;
-- A token that is refused, and none again.
SET pg_session_jwt.jwt = :'tok_rsa_expired';
EXECUTE mine;
EXECUTE me;
RESET pg_session_jwt.jwt;
EXECUTE mine;
EXECUTE me;
-- RESET ALL keeps statements; the next user's rows come out of the same plan.
RESET ALL;
SET pg_session_jwt.jwt = :'tok_rsa_alice';
EXECUTE mine;
-- The other kinds of plans.
SET plan_cache_mode = force_custom_plan;
EXECUTE mine;
SET pg_session_jwt.jwt = :'tok_rsa_bob';
EXECUTE mine;
RESET plan_cache_mode;

-- Plans of PL/pgSQL, and a simple expression, which it evaluates by itself.
CREATE FUNCTION pg_temp.whose() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	me text := auth.user_id();
	found text;
BEGIN
	SELECT string_agg(note, ', ' ORDER BY note) INTO found FROM notes;
	RETURN concat_ws(': ', me, found);
END
$$;
SELECT pg_temp.whose();
SET pg_session_jwt.jwt = :'tok_rsa_alice';
SELECT pg_temp.whose();
SET pg_session_jwt.jwt = :'tok_rsa_bob';
SELECT pg_temp.whose();
RESET pg_session_jwt.jwt;
SELECT pg_temp.whose();
-- A loop of one function over two users.
SET pg_session_jwt.jwt = :'tok_rsa_alice';
DO $$
DECLARE
	token text;
BEGIN
	FOREACH token IN ARRAY ARRAY[current_setting('pg_session_jwt.jwt'), '', current_setting('pg_session_jwt.jwt')] LOOP
		PERFORM set_config('pg_session_jwt.jwt', token, false);
		RAISE NOTICE '%', pg_temp.whose();
	END LOOP;
END
$$;

-- Its session may take a while to end, and until then the role would be its owner.
DROP FUNCTION pg_temp.whose();
\c -reuse-previous=on "options=''"
DROP TABLE notes;
DROP ROLE regress_jwt_user;
DROP EXTENSION pg_session_jwt;
