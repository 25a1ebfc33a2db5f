-- The SQLSTATEs of refusals, which clients rely on.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
-- Presents a token the way a client does, and says what came of it.
CREATE FUNCTION regress_jwt_present(token text, OUT code text, OUT message text)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM auth.jwt_session_init(token);
	PERFORM auth.user_id();
	code := '00000';
EXCEPTION WHEN OTHERS THEN
	code := sqlstate;
	message := sqlerrm;
END
$$;

-- K 27, K 31: not configured.
SELECT * FROM regress_jwt_present(:'tok_ed_alice_1');
\c -reuse-previous=on :conn_no_json
-- K 18: the key is no key.
SELECT * FROM regress_jwt_present(:'tok_ed_alice_1');

\c -reuse-previous=on :conn_ed
SELECT item, r.code, r.message
FROM (VALUES
	('K 38, empty', :'tok_empty'),
	('K 38, one part', :'tok_opaque'),
	('K 38, two parts', :'tok_two_parts'),
	('K 38, five parts', :'tok_encrypted'),
	('too long', :'tok_ed_17k'),
	('X 39, no JSON', :'tok_ed_header_text'),
	('X 39, none', :'tok_ed_none'),
	('X 39, other algorithm', :'tok_ed_alg_rs256'),
	('X 39, no algorithm', :'tok_ed_alg_unknown'),
	('X 39, crit', :'tok_ed_crit'),
	('X 39, b64', :'tok_ed_b64_false'),
	('K 40, padding', :'tok_ed_padded'),
	('K 40, too long', :'tok_ed_signature_long'),
	('X 41, too short', :'tok_ed_zero_tail_cut'),
	('K 42', :'tok_ed_tampered'),
	('K 43, empty', :'tok_ed_payload_empty'),
	('K 43, no object', :'tok_ed_payload_array'),
	('X 53', :'tok_ed_payload_nul'),
	('K 44', :'tok_ed_jti_string'),
	('K 45', :'tok_ed_jti_zero'),
	('K 46, type', :'tok_ed_nbf_string'),
	('K 46, time', :'tok_ed_not_yet'),
	('K 47, type', :'tok_ed_exp_string'),
	('K 47, time', :'tok_ed_expired'),
	('K 54, null', :'tok_ed_sub_null'),
	('good', :'tok_ed_exp_missing')
) AS t(item, token), regress_jwt_present(token) AS r;

-- K 35: bytes that are not UTF-8 reach the setting only in the startup packet.
\set bad `printf '\377'`
\set c '"options=\'-c pg_session_jwt.jwt=' :bad '\'"'
\c -reuse-previous=on :c
SELECT auth.user_id();
\set VERBOSITY sqlstate
SELECT auth.jwt();
\set VERBOSITY default
\c -reuse-previous=on "options=''"
DROP FUNCTION regress_jwt_present(text);
DROP EXTENSION pg_session_jwt;
