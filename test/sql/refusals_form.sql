-- Tokens that are refused for their form: parts, header, signature. Connection key: Ed25519.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
\c -reuse-previous=on :conn_ed
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SELECT auth.user_id();

--
-- K 38: parts
--
SELECT auth.jwt_session_init(:'tok_empty');
SELECT auth.jwt_session_init(:'tok_opaque');
SELECT auth.jwt_session_init(:'tok_two_parts');
SELECT auth.jwt_session_init(:'tok_four_parts');
SELECT auth.jwt_session_init(:'tok_encrypted');
SELECT auth.jwt_session_init(:'tok_dots');
SELECT auth.jwt_session_init(:'tok_ed_17k');

--
-- X 39: headers (each token is well signed)
--
SELECT auth.jwt_session_init(:'tok_ed_alg_none');
SELECT auth.jwt_session_init(:'tok_ed_alg_None');
SELECT auth.jwt_session_init(:'tok_ed_alg_rs256');
SELECT auth.jwt_session_init(:'tok_ed_alg_hs256');
SELECT auth.jwt_session_init(:'tok_ed_alg_unknown');
SELECT auth.jwt_session_init(:'tok_ed_alg_number');
SELECT auth.jwt_session_init(:'tok_ed_crit');
SELECT auth.jwt_session_init(:'tok_ed_crit_empty');
SELECT auth.jwt_session_init(:'tok_ed_b64_false');
SELECT auth.jwt_session_init(:'tok_ed_header_dup');
SELECT auth.jwt_session_init(:'tok_ed_header_array');
SELECT auth.jwt_session_init(:'tok_ed_header_text');
SELECT auth.jwt_session_init(:'tok_ed_header_empty');
-- Not signed, or signed for a weaker algorithm. K 40: the token of an RSA key is refused for the
-- length of its signature.
SELECT auth.jwt_session_init(:'tok_ed_none');
SELECT auth.jwt_session_init(:'tok_ed_hmac');
SELECT auth.jwt_session_init(:'tok_ed_by_rsa');

--
-- Signatures
--
-- K 40: encodings.
SELECT auth.jwt_session_init(:'tok_ed_padded');
SELECT auth.jwt_session_init(:'tok_ed_newline');
SELECT auth.jwt_session_init(:'tok_ed_space');
SELECT auth.jwt_session_init(:'tok_ed_trailing_bits');
SELECT auth.jwt_session_init(:'tok_ed_alphabet');
SELECT auth.jwt_session_init(:'tok_ed_signature_long');
-- X 41: a signature must have all its bytes, even those that are zero.
SELECT auth.jwt_session_init(:'tok_ed_zero_tail_cut');
SELECT auth.jwt_session_init(:'tok_ed_signature_empty');
-- K 42: signatures that do not verify.
SELECT auth.jwt_session_init(:'tok_ed_wrong_key');
SELECT auth.jwt_session_init(:'tok_ed_tampered');
SELECT auth.jwt_session_init(:'tok_ed_tampered_payload');
SELECT auth.jwt_session_init(:'tok_ed_signature_zero');
SELECT auth.jwt_session_init(:'tok_ed_malleable');

-- K 49: none of this has changed who the session is.
SELECT auth.user_id();
-- The signature that ends in a zero byte, whole. X 39: a header may leave alg out, and say more.
SELECT auth.jwt_session_init(:'tok_ed_noalg');
SELECT auth.jwt_session_init(:'tok_ed_typ');
SELECT auth.jwt_session_init(:'tok_ed_ed25519');
SELECT auth.jwt_session_init(:'tok_ed_b64_true');
SELECT auth.jwt_session_init(:'tok_ed_zero_tail');
SELECT auth.jwt() -> 'jti' AS jti;

\c -reuse-previous=on "options=''"
DROP EXTENSION pg_session_jwt;
