-- What the readers return.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
CREATE ROLE regress_jwt_user;
\pset null (null)
\c -reuse-previous=on :conn_ed
SET ROLE regress_jwt_user;

-- K 51: no identity is JSON null, which is not SQL NULL.
SELECT auth.session(), auth.jwt(), auth.session() IS NULL AS "is null", auth.session() ->> 'sub' AS sub;
SELECT auth.user_id(), auth.uid(), auth.organization(), auth.organization_id();
-- K 29: NULL presents nothing and clears nothing.
SELECT auth.jwt_session_init(NULL);
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SELECT auth.user_id();
SELECT auth.jwt_session_init(NULL), auth.jwt_session_init(NULL, true);
SELECT auth.jwt_session_init(:'tok_ed_alice_2', NULL);
SELECT auth.user_id(), auth.jwt() -> 'jti' AS jti;
-- The empty string is no token.
SET pg_session_jwt.jwt = '';
SELECT auth.user_id(), auth.session();

-- The payload as it was signed, whatever else it says (X 50: iss and aud are there to be read).
SET pg_session_jwt.jwt = :'tok_ed_claims';
SELECT jsonb_pretty(auth.session());
SELECT auth.session() = auth.jwt() AS same;
-- Letters beyond ASCII.
SET pg_session_jwt.jwt = :'tok_ed_unicode';
SELECT auth.user_id() = U&'\00e6lice \00df \20ac' AS same, char_length(auth.user_id());

-- Nested objects are jsonb's business: the last of two equal names counts.
SET pg_session_jwt.jwt = :'tok_ed_nested_dup';
SELECT auth.organization();

-- K 54: sub must be a string, or absent.
SET pg_session_jwt.jwt = :'tok_ed_sub_none';
SELECT auth.user_id(), auth.uid(), auth.jwt() -> 'x' AS x;
SET pg_session_jwt.jwt = :'tok_ed_sub_null';
SELECT auth.user_id();
SELECT auth.uid();
SELECT auth.jwt() -> 'sub' AS sub;
SET pg_session_jwt.jwt = :'tok_ed_sub_number';
SELECT auth.user_id();
SELECT auth.uid();
SELECT auth.organization();
SELECT auth.jwt() -> 'sub' AS sub;
SET pg_session_jwt.jwt = :'tok_ed_sub_empty';
SELECT auth.user_id(), auth.user_id() = '' AS empty, auth.uid();

\c -reuse-previous=on "options=''"
DROP ROLE regress_jwt_user;
DROP EXTENSION pg_session_jwt;
