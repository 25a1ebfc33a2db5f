-- Parallel workers act with the identity of their leader. Connection key: Ed25519.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
CREATE ROLE regress_jwt_user;
CREATE TABLE notes (user_id text, i int);
INSERT INTO notes SELECT (ARRAY['alice', 'bob', 'carol', 'dave'])[1 + i % 4], i FROM generate_series(1, 4000) AS i;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (auth.user_id() = user_id);
GRANT SELECT ON notes TO regress_jwt_user;
ANALYZE notes;
-- What a worker says of itself.
CREATE FUNCTION regress_jwt_is_worker() RETURNS boolean LANGUAGE sql PARALLEL SAFE SECURITY DEFINER
AS 'SELECT leader_pid IS NOT NULL FROM pg_stat_get_activity(pg_backend_pid())';

\c -reuse-previous=on :conn_ed
\pset null (null)
-- The workers do all the work.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
SET ROLE regress_jwt_user;
EXPLAIN (COSTS OFF) SELECT count(*) FROM notes;
-- Nobody.
SELECT count(*) FROM notes;
-- K 69: a worker has key and token from its leader; no call of init. X 67: each worker verifies the
-- token for the first time, and its number is in order there.
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SELECT count(*), min(user_id), max(user_id) FROM notes;
SET pg_session_jwt.jwt = :'tok_ed_bob_2';
SELECT count(*), min(user_id), max(user_id) FROM notes;
SELECT count(*), min(user_id), max(user_id) FROM notes;
-- Every reader, in the worker.
SET pg_session_jwt.jwt = :'tok_ed_org_uuid';
SELECT DISTINCT regress_jwt_is_worker() AS worker, auth.user_id(), auth.uid(), auth.jwt() -> 'jti' AS jti,
	auth.session() -> 'jti' AS jti, auth.organization_id() FROM notes;
-- X 63, X 67: an identity that came back by rollback, or is the transaction's only.
BEGIN;
SET LOCAL pg_session_jwt.jwt = :'tok_ed_nbf_past';
SELECT count(*), min(user_id) FROM notes;
SAVEPOINT s;
SELECT auth.jwt_session_init(:'tok_ed_alice_max', true);
SELECT count(*), min(user_id) FROM notes;
ROLLBACK TO s;
SELECT count(*), min(user_id), (SELECT auth.jwt() -> 'jti') AS jti FROM notes;
COMMIT;
SELECT count(*), min(user_id), (SELECT auth.jwt() -> 'jti') AS jti FROM notes;
-- The guide's form of policy; in it the leader alone asks.
RESET ROLE;
ALTER POLICY own ON notes USING ((SELECT auth.user_id()) = user_id);
SET ROLE regress_jwt_user;
SELECT count(*), min(user_id) FROM notes;
-- K 58: a token that is refused.
SET pg_session_jwt.jwt = :'tok_ed_wrong_key';
SELECT count(*) FROM notes;
RESET pg_session_jwt.jwt;
SELECT count(*) FROM notes;

-- K 32: the setting cannot be changed in a parallel query, and PostgreSQL's own error says so.
RESET ROLE;
CREATE FUNCTION regress_jwt_switch(token text) RETURNS text LANGUAGE plpgsql PARALLEL SAFE AS $$
BEGIN
	PERFORM auth.jwt_session_init(token);
	RETURN auth.user_id();
END
$$;
\set VERBOSITY sqlstate
SELECT count(regress_jwt_switch('a.b.c')) FROM notes;
\set VERBOSITY default

-- K 45: workers know what their leader has accepted. Where only they read, an older token is refused
-- as well, the last one may be presented again (K 33), and a function's own SET is no way around.
SELECT format('CREATE FUNCTION regress_jwt_older() RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE '
	'SET pg_session_jwt.jwt = %L AS ''BEGIN RETURN auth.user_id(); END''', :'tok_ed_alice_1') AS make \gset
:make;
\c -reuse-previous=on :conn_ed
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT auth.jwt_session_init(:'tok_ed_alice_7');
SET pg_session_jwt.jwt = :'tok_ed_alice_6';
SELECT max(auth.user_id()), bool_and(regress_jwt_is_worker()) AS worker FROM notes;
SET pg_session_jwt.jwt = :'tok_ed_alice_7';
SELECT max(auth.user_id()), bool_and(regress_jwt_is_worker()) AS worker FROM notes;
SELECT max(regress_jwt_older()) FROM notes;
SET pg_session_jwt.jwt = :'tok_ed_alice_8';
SELECT max(auth.user_id()), bool_and(regress_jwt_is_worker()) AS worker FROM notes;
SET pg_session_jwt.token_history = '';
DROP FUNCTION regress_jwt_older();

-- Unsigned claims, with no key.
\c -reuse-previous=on "options=''"
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SET ROLE regress_jwt_user;
SET request.jwt.claims = '{"sub":"carol"}';
SELECT DISTINCT regress_jwt_is_worker() AS worker, auth.user_id(), auth.session() FROM notes;
RESET ROLE;
DROP FUNCTION regress_jwt_switch(text);
DROP FUNCTION regress_jwt_is_worker();
DROP TABLE notes;
DROP ROLE regress_jwt_user;
DROP EXTENSION pg_session_jwt;
