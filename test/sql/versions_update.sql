-- Updating up and down: whatever way led to a version, its catalogs are the same (K 7).
CREATE TABLE regress_jwt_catalog (way text, object text, definition text);
-- Takes down all that the extension consists of, as DDL where there is such a thing.
CREATE FUNCTION regress_jwt_note(way text) RETURNS text LANGUAGE sql AS $$
	WITH members AS (
		SELECT classid, objid, pg_describe_object(classid, objid, objsubid) AS object
		FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
			AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_session_jwt')
	), definitions(object, definition) AS (
		SELECT object, CASE classid
			WHEN 'pg_proc'::regclass THEN pg_get_functiondef(objid)
			WHEN 'pg_class'::regclass THEN pg_get_viewdef(objid) END
		FROM members
		UNION ALL
		SELECT object, concat_ws(' ', obj_description(objid, classid::regclass::name),
			(SELECT proacl::text FROM pg_proc WHERE oid = objid),
			(SELECT concat_ws(' ', relkind, relacl, reloptions) FROM pg_class WHERE oid = objid))
		FROM members
		UNION ALL
		SELECT object || ' ' || attname, concat_ws(' ', attnum, atttypid::regtype, attnotnull,
			attcollation::regcollation, col_description(objid, attnum))
		FROM members JOIN pg_attribute ON attrelid = objid WHERE classid = 'pg_class'::regclass AND attnum > 0
		UNION ALL
		SELECT object, pg_get_constraintdef(c.oid) FROM members JOIN pg_constraint AS c ON conrelid = objid
		UNION ALL
		SELECT object, concat_ws(' ', pg_get_triggerdef(t.oid), tgenabled)
		FROM members JOIN pg_trigger AS t ON tgrelid = objid WHERE classid = 'pg_class'::regclass
		UNION ALL
		SELECT 'configuration', extcondition::text || ' ' || array_length(extconfig, 1) FROM pg_extension
		WHERE extname = 'pg_session_jwt'
	), noted AS (
		INSERT INTO regress_jwt_catalog SELECT $1, object, definition FROM definitions RETURNING 1
	)
	SELECT extversion FROM pg_extension WHERE extname = 'pg_session_jwt' AND (SELECT count(*) FROM noted) > 0
$$;
-- What two ways differ in.
CREATE FUNCTION regress_jwt_differences(a text, b text)
RETURNS TABLE (way text, object text, definition text) LANGUAGE sql AS $$
	(SELECT a, object, definition FROM regress_jwt_catalog WHERE way = a
	EXCEPT SELECT a, object, definition FROM regress_jwt_catalog WHERE way = b)
	UNION ALL
	(SELECT b, object, definition FROM regress_jwt_catalog WHERE way = b
	EXCEPT SELECT b, object, definition FROM regress_jwt_catalog WHERE way = a)
	ORDER BY 1, 2
$$;

CREATE EXTENSION pg_session_jwt VERSION '1.0.0';
SELECT regress_jwt_note('1.0.0');
-- Down one by one.
ALTER EXTENSION pg_session_jwt UPDATE TO '0.5.0';
SELECT regress_jwt_note('1.0.0 to 0.5.0');
ALTER EXTENSION pg_session_jwt UPDATE TO '0.4.0';
SELECT regress_jwt_note('1.0.0 to 0.4.0');
ALTER EXTENSION pg_session_jwt UPDATE TO '0.3.1';
SELECT regress_jwt_note('1.0.0 to 0.3.1');
-- Up again.
ALTER EXTENSION pg_session_jwt UPDATE TO '0.4.0';
SELECT regress_jwt_note('0.3.1 to 0.4.0');
ALTER EXTENSION pg_session_jwt UPDATE TO '0.5.0';
SELECT regress_jwt_note('0.3.1 to 0.5.0');
ALTER EXTENSION pg_session_jwt UPDATE TO '1.0.0';
SELECT regress_jwt_note('0.3.1 to 1.0.0');
-- All the way in one go.
ALTER EXTENSION pg_session_jwt UPDATE TO '0.3.1';
ALTER EXTENSION pg_session_jwt UPDATE;
SELECT regress_jwt_note('down and up');
DROP EXTENSION pg_session_jwt;
-- Fresh ones.
CREATE EXTENSION pg_session_jwt VERSION '0.5.0';
SELECT regress_jwt_note('0.5.0');
ALTER EXTENSION pg_session_jwt UPDATE;
SELECT regress_jwt_note('0.5.0 to 1.0.0');
DROP EXTENSION pg_session_jwt;
CREATE EXTENSION pg_session_jwt VERSION '0.4.0';
SELECT regress_jwt_note('0.4.0');
DROP EXTENSION pg_session_jwt;
CREATE EXTENSION pg_session_jwt VERSION '0.3.1';
SELECT regress_jwt_note('0.3.1');
DROP EXTENSION pg_session_jwt;

