-- Presenting the token that is in force changes nothing, and so leaves the setting alone. Where the
-- setting was changed in this transaction, what comes back at its end is what counts.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
SET client_min_messages = warning;
CREATE EXTENSION pg_session_jwt;
INSERT INTO auth.issuers (issuer, jwks, audiences) VALUES ('https://idp.example/', :'jwks_idp', '{https://api.example.com}');
CREATE FUNCTION pg_temp.present(token text, is_local boolean DEFAULT false) RETURNS text LANGUAGE sql AS $$
	SELECT auth.jwt_session_init(token, is_local);
	SELECT auth.user_id();
$$;
CREATE FUNCTION pg_temp.borrow(token text, other text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM auth.jwt_session_init(other, true);
	PERFORM auth.jwt_session_init(token);
	RETURN auth.user_id();
END
$$;
CREATE PROCEDURE pg_temp.commit_between(token text, other text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM auth.jwt_session_init(other, true);
	COMMIT;
	PERFORM auth.jwt_session_init(token);
	COMMIT;
	RAISE WARNING '%', auth.user_id();
END
$$;
\set ECHO all

SELECT pg_temp.present(:'tok_idp_alice');
SELECT pg_temp.present(:'tok_idp_alice'), pg_temp.present(:'tok_idp_alice', true);
SELECT auth.user_id();
-- In a transaction that is rolled back, and before another token.
BEGIN;
SELECT pg_temp.present(:'tok_idp_alice');
ROLLBACK;
BEGIN;
SELECT pg_temp.present(:'tok_idp_alice', true);
SELECT pg_temp.present(:'tok_idp_bob', true);
COMMIT;
SELECT auth.user_id();
BEGIN;
SELECT pg_temp.present(:'tok_idp_alice');
SELECT pg_temp.present(:'tok_idp_bob');
SELECT pg_temp.present(:'tok_idp_bob');
ROLLBACK;
SELECT auth.user_id();
-- The token of before is set within what would bring another one back.
BEGIN;
SELECT pg_temp.present(:'tok_idp_bob', true);
SELECT pg_temp.present(:'tok_idp_alice');
COMMIT;
SELECT auth.user_id();
SELECT pg_temp.present(:'tok_idp_bob');
BEGIN;
SELECT pg_temp.present(:'tok_idp_alice');
SAVEPOINT a;
SELECT pg_temp.present(:'tok_idp_bob');
SELECT pg_temp.present(:'tok_idp_bob', true);
ROLLBACK TO a;
SELECT pg_temp.present(:'tok_idp_alice');
RELEASE a;
COMMIT;
SELECT auth.user_id();
-- For the transaction first, and then for the session.
SELECT pg_temp.present(:'tok_idp_bob');
BEGIN;
SELECT pg_temp.present(:'tok_idp_alice', true);
SELECT pg_temp.present(:'tok_idp_alice');
COMMIT;
SELECT auth.user_id();
SELECT pg_temp.borrow(:'tok_idp_alice', :'tok_idp_bob');
SELECT auth.user_id();
CALL pg_temp.commit_between(:'tok_idp_alice', :'tok_idp_bob');
SELECT auth.user_id();

-- It is judged anew: by its issuer's row, and by its size.
UPDATE auth.issuers SET enabled = false;
SELECT pg_temp.present(:'tok_idp_alice');
UPDATE auth.issuers SET enabled = true;
SELECT pg_temp.present(:'tok_idp_alice');
SET pg_session_jwt.max_token_size = 256;
SELECT pg_temp.present(:'tok_idp_alice');
RESET pg_session_jwt.max_token_size;
SELECT pg_temp.present(:'tok_idp_alice');

-- The audit log has a line for each.
SET pg_session_jwt.audit_log = on;
SET client_min_messages = log;
SELECT auth.jwt_session_init(:'tok_idp_alice');
SELECT auth.jwt_session_init(:'tok_idp_alice');
RESET pg_session_jwt.audit_log;
RESET client_min_messages;

-- A value that came with the connection becomes the session's own.
SELECT replace(:'conn_ed', '''"', ' -c pg_session_jwt.jwt=' || :'tok_idp_alice' || '''"') AS c \gset
\c -reuse-previous=on :c
SELECT auth.user_id();
SELECT source FROM pg_settings WHERE name = 'pg_session_jwt.jwt';
SELECT auth.jwt_session_init(:'tok_idp_alice');
SELECT source FROM pg_settings WHERE name = 'pg_session_jwt.jwt';

\c -reuse-previous=on "options=''"
DELETE FROM auth.issuers;
DROP EXTENSION pg_session_jwt;
