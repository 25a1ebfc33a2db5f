-- Keys that are refused. The primary message is that of 0.5.0 for whatever is wrong (K 18, K 8).
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;

-- K 18: not JSON.
\c -reuse-previous=on :conn_no_json
SELECT auth.init();
-- The refusal is not remembered as anything else: it is repeated.
SELECT auth.init();
SELECT auth.jwt_session_init(:'tok_ed_alice_1');
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SELECT auth.user_id();
SELECT auth.jwt();
RESET pg_session_jwt.jwt;
-- K 34: without a token nobody looks at the key.
SELECT auth.user_id() IS NULL AS nobody, auth.session();
-- A key that is no good is still a key: unsigned claims stay ignored.
SELECT set_config('request.jwt.claims', '{"sub":"mallory"}', false);
SELECT auth.user_id() IS NULL AS nobody;

-- K 19: the empty string is a key, too, and a bad one.
\c -reuse-previous=on :conn_empty
SELECT auth.init();
SELECT set_config('request.jwt.claims', '{"sub":"mallory"}', false);
SELECT auth.user_id() IS NULL AS nobody, auth.session();
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SELECT auth.user_id();

-- X 18: an array with the right values is not an object.
\c -reuse-previous=on :conn_array
SELECT auth.init();
-- A member that is named twice.
\c -reuse-previous=on :conn_dup
SELECT auth.init();
-- x with 31 bytes, and with padding.
\c -reuse-previous=on :conn_short
SELECT auth.init();
\c -reuse-previous=on :conn_padded
SELECT auth.init();
-- Points of small order verify signatures that nobody made.
\c -reuse-previous=on :conn_small_order
SELECT auth.init();
\c -reuse-previous=on :conn_identity
SELECT auth.init();
-- A point that is not on the curve.
\c -reuse-previous=on :conn_off_curve
SELECT auth.init();
-- Too short.
\c -reuse-previous=on :conn_rsa_1024
SELECT auth.init();
-- Kinds that no gateway uses.
\c -reuse-previous=on :conn_p384
SELECT auth.init();
\c -reuse-previous=on :conn_oct
SELECT auth.init();
-- Private keys do not belong here.
\c -reuse-previous=on :conn_ed_private
SELECT auth.init();
\c -reuse-previous=on :conn_rsa_private
SELECT auth.init();
\c -reuse-previous=on :conn_ec_private
SELECT auth.init();

\c -reuse-previous=on "options=''"
DROP EXTENSION pg_session_jwt;
