-- Keys of a connection: when one is needed, and which kinds are taken.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;

--
-- No key
--
-- K 27: there is nothing to check.
SELECT auth.init();
-- K 31, K 36: a token cannot be verified, and does not stay either.
SELECT auth.jwt_session_init(:'tok_ed_alice_1');
SELECT current_setting('pg_session_jwt.jwt');
-- A token that was set by hand is not ignored: every reader raises.
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SELECT auth.user_id();
SELECT auth.session();
SELECT auth.uid();
SELECT auth.organization();
RESET pg_session_jwt.jwt;
SELECT auth.user_id();

--
-- Ed25519
--
\c -reuse-previous=on :conn_ed
-- K 28: the check is optional and may be repeated; reads work without it.
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SELECT auth.user_id();
SELECT auth.init();
SELECT auth.init();
-- The token of another key.
SELECT auth.jwt_session_init(:'tok_ed_wrong_key');
-- K 13: the key cannot be changed in the session, by whatever means.
\set VERBOSITY sqlstate
SET pg_session_jwt.jwk = 'x';
SET LOCAL pg_session_jwt.jwk = 'x';
SELECT set_config('pg_session_jwt.jwk', 'x', false);
SELECT set_config('pg_session_jwt.jwk', 'x', true);
RESET pg_session_jwt.jwk;
\set VERBOSITY default
-- K 70: it is the same for the life of the backend.
RESET ALL;
SELECT auth.init();
DISCARD ALL;
SELECT auth.jwt_session_init(:'tok_ed_alice_2');
SELECT auth.user_id();

-- Another key takes its own tokens and no others.
\c -reuse-previous=on :conn_ed_other
SELECT auth.jwt_session_init(:'tok_ed_alice_1');
SELECT auth.jwt_session_init(:'tok_ed_wrong_key');
SELECT auth.user_id();

-- Spaces, quotes and backslashes in the JSON text.
\c -reuse-previous=on :conn_ed_spaced
SELECT auth.jwt_session_init(:'tok_ed_alice_1');
SELECT auth.user_id();
-- K 18: members that say nothing about the key itself are ignored.
\c -reuse-previous=on :conn_ed_members
SELECT auth.jwt_session_init(:'tok_ed_alice_1');
SELECT auth.user_id();

--
-- RSA and EC P-256: tokens in any order, no jti needed
--
\c -reuse-previous=on :conn_rsa
SELECT auth.init();
SELECT auth.jwt_session_init(:'tok_rsa_alice');
SELECT auth.user_id();
SELECT auth.jwt_session_init(:'tok_rsa_bob');
SELECT auth.user_id();
SELECT auth.jwt_session_init(:'tok_rsa_alice');
SELECT auth.user_id();
SELECT auth.jwt_session_init(:'tok_rsa_noalg');
SELECT auth.jwt_session_init(:'tok_rsa_jti_string');
SELECT auth.user_id();

\c -reuse-previous=on :conn_ec
SELECT auth.init();
SELECT auth.jwt_session_init(:'tok_ec_alice');
SELECT auth.user_id();
SELECT auth.jwt_session_init(:'tok_ec_bob');
SELECT auth.user_id();
SELECT auth.jwt_session_init(:'tok_ec_noalg');
SELECT auth.jwt_session_init(:'tok_ec_jti_string');
SELECT auth.user_id();

DROP EXTENSION pg_session_jwt;
