-- Who may install the extension, and who may call what, in a database of an ordinary role.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE ROLE regress_jwt_owner;
CREATE ROLE regress_jwt_guest;
CREATE DATABASE regress_jwt_db TEMPLATE template0 OWNER regress_jwt_owner;
SELECT current_database() AS main_db \gset
\c regress_jwt_db

-- K 4: without CREATE on the database.
SET ROLE regress_jwt_guest;
CREATE EXTENSION pg_session_jwt;
\set VERBOSITY sqlstate
CREATE EXTENSION pg_session_jwt;
\set VERBOSITY default
RESET ROLE;

-- K 1: trusted: the owner of the database installs it, and what it makes is the bootstrap superuser's.
SET ROLE regress_jwt_owner;
CREATE EXTENSION pg_session_jwt;
SELECT extowner::regrole FROM pg_extension WHERE extname = 'pg_session_jwt';
SELECT nspowner = 10 AS bootstrap FROM pg_namespace WHERE nspname = 'auth';
-- The guide's column default needs the schema to be open to its owner.
CREATE TABLE t (user_id text DEFAULT (auth.user_id()));
DROP TABLE t;
-- But neither the schema nor the functions are the installer's to change.
\set VERBOSITY sqlstate
CREATE FUNCTION auth.user_id(text) RETURNS text LANGUAGE sql AS 'SELECT 1::text';
CREATE OR REPLACE FUNCTION auth.user_id() RETURNS text LANGUAGE sql AS 'SELECT 1::text';
ALTER FUNCTION auth.user_id() OWNER TO regress_jwt_owner;
\set VERBOSITY default
RESET ROLE;

-- Any role may call the functions: USAGE on the schema, EXECUTE on each.
SELECT has_schema_privilege('regress_jwt_guest', 'auth', 'USAGE') AS usage,
	has_schema_privilege('regress_jwt_guest', 'auth', 'CREATE') AS "create";
SELECT p.oid::regprocedure, has_function_privilege('regress_jwt_guest', p.oid, 'EXECUTE') AS execute
FROM pg_proc AS p WHERE pronamespace = 'auth'::regnamespace
	AND proname IN ('init', 'jwt_session_init', 'session', 'jwt', 'user_id', 'uid', 'organization', 'organization_id')
ORDER BY p.oid;
SET ROLE regress_jwt_guest;
SELECT auth.user_id() IS NULL AS nobody, auth.session();
RESET ROLE;

-- P 9: policies and defaults work without USAGE; naming a function does not.
REVOKE USAGE ON SCHEMA auth FROM PUBLIC;
CREATE TABLE t (user_id text DEFAULT (auth.user_id()), x int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (user_id = auth.user_id());
GRANT SELECT, INSERT ON t TO regress_jwt_guest;
SET ROLE regress_jwt_guest;
SET request.jwt.claims = '{"sub":"alice"}';
INSERT INTO t (x) VALUES (1);
SELECT * FROM t;
SELECT auth.user_id();
SELECT * FROM t WHERE user_id = auth.user_id();
RESET ROLE;
-- P 10: what depends on it holds it; CASCADE takes policies and defaults along.
\set VERBOSITY sqlstate
DROP EXTENSION pg_session_jwt;
DROP EXTENSION pg_session_jwt CASCADE;
SELECT count(*) FROM pg_policy WHERE polrelid = 't'::regclass;
DROP TABLE t;
-- P 11: the functions are STABLE, so no index and no generated column holds an identity.
CREATE EXTENSION pg_session_jwt;
CREATE TABLE t (x text, y text GENERATED ALWAYS AS (auth.user_id()) STORED);
CREATE TABLE t (x text);
CREATE INDEX ON t ((x || auth.user_id()));
\set VERBOSITY default
DROP TABLE t;
DROP EXTENSION pg_session_jwt;

\c :main_db
DROP DATABASE regress_jwt_db;
DROP ROLE regress_jwt_owner, regress_jwt_guest;
