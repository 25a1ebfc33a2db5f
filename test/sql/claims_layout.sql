-- The claims are kept with the offset of every member, which readers of jsonb take as well as lengths:
-- nothing but the time of a look-up may tell them from what jsonb_in makes.
\set ECHO none
CREATE EXTENSION pg_session_jwt;
CREATE FUNCTION pg_temp.claims_of(size integer) RETURNS jsonb LANGUAGE sql AS $$
	SELECT coalesce(jsonb_object_agg(repeat('k', i % 7) || i, CASE i % 8
		WHEN 0 THEN to_jsonb(repeat('text ', i)) WHEN 1 THEN to_jsonb(i * 1.5) WHEN 2 THEN 'null' WHEN 3 THEN 'true'
		WHEN 4 THEN '""' WHEN 5 THEN jsonb_build_object('a', i, 'b', jsonb_build_array(i, 'x'))
		WHEN 6 THEN jsonb_build_array(i, NULL, '{}') ELSE to_jsonb(1e30::numeric + i) END), '{}')
	FROM generate_series(1, size) AS i
$$;
-- differences returns what is not as it must be while `claims` are in force.
CREATE FUNCTION pg_temp.differences(claims jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('request.jwt.claims', claims::text, false);
	RETURN QUERY SELECT 'value' WHERE (auth.jwt(), auth.jwt()::text) IS DISTINCT FROM (claims, claims::text);
	RETURN QUERY SELECT 'hash' WHERE jsonb_hash(auth.jwt()) IS DISTINCT FROM jsonb_hash(claims);
	RETURN QUERY SELECT 'pretty' WHERE jsonb_pretty(auth.jwt()) IS DISTINCT FROM jsonb_pretty(claims);
	RETURN QUERY SELECT 'json' WHERE auth.jwt()::json::text IS DISTINCT FROM claims::json::text;
	IF jsonb_typeof(claims) = 'object' THEN
		RETURN QUERY SELECT 'member ' || key FROM jsonb_each(claims)
			WHERE (auth.jwt() -> key, auth.jwt() ->> key, auth.jwt() - key, auth.jwt() #> ARRAY[key], auth.claim(key))
				IS DISTINCT FROM (value, claims ->> key, claims - key, claims #> ARRAY[key], value)
			OR (auth.jwt() ? key AND auth.jwt() @> jsonb_build_object(key, value)) IS NOT TRUE;
		RETURN QUERY SELECT 'no member' WHERE auth.jwt() -> 'none' IS NOT NULL OR auth.jwt() ? 'zz';
		RETURN QUERY SELECT 'each' WHERE (SELECT array_agg(e ORDER BY key) FROM jsonb_each(auth.jwt()) AS e)
			IS DISTINCT FROM (SELECT array_agg(e ORDER BY key) FROM jsonb_each(claims) AS e);
		RETURN QUERY SELECT 'changed' WHERE jsonb_set(auth.jwt(), '{new}', '1') || '{"other": 2}'
			IS DISTINCT FROM jsonb_set(claims, '{new}', '1') || '{"other": 2}';
		RETURN QUERY SELECT 'within' WHERE jsonb_build_object('c', auth.jwt()) -> 'c' IS DISTINCT FROM claims
			OR jsonb_build_array(auth.jwt(), 1) IS DISTINCT FROM jsonb_build_array(claims, 1);
	END IF;
END
$$;
\set ECHO all

SELECT size, d FROM generate_series(0, 100) AS size, pg_temp.differences(pg_temp.claims_of(size)) AS d;
SELECT size, d FROM unnest('{127,128,300}'::integer[]) AS size, pg_temp.differences(pg_temp.claims_of(size)) AS d;
SELECT claims, d FROM unnest('{"[]","[1, {\"a\": 2}]","\"text\"","1","null","true"}'::jsonb[]) AS claims, pg_temp.differences(claims) AS d;

-- Stored, compressed, indexed.
CREATE TABLE kept (size integer, claims jsonb);
CREATE INDEX ON kept USING gin (claims);
SELECT set_config('request.jwt.claims', pg_temp.claims_of(1000)::text, false) IS NULL AS is_null;
INSERT INTO kept SELECT 1000, auth.jwt();
SELECT claims = pg_temp.claims_of(size) AS same, claims ->> 'kkkkkk6' AS "6" FROM kept;
SET enable_seqscan = off;
SELECT count(*) FROM kept WHERE claims @> '{"kkk3": true}';
SELECT count(DISTINCT c) FROM (SELECT claims FROM kept UNION ALL SELECT pg_temp.claims_of(1000)) AS all_claims (c);

DROP TABLE kept;
DROP EXTENSION pg_session_jwt;
