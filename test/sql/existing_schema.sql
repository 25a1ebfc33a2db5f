-- F 3: a schema "auth" that was there before, as another platform's dump leaves it.
CREATE ROLE regress_jwt_owner;
CREATE DATABASE regress_jwt_db TEMPLATE template0 OWNER regress_jwt_owner;
SELECT current_database() AS main_db \gset
\c regress_jwt_db
SET ROLE regress_jwt_owner;
CREATE SCHEMA auth;
CREATE TABLE auth.users (id uuid);

-- It is used, and not adopted.
CREATE EXTENSION pg_session_jwt;
SELECT auth.user_id() IS NULL AS nobody;
SELECT nspowner::regrole, has_schema_privilege('public', oid, 'USAGE') AS usage FROM pg_namespace WHERE nspname = 'auth';
DROP EXTENSION pg_session_jwt;
SELECT count(*) FROM auth.users;
CREATE EXTENSION pg_session_jwt VERSION '0.5.0';
ALTER EXTENSION pg_session_jwt UPDATE;
ALTER EXTENSION pg_session_jwt UPDATE TO '0.3.1';
ALTER EXTENSION pg_session_jwt UPDATE;
DROP EXTENSION pg_session_jwt;

-- A function that is there already is an error that names it, and nothing is replaced.
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';
\set VERBOSITY terse
CREATE EXTENSION pg_session_jwt;
\set VERBOSITY sqlstate
CREATE EXTENSION pg_session_jwt;
\set VERBOSITY default
SELECT prosrc FROM pg_proc WHERE oid = 'auth.uid()'::regprocedure;
SELECT count(*) FROM pg_extension WHERE extname = 'pg_session_jwt';
DROP FUNCTION auth.uid();

-- Another role's schema: the installer cannot open it, and is told so.
RESET ROLE;
DROP SCHEMA auth CASCADE;
CREATE SCHEMA auth;
SET ROLE regress_jwt_owner;
\set VERBOSITY terse
CREATE EXTENSION pg_session_jwt;
\set VERBOSITY default
SELECT has_schema_privilege('auth', 'USAGE') AS usage;

\c :main_db
DROP DATABASE regress_jwt_db;
DROP ROLE regress_jwt_owner;