-- 0.0.1 has no install script any more; this is what it left in a catalog.
CREATE EXTENSION pg_session_jwt VERSION '0.3.1';
ALTER EXTENSION pg_session_jwt DROP FUNCTION auth.jwt_session_init(text);
DROP FUNCTION auth.jwt_session_init(text);
CREATE FUNCTION auth.jwt_session_init(s text) RETURNS void LANGUAGE c STRICT
AS '$libdir/pg_session_jwt', 'jwt_session_init_wrapper';
ALTER EXTENSION pg_session_jwt ADD FUNCTION auth.jwt_session_init(text);
ALTER FUNCTION auth.user_id() VOLATILE PARALLEL UNSAFE;
ALTER FUNCTION auth.session() VOLATILE PARALLEL UNSAFE;
UPDATE pg_extension SET extversion = '0.0.1' WHERE extname = 'pg_session_jwt';
-- K 7: up the whole chain.
ALTER EXTENSION pg_session_jwt UPDATE TO '0.1.0';
SELECT regress_jwt_note('0.1.0');
ALTER EXTENSION pg_session_jwt UPDATE TO '0.1.1';
SELECT regress_jwt_note('0.1.1');
ALTER EXTENSION pg_session_jwt UPDATE TO '0.1.2';
ALTER EXTENSION pg_session_jwt UPDATE TO '0.2.0';
ALTER EXTENSION pg_session_jwt UPDATE TO '0.3.0';
ALTER EXTENSION pg_session_jwt UPDATE TO '0.3.1';
SELECT regress_jwt_note('0.0.1 to 0.3.1');
ALTER EXTENSION pg_session_jwt UPDATE;
SELECT regress_jwt_note('0.0.1 to 1.0.0');
DROP EXTENSION pg_session_jwt;

-- No difference, but where one is meant.
SELECT * FROM regress_jwt_differences('1.0.0', '0.3.1 to 1.0.0');
SELECT * FROM regress_jwt_differences('1.0.0', 'down and up');
SELECT * FROM regress_jwt_differences('1.0.0', '0.5.0 to 1.0.0');
SELECT * FROM regress_jwt_differences('1.0.0', '0.0.1 to 1.0.0');
SELECT * FROM regress_jwt_differences('0.5.0', '1.0.0 to 0.5.0');
SELECT * FROM regress_jwt_differences('0.4.0', '1.0.0 to 0.4.0');
SELECT * FROM regress_jwt_differences('0.4.0', '0.3.1 to 0.4.0');
SELECT * FROM regress_jwt_differences('0.3.1', '1.0.0 to 0.3.1');
SELECT * FROM regress_jwt_differences('0.3.1', '0.0.1 to 0.3.1');
SELECT * FROM regress_jwt_differences('0.1.1', '0.3.1');
-- K 5: the step from 0.4.0 to 0.5.0 leaves STRICT out.
SELECT way, object, regexp_replace(definition, E'\n', ' ', 'g') AS definition
FROM regress_jwt_differences('0.5.0', '0.3.1 to 0.5.0');
-- The step from 0.1.0 to 0.1.1 makes the readers STABLE.
SELECT way, object, definition ~ 'STABLE PARALLEL SAFE STRICT' AS stable FROM regress_jwt_differences('0.1.0', '0.1.1');

DROP FUNCTION regress_jwt_differences(text, text);
DROP FUNCTION regress_jwt_note(text);
DROP TABLE regress_jwt_catalog;
