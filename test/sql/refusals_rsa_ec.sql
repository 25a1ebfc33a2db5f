-- Tokens that are refused under RSA and EC connection keys.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;

\c -reuse-previous=on :conn_rsa
SELECT auth.jwt_session_init(:'tok_rsa_alice');
SELECT auth.jwt_session_init(:'tok_rsa_expired');
SELECT auth.jwt_session_init(:'tok_rsa_not_yet');
SELECT auth.jwt_session_init(:'tok_rsa_tampered_payload');
SELECT auth.jwt_session_init(:'tok_rsa_wrong_key');
SELECT auth.jwt_session_init(:'tok_rsa_none');
SELECT auth.jwt_session_init(:'tok_rsa_crit');
-- The key is for RS256 and nothing else.
SELECT auth.jwt_session_init(:'tok_rsa_hmac');
SELECT auth.jwt_session_init(:'tok_rsa_alg_eddsa');
SELECT auth.jwt_session_init(:'tok_rsa_rs512');
SELECT auth.jwt_session_init(:'tok_rsa_ps256');
SELECT auth.jwt_session_init(:'tok_rsa_short');
SELECT auth.jwt_session_init(:'tok_ec_alice');
SELECT auth.jwt_session_init(:'tok_ed_alice_1');
SELECT auth.user_id();

\c -reuse-previous=on :conn_ec
SELECT auth.jwt_session_init(:'tok_ec_alice');
SELECT auth.jwt_session_init(:'tok_ec_expired');
SELECT auth.jwt_session_init(:'tok_ec_not_yet');
SELECT auth.jwt_session_init(:'tok_ec_tampered_payload');
SELECT auth.jwt_session_init(:'tok_ec_wrong_key');
SELECT auth.jwt_session_init(:'tok_ec_none');
SELECT auth.jwt_session_init(:'tok_ec_crit');
SELECT auth.jwt_session_init(:'tok_ec_hmac');
SELECT auth.jwt_session_init(:'tok_ec_alg_eddsa');
-- Zeros verify under careless arithmetic.
SELECT auth.jwt_session_init(:'tok_ec_zero');
SELECT auth.jwt_session_init(:'tok_ec_long');
SELECT auth.jwt_session_init(:'tok_rsa_alice');
SELECT auth.user_id();

\c -reuse-previous=on "options=''"
DROP EXTENSION pg_session_jwt;
