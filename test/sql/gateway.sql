-- A gateway that speaks the protocol of 0.5.0: a key of its own per connection, a token per request.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
-- The first statements of the platform, before any connection of the gateway's.
CREATE EXTENSION IF NOT EXISTS "pg_session_jwt" WITH SCHEMA public VERSION "0.3.1";
CREATE ROLE authenticated;
GRANT USAGE ON SCHEMA "auth" TO "authenticated";
CREATE TABLE todos (user_id text DEFAULT (auth.user_id()), task text);
ALTER TABLE todos ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON todos TO authenticated USING ((select auth.user_id()) = user_id);
GRANT SELECT, INSERT ON todos TO authenticated;
-- Its plan is kept for the life of the connection.
CREATE FUNCTION regress_jwt_list() RETURNS SETOF todos LANGUAGE plpgsql
AS $$ BEGIN RETURN QUERY SELECT * FROM todos ORDER BY task; END $$;

-- A connection: its key, and a look at it.
\c -reuse-previous=on :conn_ed
SET SESSION AUTHORIZATION authenticated;
SELECT auth.init();

-- Request 1: alice.
SELECT auth.jwt_session_init(:'tok_ed_alice_1');
INSERT INTO todos (task) VALUES ('write') RETURNING user_id;
SELECT * FROM regress_jwt_list();
-- Back to the pool: one string of statements. (The role is set again because this test set it by hand.)
ROLLBACK\; CLOSE ALL\; SET SESSION AUTHORIZATION DEFAULT\; RESET ALL\; DEALLOCATE ALL\; UNLISTEN *\; SELECT pg_advisory_unlock_all()\; DISCARD TEMP\; DISCARD SEQUENCES;
SET SESSION AUTHORIZATION authenticated;
-- Between requests it is nobody's.
SELECT auth.user_id() IS NULL AS nobody, auth.session();
SELECT * FROM regress_jwt_list();

-- Request 2: bob, the next number, in a batch.
SELECT auth.jwt_session_init(:'tok_ed_bob_2');
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT * FROM regress_jwt_list();
COMMIT;
BEGIN;
INSERT INTO todos (task) VALUES ('sing') RETURNING user_id;
SELECT * FROM regress_jwt_list();
COMMIT;
ROLLBACK\; CLOSE ALL\; SET SESSION AUTHORIZATION DEFAULT\; RESET ALL\; DEALLOCATE ALL\; UNLISTEN *\; SELECT pg_advisory_unlock_all()\; DISCARD TEMP\; DISCARD SEQUENCES;
SET SESSION AUTHORIZATION authenticated;

-- Request 3. K 45: the token of an earlier request is spent. K 33: that of the last one may be repeated.
SELECT auth.jwt_session_init(:'tok_ed_alice_1');
SELECT auth.jwt_session_init(:'tok_ed_bob_2');
SELECT * FROM regress_jwt_list();
-- Request 4: a failed request changes nothing for the next one.
SELECT auth.jwt_session_init('INVALID-JWT');
SELECT auth.jwt_session_init(:'tok_ed_expired');
SELECT auth.jwt_session_init(:'tok_ed_alice_3');
SELECT * FROM regress_jwt_list();
-- The older order of things: DISCARD ALL first, init after the token.
DISCARD ALL;
SET SESSION AUTHORIZATION authenticated;
SELECT auth.jwt_session_init(:'tok_ed_bob_4');
SELECT auth.init();
SELECT user_id, task FROM todos;

-- The platform finds another version and sets back its own; the policy lives on.
RESET SESSION AUTHORIZATION;
ALTER EXTENSION pg_session_jwt UPDATE;
SET SESSION AUTHORIZATION authenticated;
SELECT user_id, task FROM todos;
RESET SESSION AUTHORIZATION;
ALTER EXTENSION "pg_session_jwt" UPDATE TO "0.3.1";
SET SESSION AUTHORIZATION authenticated;
SELECT user_id, task FROM todos;
RESET SESSION AUTHORIZATION;
-- What it grants is there already, or is granted then.
SELECT has_schema_privilege('authenticated', 'auth', 'USAGE') AS usage;

-- Another connection counts from 1 again. X 68: what was spent there is not spent here.
\c -reuse-previous=on :conn_ed
SET SESSION AUTHORIZATION authenticated;
SELECT auth.init();
SELECT auth.jwt_session_init(:'tok_ed_bob_1');
SELECT user_id, task FROM todos;

\c -reuse-previous=on "options=''"
DROP FUNCTION regress_jwt_list();
DROP TABLE todos;
DROP EXTENSION pg_session_jwt;
DROP OWNED BY authenticated;
DROP ROLE authenticated;
