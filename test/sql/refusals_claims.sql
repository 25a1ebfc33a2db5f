-- Well signed tokens that are refused for their payload. Connection key: Ed25519.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
\c -reuse-previous=on :conn_ed
SET pg_session_jwt.jwt = :'tok_ed_alice_2';
SELECT auth.user_id();

--
-- K 43: payloads
--
SELECT auth.jwt_session_init(:'tok_ed_payload_empty');
SELECT auth.jwt_session_init(:'tok_ed_payload_text');
SELECT auth.jwt_session_init(:'tok_ed_payload_array');
SELECT auth.jwt_session_init(:'tok_ed_payload_null');
SELECT auth.jwt_session_init(:'tok_ed_payload_trailing');
SELECT auth.jwt_session_init(:'tok_ed_payload_two');
SELECT auth.jwt_session_init(:'tok_ed_payload_bom');
SELECT auth.jwt_session_init(:'tok_ed_payload_surrogate');
SELECT auth.jwt_session_init(:'tok_ed_payload_utf8');
SELECT auth.jwt_session_init(:'tok_ed_payload_deep');
-- Which of two subjects would it be?
SELECT auth.jwt_session_init(:'tok_ed_payload_dup');
SELECT auth.jwt_session_init(:'tok_ed_payload_dup_escaped');
-- X 53: a character that no text can hold.
SELECT auth.jwt_session_init(:'tok_ed_payload_nul');
SELECT auth.jwt_session_init(:'tok_ed_payload_nul_nested');

--
-- K 44: jti must be an integer of 64 bits
--
SELECT auth.jwt_session_init(:'tok_ed_jti_missing');
SELECT auth.jwt_session_init(:'tok_ed_jti_string');
SELECT auth.jwt_session_init(:'tok_ed_jti_float');
SELECT auth.jwt_session_init(:'tok_ed_jti_null');
SELECT auth.jwt_session_init(:'tok_ed_jti_bool');
SELECT auth.jwt_session_init(:'tok_ed_jti_huge');
-- K 45: and above all that were accepted so far.
SELECT auth.jwt_session_init(:'tok_ed_jti_zero');
SELECT auth.jwt_session_init(:'tok_ed_jti_negative');
SELECT auth.jwt_session_init(:'tok_ed_alice_1');
SELECT auth.jwt_session_init(:'tok_ed_bob_2');

--
-- Times
--
-- K 46: nbf.
SELECT auth.jwt_session_init(:'tok_ed_not_yet');
SELECT auth.jwt_session_init(:'tok_ed_nbf_string');
SELECT auth.jwt_session_init(:'tok_ed_nbf_null');
-- K 47: exp.
SELECT auth.jwt_session_init(:'tok_ed_expired');
SELECT auth.jwt_session_init(:'tok_ed_exp_float_past');
SELECT auth.jwt_session_init(:'tok_ed_exp_negative');
SELECT auth.jwt_session_init(:'tok_ed_exp_string');
SELECT auth.jwt_session_init(:'tok_ed_exp_null');

-- K 49: the mark has not moved either, though all these had a higher jti: the next one is good.
SELECT auth.user_id();
SELECT auth.jwt_session_init(:'tok_ed_bob_3');
SELECT auth.user_id();
-- K 58: with a token that is refused every reader raises; queries do not just find no rows.
SET pg_session_jwt.jwt = :'tok_ed_expired';
SELECT auth.user_id();
SELECT auth.uid();
SELECT auth.session();
SELECT auth.jwt();
SELECT auth.organization();
SELECT auth.organization_id();
SELECT count(*) FROM generate_series(1, 3) AS i WHERE auth.user_id() = i::text;
RESET pg_session_jwt.jwt;

-- The largest jti is the last.
SELECT auth.jwt_session_init(:'tok_ed_alice_max');
SELECT auth.jwt_session_init(:'tok_ed_exp_missing');
SELECT auth.user_id();

-- Dates that are accepted: no exp at all (K 47), fractions, exponents, far away, long past.
\c -reuse-previous=on :conn_ed
SELECT auth.jwt_session_init(:'tok_ed_exp_missing');
SELECT auth.jwt_session_init(:'tok_ed_exp_float');
SELECT auth.jwt_session_init(:'tok_ed_exp_exponent');
SELECT auth.jwt_session_init(:'tok_ed_exp_huge');
SELECT auth.jwt_session_init(:'tok_ed_nbf_past');

\c -reuse-previous=on "options=''"
DROP EXTENSION pg_session_jwt;
