-- K 55: auth.uid() reads a subject in the forms of Rust's uuid crate; anything else is NULL.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
\pset null (null)
\c -reuse-previous=on :conn_ed
-- Hyphens, capitals, none, braces, URN.
SET pg_session_jwt.jwt = :'tok_ed_sub_uuid';
SELECT auth.uid(), auth.user_id();
SET pg_session_jwt.jwt = :'tok_ed_sub_uuid_upper';
SELECT auth.uid(), auth.user_id();
SET pg_session_jwt.jwt = :'tok_ed_sub_uuid_plain';
SELECT auth.uid(), auth.user_id();
SET pg_session_jwt.jwt = :'tok_ed_sub_uuid_braces';
SELECT auth.uid(), auth.user_id();
SET pg_session_jwt.jwt = :'tok_ed_sub_uuid_urn';
SELECT auth.uid(), auth.user_id();
-- Groups of four, which PostgreSQL itself would take; one digit short; no UUID at all.
SET pg_session_jwt.jwt = :'tok_ed_sub_uuid_groups';
SELECT auth.uid(), auth.user_id();
SET pg_session_jwt.jwt = :'tok_ed_sub_uuid_short';
SELECT auth.uid(), auth.user_id();
RESET pg_session_jwt.jwt;
SELECT auth.uid();

-- The same forms in unsigned claims.
\c -reuse-previous=on "options=''"
SELECT set_config('request.jwt.claims', '{"sub":"1A2b3c4D-5e6f-4a1b-8c2d-0123456789ab"}', false) IS NOT NULL AS set;
SELECT auth.uid();
-- A claim that is not a string is no error there.
SELECT set_config('request.jwt.claims', '{"sub":1}', false) IS NOT NULL AS set;
SELECT auth.uid();
DROP EXTENSION pg_session_jwt;
