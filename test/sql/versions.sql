-- Installing each version that can be installed, and what the catalogs hold then.
-- What the extension consists of.
CREATE VIEW regress_jwt_members AS
SELECT pg_describe_object(classid, objid, objsubid) AS object, objid
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_session_jwt');
-- The functions of 0.5.0, in the order of its documentation.
CREATE VIEW regress_jwt_functions AS
SELECT p.oid::regprocedure AS function, prorettype::regtype AS returns,
	provolatile AS volatility, proisstrict AS strict, proparallel AS parallel, prosrc AS symbol
FROM pg_proc AS p, regress_jwt_members AS m
WHERE m.objid = p.oid AND m.object LIKE 'function %'
	AND p.proname IN ('init', 'jwt_session_init', 'session', 'jwt', 'user_id', 'uid', 'organization', 'organization_id')
ORDER BY p.oid;

-- K 1: the control file.
SELECT default_version, comment FROM pg_available_extensions WHERE name = 'pg_session_jwt';
-- K 7: versions that can be installed.
SELECT version, superuser, trusted, relocatable, schema, requires
FROM pg_available_extension_versions WHERE name = 'pg_session_jwt' ORDER BY version COLLATE "C";
-- K 7: from each version any later one, and down to 0.3.1.
SELECT source, string_agg(target, ' ' ORDER BY target COLLATE "C") AS targets
FROM pg_extension_update_paths('pg_session_jwt') WHERE path IS NOT NULL
GROUP BY source ORDER BY source COLLATE "C";

-- K 5: the functions of 0.5.0.
CREATE EXTENSION pg_session_jwt VERSION '0.5.0';
SELECT * FROM regress_jwt_functions;
SELECT DISTINCT lanname, procost, proleakproof, prosecdef, proacl, probin, proowner = 10 AS bootstrap
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang, regress_jwt_members AS m
WHERE m.objid = p.oid AND m.object LIKE 'function %';
-- K 2: the schema is the extension's and the bootstrap superuser's; the extension is in public.
SELECT object FROM regress_jwt_members ORDER BY object COLLATE "C";
SELECT nspowner = 10 AS bootstrap, nspacl FROM pg_namespace WHERE nspname = 'auth';
SELECT extversion, extnamespace::regnamespace, extrelocatable FROM pg_extension WHERE extname = 'pg_session_jwt';
-- K 6: the library serves them.
SELECT auth.user_id() IS NULL AS nobody, auth.session(), auth.jwt();
DROP EXTENSION pg_session_jwt;
SELECT count(*) FROM pg_namespace WHERE nspname = 'auth';

-- K 5: those of the default version are the same, and one more.
CREATE EXTENSION pg_session_jwt;
SELECT * FROM regress_jwt_functions;
SELECT DISTINCT lanname, procost, proleakproof, prosecdef, proacl, probin, proowner = 10 AS bootstrap
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang, regress_jwt_functions AS f
WHERE p.oid = f.function;
-- Every function says what it does.
SELECT object FROM regress_jwt_members
WHERE object LIKE 'function %' AND obj_description(objid, 'pg_proc') IS NULL;
DROP EXTENSION pg_session_jwt;

-- The two statements of Neon's compute node, as it writes them.
CREATE EXTENSION IF NOT EXISTS "pg_session_jwt" WITH SCHEMA public VERSION "0.3.1";
SELECT * FROM regress_jwt_functions;
CREATE EXTENSION IF NOT EXISTS "pg_session_jwt" WITH SCHEMA public VERSION "0.3.1";
ALTER EXTENSION "pg_session_jwt" UPDATE TO "0.3.1";
ALTER EXTENSION pg_session_jwt UPDATE;
ALTER EXTENSION "pg_session_jwt" UPDATE TO "0.3.1";
SELECT extversion, extnamespace::regnamespace FROM pg_extension WHERE extname = 'pg_session_jwt';
SELECT * FROM regress_jwt_functions;
DROP EXTENSION pg_session_jwt;
-- K 7: older ones were never installed by a script of their own.
\set VERBOSITY sqlstate
CREATE EXTENSION pg_session_jwt VERSION '0.1.0';
CREATE EXTENSION pg_session_jwt VERSION '0.3.0';
-- K 1: it stays where it is.
CREATE EXTENSION pg_session_jwt;
ALTER EXTENSION pg_session_jwt SET SCHEMA pg_catalog;
\set VERBOSITY default
DROP EXTENSION pg_session_jwt;
DROP VIEW regress_jwt_functions;
DROP VIEW regress_jwt_members;
