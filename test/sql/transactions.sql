-- The identity follows its setting through transactions, savepoints and resets.
-- Connection key: Ed25519, whose tokens have a number that must rise with each presentation.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
\pset null (null)
\c -reuse-previous=on :conn_ed
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SELECT auth.user_id();
-- K 33: the same token again, by hand and by function.
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SELECT auth.user_id();
SELECT auth.jwt_session_init(:'tok_ed_alice_1');

-- X 63: what a rollback brings back was accepted before, and is accepted again.
BEGIN;
SET pg_session_jwt.jwt = :'tok_ed_bob_2';
SELECT auth.user_id();
ROLLBACK;
SELECT auth.user_id();

-- X 64: SET LOCAL ends with the transaction; so does the function's second form.
BEGIN;
SET LOCAL pg_session_jwt.jwt = :'tok_ed_bob_3';
SELECT auth.user_id();
COMMIT;
SELECT auth.user_id();
BEGIN;
SELECT auth.jwt_session_init(:'tok_ed_bob_4', true);
SELECT auth.user_id();
COMMIT;
SELECT auth.user_id();
-- Outside a transaction block that is the statement itself.
SELECT auth.jwt_session_init(:'tok_ed_bob_5', true);
SELECT auth.user_id();

-- X 65: savepoints, one in another.
BEGIN;
SAVEPOINT a;
SET pg_session_jwt.jwt = :'tok_ed_bob_6';
SELECT auth.user_id();
SAVEPOINT b;
RESET pg_session_jwt.jwt;
SELECT auth.user_id();
ROLLBACK TO b;
SELECT auth.user_id();
ROLLBACK TO a;
SELECT auth.user_id();
SAVEPOINT c;
SET pg_session_jwt.jwt = :'tok_ed_bob_7';
RELEASE c;
COMMIT;
SELECT auth.user_id();

-- X 66, K 45: an older token comes back by rollback only; presented anew it is refused.
SELECT auth.jwt_session_init(:'tok_ed_alice_1');
SELECT auth.user_id();

-- A refusal ends the transaction, and what it began with is there after it.
BEGIN;
SELECT auth.jwt_session_init(:'tok_ed_tampered');
ROLLBACK;
SELECT auth.user_id();
-- K 30: an error undoes the SET; within an exception block, to the block's start.
DO $$
BEGIN
	PERFORM auth.jwt_session_init('a.b.c');
EXCEPTION WHEN OTHERS THEN
	RAISE NOTICE '% %, identity %', sqlstate, sqlerrm, auth.user_id();
END
$$;
SELECT auth.user_id();
-- A good token, and an error of somebody else's after it.
SELECT :'tok_ed_alice_8' AS token \gset
SELECT set_config('regress_jwt.token', :'token', false) IS NOT NULL AS set;
DO $$
BEGIN
	PERFORM auth.jwt_session_init(current_setting('regress_jwt.token'));
	RAISE NOTICE 'inside %', auth.user_id();
	PERFORM 1 / 0;
EXCEPTION WHEN division_by_zero THEN
	RAISE NOTICE 'after %', auth.user_id();
END
$$;
SELECT auth.user_id();

-- K 30: a read-only transaction may change who is asking.
BEGIN READ ONLY;
SELECT auth.jwt_session_init(:'tok_ed_claims');
SELECT auth.user_id();
COMMIT;
SELECT auth.user_id();

-- Within one statement, readers see the setting as it is when they are called.
SELECT auth.user_id() AS before, set_config('pg_session_jwt.jwt', '', false) AS token,
	auth.user_id() AS after;

-- A value that nobody had read when a later one was accepted was presented before it, and counts.
\c -reuse-previous=on :conn_ed
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
BEGIN;
SET LOCAL pg_session_jwt.jwt = :'tok_ed_bob_2';
SELECT auth.user_id();
COMMIT;
SELECT auth.user_id();
-- K 45: presented anew, after a later one, it does not.
SET pg_session_jwt.jwt = :'tok_ed_bob_3';
SELECT auth.user_id();
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SELECT auth.user_id();

\c -reuse-previous=on "options=''"
DROP EXTENSION pg_session_jwt;
