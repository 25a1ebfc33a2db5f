-- The readers hand out values that they keep. Whatever a query does with one, it stays as it is.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
CREATE TABLE notes (user_id text, i int);
INSERT INTO notes SELECT u, i FROM unnest(ARRAY['alice', 'bob', 'carol']) AS u, generate_series(1, 2000) AS i;
CREATE INDEX ON notes (user_id) WITH (deduplicate_items = off);
ANALYZE notes;
CREATE FUNCTION regress_jwt_take(me text, claims jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	mine text := auth.user_id();
BEGIN
	me := me || '!';
	mine := mine || '?';
	claims := jsonb_set(claims, '{sub}', '"changed"');
	claims['more'] = '1';
	RETURN concat_ws(' ', me, mine, claims ->> 'sub', auth.user_id(), auth.jwt() ->> 'sub');
END
$$;

\c -reuse-previous=on :conn_rsa
SET pg_session_jwt.jwt = :'tok_rsa_alice';
SELECT regress_jwt_take(auth.user_id(), auth.jwt()) FROM generate_series(1, 2);
-- Aggregates, sorting, hashing, windows, arrays, rows.
SELECT max(auth.user_id()), string_agg(auth.user_id(), ','), array_agg(DISTINCT auth.user_id()), count(DISTINCT auth.jwt())
FROM generate_series(1, 3);
SELECT auth.user_id() AS me, count(*) FROM notes GROUP BY me, auth.jwt() ORDER BY me, auth.uid();
SELECT DISTINCT first_value(auth.user_id()) OVER (ORDER BY i), lag(auth.user_id(), 1, auth.user_id()) OVER (ORDER BY i) FROM notes;
SELECT (ROW(auth.user_id(), auth.jwt())).*;
SELECT n.user_id, count(*) FROM notes AS n JOIN (SELECT auth.user_id() AS me FROM generate_series(1, 2)) AS m ON m.me = n.user_id GROUP BY 1;
-- Columns, which store a copy.
CREATE TEMP TABLE kept AS SELECT auth.user_id(), auth.jwt(), auth.uid() FROM generate_series(1, 2);
SET pg_session_jwt.jwt = :'tok_rsa_bob';
SELECT * FROM kept;
SELECT regress_jwt_take(auth.user_id(), auth.jwt());
-- Two users in one statement.
SELECT auth.user_id(), auth.jwt() -> 'sub', set_config('pg_session_jwt.jwt', :'tok_rsa_jti_string', false) IS NOT NULL,
	auth.user_id(), auth.jwt() -> 'sub', set_config('pg_session_jwt.jwt', '', false), auth.user_id() IS NULL;

-- A cursor holds on to a value while far more identities come and go than are remembered: it is
-- compared again on each page of the index.
\c -reuse-previous=on "options=''"
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET request.jwt.claims = '{"sub":"bob"}';
BEGIN;
DECLARE c CURSOR FOR SELECT user_id, i FROM notes WHERE user_id = auth.user_id() ORDER BY user_id;
FETCH 1 FROM c;
\set ECHO none
SELECT format('DO %L', format('BEGIN PERFORM set_config(''request.jwt.claims'', %L, false); PERFORM auth.user_id(), auth.jwt(); END',
	jsonb_build_object('sub', repeat(chr(97 + i % 26), 3), 'n', i))) FROM generate_series(1, 300) AS i \gexec
\set ECHO all
SELECT auth.user_id(), auth.jwt();
MOVE 1998 FROM c;
FETCH ALL FROM c;
COMMIT;
-- Later they may all go.
SELECT auth.user_id(), auth.jwt();
SET request.jwt.claims = '{"sub":"bob"}';
SELECT auth.user_id(), auth.jwt();

DROP FUNCTION regress_jwt_take(text, jsonb);
DROP TABLE notes;
DROP EXTENSION pg_session_jwt;
