-- Time within a transaction: judged at the start of each statement, and once for all of it.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set mint :srcdir '/mint.sql'
\i :mint
\set ECHO all
CREATE EXTENSION pg_session_jwt;
CREATE ROLE regress_jwt_user;
CREATE TABLE notes (user_id text);
INSERT INTO notes SELECT (ARRAY['alice', 'bob'])[1 + i % 2] FROM generate_series(1, 2000) AS i;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (auth.user_id() = user_id);
GRANT SELECT ON notes TO regress_jwt_user;
ANALYZE notes;
INSERT INTO auth.issuers (issuer, jwks, algorithms, leeway)
VALUES ('https://hmac.example/', :'jwks_hmac', '{HS256}', 0);

-- Alice's token ends in four seconds, and Bob's begins then.
SELECT ceil(extract(epoch FROM clock_timestamp()))::bigint + 4 AS then \gset
SELECT pg_temp.mint(format('{"iss":"https://hmac.example/","sub":"alice","exp":%s}', :'then')) AS alice,
	pg_temp.mint(format('{"iss":"https://hmac.example/","sub":"bob","nbf":%s,"exp":13000000000}', :'then')) AS bob \gset
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
\set VERBOSITY terse
SET ROLE regress_jwt_user;
SET pg_session_jwt.jwt = :'alice';
PREPARE me AS SELECT auth.user_id();
BEGIN;
SELECT auth.user_id();
EXECUTE me;
SELECT count(*) FROM notes;
DECLARE c CURSOR FOR SELECT i, auth.user_id() FROM generate_series(1, 3) AS i;
FETCH 1 FROM c;
SAVEPOINT s;
-- It is too early for Bob.
SET LOCAL pg_session_jwt.jwt = :'bob';
SELECT auth.user_id();
ROLLBACK TO s;
-- A statement that began in time comes to its end. X 67: its workers judge by the same time.
DO $$
DECLARE
	rows int;
BEGIN
	RAISE NOTICE 'now %', auth.user_id();
	PERFORM pg_sleep(5.5);
	SELECT count(*) INTO rows FROM notes;
	RAISE NOTICE 'still %, who sees % rows', auth.user_id(), rows;
END
$$;
-- X 37, X 48: the next one does not, though the token was verified before, in this transaction.
SELECT auth.user_id();
ROLLBACK TO s;
EXECUTE me;
ROLLBACK TO s;
SELECT count(*) FROM notes;
ROLLBACK TO s;
FETCH 1 FROM c;
ROLLBACK TO s;
-- X 48: Bob's is good now, though the transaction is older.
SET LOCAL pg_session_jwt.jwt = :'bob';
SELECT auth.user_id();
SELECT count(*) FROM notes;
COMMIT;
-- Presented again, too, Alice's stays refused.
SELECT auth.user_id();
SELECT auth.jwt_session_init(:'alice');

\set VERBOSITY default
RESET ROLE;
DROP TABLE notes;
DROP ROLE regress_jwt_user;
DROP EXTENSION pg_session_jwt;
