-- Queries that are under way while the identity changes.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
CREATE ROLE regress_jwt_user;
CREATE TABLE notes (id int, user_id text);
INSERT INTO notes SELECT i, CASE i % 2 WHEN 0 THEN 'bob' ELSE 'alice' END FROM generate_series(1, 8) AS i;
CREATE INDEX notes_user_id ON notes (user_id);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON notes TO regress_jwt_user;

\c -reuse-previous=on :conn_rsa
\pset null (null)
-- The guide's form asks once, at the first row.
CREATE POLICY own ON notes USING ((SELECT auth.user_id()) = user_id);
SET ROLE regress_jwt_user;
SET pg_session_jwt.jwt = :'tok_rsa_alice';
BEGIN;
DECLARE c CURSOR FOR SELECT id, user_id FROM notes;
FETCH 2 FROM c;
SET pg_session_jwt.jwt = :'tok_rsa_bob';
FETCH ALL FROM c;
SELECT count(*), min(user_id) FROM notes;
COMMIT;

-- Drizzle's form asks for each row: the rows are those of the user at that moment.
RESET ROLE;
DROP POLICY own ON notes;
CREATE POLICY own ON notes USING ((SELECT auth.user_id() = notes.user_id));
SET ROLE regress_jwt_user;
SET pg_session_jwt.jwt = :'tok_rsa_alice';
BEGIN;
DECLARE c CURSOR FOR SELECT id, user_id FROM notes;
FETCH 2 FROM c;
SET pg_session_jwt.jwt = :'tok_rsa_bob';
FETCH 1 FROM c;
RESET pg_session_jwt.jwt;
FETCH ALL FROM c;
COMMIT;

-- An index scan keeps the value it began with, though its identity has long been replaced.
RESET ROLE;
ALTER TABLE notes DISABLE ROW LEVEL SECURITY;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET pg_session_jwt.jwt = :'tok_rsa_alice';
BEGIN;
DECLARE c CURSOR FOR SELECT id, user_id FROM notes WHERE user_id = auth.user_id();
FETCH 1 FROM c;
SET pg_session_jwt.jwt = :'tok_rsa_bob';
SELECT auth.user_id();
RESET pg_session_jwt.jwt;
SELECT auth.user_id();
SET pg_session_jwt.jwt = :'tok_rsa_jti_string';
SELECT auth.jwt() -> 'jti' AS jti;
FETCH ALL FROM c;
COMMIT;
RESET enable_seqscan;
RESET enable_bitmapscan;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;

-- WITH HOLD: the rows are those of the user who commits.
SET ROLE regress_jwt_user;
SET pg_session_jwt.jwt = :'tok_rsa_alice';
BEGIN;
DECLARE c CURSOR WITH HOLD FOR SELECT id, user_id FROM notes;
FETCH 1 FROM c;
COMMIT;
SET pg_session_jwt.jwt = :'tok_rsa_bob';
FETCH ALL FROM c;
CLOSE c;
-- Also if the identity was the transaction's only.
RESET pg_session_jwt.jwt;
BEGIN;
SELECT auth.jwt_session_init(:'tok_rsa_alice', true);
DECLARE c CURSOR WITH HOLD FOR SELECT id, user_id FROM notes;
COMMIT;
SELECT auth.user_id();
FETCH ALL FROM c;
CLOSE c;
-- One that is read to the end before the identity is rolled back.
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id, user_id, auth.user_id() FROM notes;
SAVEPOINT s;
SET pg_session_jwt.jwt = :'tok_rsa_alice';
FETCH 2 FROM c;
ROLLBACK TO s;
FETCH 2 FROM c;
COMMIT;

-- A loop in a procedure that commits keeps the value it was called with.
SET pg_session_jwt.jwt = :'tok_rsa_alice';
RESET ROLE;
CREATE PROCEDURE regress_jwt_walk(me text, token text) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..3 LOOP
		PERFORM set_config('pg_session_jwt.jwt', CASE i WHEN 2 THEN token ELSE '' END, false);
		RAISE NOTICE 'called by %, now %', me, auth.user_id();
		COMMIT;
	END LOOP;
END
$$;
CALL regress_jwt_walk(auth.user_id(), :'tok_rsa_bob');

\c -reuse-previous=on "options=''"
DROP PROCEDURE regress_jwt_walk(text, text);
DROP TABLE notes;
DROP ROLE regress_jwt_user;
DROP EXTENSION pg_session_jwt;
