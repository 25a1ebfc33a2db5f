-- A token among the connection's startup options, as poolers and serverless drivers may send it.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
-- The options of conn_ed, and a token.
SELECT replace(:'conn_ed', '''"', ' -c pg_session_jwt.jwt=' || :'tok_ed_alice_1' || '''"') AS c \gset
\c -reuse-previous=on :c
SELECT auth.user_id();
-- It is what the setting goes back to, and it is not a new presentation then (K 21, X 66).
SET pg_session_jwt.jwt = :'tok_ed_bob_2';
SELECT auth.user_id();
RESET pg_session_jwt.jwt;
SELECT auth.user_id();
SET pg_session_jwt.jwt = :'tok_ed_bob_3';
SELECT auth.user_id();
RESET ALL;
SELECT auth.user_id();
SET pg_session_jwt.jwt = :'tok_ed_bob_4';
SELECT auth.user_id();
DISCARD ALL;
SELECT auth.user_id();
SET pg_session_jwt.jwt TO DEFAULT;
SELECT auth.user_id();
-- Presented anew it is an old one (K 45).
SELECT auth.jwt_session_init(:'tok_ed_alice_1');
-- A bad one does not keep anybody from connecting; it is refused where it is read.
SELECT replace(:'conn_ed', '''"', ' -c pg_session_jwt.jwt=' || :'tok_ed_tampered' || '''"') AS c \gset
\c -reuse-previous=on :c
SELECT 1 AS connected;
SELECT auth.user_id();
SELECT auth.jwt_session_init(:'tok_ed_alice_1');
SELECT auth.user_id();
RESET ALL;
SELECT auth.user_id();

-- Set before the library is loaded: for the session, and in a transaction over that.
\c -reuse-previous=on :conn_rsa
SET pg_session_jwt.jwt = :'tok_rsa_alice';
BEGIN;
SET LOCAL pg_session_jwt.jwt = :'tok_rsa_bob';
SELECT auth.user_id();
COMMIT;
SELECT auth.user_id();
RESET pg_session_jwt.jwt;
SELECT auth.user_id() IS NULL AS nobody;

\c -reuse-previous=on "options=''"
DROP EXTENSION pg_session_jwt;
