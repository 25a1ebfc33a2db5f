-- The organization claim: the member "o" of the payload.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
\pset null (null)
\c -reuse-previous=on :conn_ed
-- K 56: an object, whatever its members. K 57: its id, if that is a UUID.
SET pg_session_jwt.jwt = :'tok_ed_org_uuid';
SELECT auth.organization(), auth.organization_id();
SET pg_session_jwt.jwt = :'tok_ed_org_text';
SELECT auth.organization(), auth.organization_id();
SET pg_session_jwt.jwt = :'tok_ed_org_number';
SELECT auth.organization(), auth.organization_id();
SET pg_session_jwt.jwt = :'tok_ed_org_empty';
SELECT auth.organization(), auth.organization_id();
-- Anything but an object is NULL: null, a string, an array, nothing.
SET pg_session_jwt.jwt = :'tok_ed_org_null';
SELECT auth.organization(), auth.organization_id();
SET pg_session_jwt.jwt = :'tok_ed_org_string';
SELECT auth.organization(), auth.organization_id();
SET pg_session_jwt.jwt = :'tok_ed_org_array';
SELECT auth.organization(), auth.organization_id();
\c -reuse-previous=on :conn_ed
SET pg_session_jwt.jwt = :'tok_ed_alice_1';
SELECT auth.organization(), auth.organization_id();

-- Rows of an organization.
CREATE TABLE regress_jwt_notes (org uuid, note text);
INSERT INTO regress_jwt_notes VALUES ('1a2b3c4d-5e6f-4a1b-8c2d-0123456789ab', 'ours'),
	('00000000-0000-0000-0000-000000000000', 'theirs');
CREATE POLICY notes ON regress_jwt_notes USING (org = (SELECT auth.organization_id()));
ALTER TABLE regress_jwt_notes ENABLE ROW LEVEL SECURITY;
CREATE ROLE regress_jwt_user;
GRANT SELECT ON regress_jwt_notes TO regress_jwt_user;
SET ROLE regress_jwt_user;
SELECT note FROM regress_jwt_notes;
SET pg_session_jwt.jwt = :'tok_ed_org_uuid';
SELECT note FROM regress_jwt_notes;

\c -reuse-previous=on "options=''"
DROP TABLE regress_jwt_notes;
DROP ROLE regress_jwt_user;
DROP EXTENSION pg_session_jwt;
