-- The benchmark's schema. Variables: probe and raw, the libraries; rows, the size of the table.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
CREATE EXTENSION pg_session_jwt;
CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA bench TO PUBLIC;

CREATE FUNCTION bench.clock() RETURNS bigint LANGUAGE c VOLATILE PARALLEL SAFE AS :'probe', 'bench_clock';
CREATE FUNCTION bench.noop(text) RETURNS void LANGUAGE c VOLATILE STRICT AS :'probe', 'bench_noop';
CREATE FUNCTION bench.keep(text) RETURNS void LANGUAGE c VOLATILE STRICT AS :'probe', 'bench_keep';
CREATE FUNCTION bench.trivial_text() RETURNS text LANGUAGE c STABLE STRICT PARALLEL SAFE AS :'probe', 'bench_text';
CREATE FUNCTION bench.trivial_uuid() RETURNS uuid LANGUAGE c STABLE STRICT PARALLEL SAFE AS :'probe', 'bench_uuid';
CREATE FUNCTION bench.split(text) RETURNS void LANGUAGE c VOLATILE STRICT AS :'raw', 'bench_split';
CREATE FUNCTION bench.keep_key(text, bytea) RETURNS boolean LANGUAGE c VOLATILE STRICT AS :'raw', 'bench_keep_key';
CREATE FUNCTION bench.verify(text) RETURNS void LANGUAGE c VOLATILE STRICT AS :'raw', 'bench_verify';

-- What is written by hand over claims that somebody else has verified, in Supabase's form.
CREATE FUNCTION bench.sql_uid() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT coalesce(
		nullif(current_setting('request.jwt.claim.sub', true), ''),
		(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
	)::uuid
$$;
CREATE FUNCTION bench.plpgsql_uid() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
	RETURN (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;
END
$$;

-- Identifiers of 36 characters. The claim org_id of the tokens has the user's, so that every policy
-- on text compares the same column.
CREATE TABLE bench.rows AS
SELECT md5((i % 1000 + 1)::text)::uuid::text AS user_id, md5((i % 1000 + 1)::text)::uuid AS owner
FROM generate_series(1, :rows) AS i;
CREATE TABLE bench.few AS SELECT * FROM bench.rows LIMIT greatest(:rows / 20, 50000);
CREATE TABLE bench.todos (user_id text NOT NULL, task text NOT NULL);
INSERT INTO bench.todos
SELECT md5(u::text)::uuid::text, 'task ' || t FROM generate_series(1, 10000) AS u, generate_series(1, 5) AS t;
CREATE INDEX ON bench.todos (user_id);

-- policy makes a role with a policy of its own on each table that has the columns it names.
CREATE PROCEDURE bench.policy(role name, using_clause text) LANGUAGE plpgsql AS $$
DECLARE
	place text;
BEGIN
	EXECUTE format('CREATE ROLE %I LOGIN', role);
	FOREACH place IN ARRAY ARRAY['rows', 'few', 'todos'] LOOP
		CONTINUE WHEN place = 'todos' AND using_clause ~ 'owner';
		EXECUTE format('GRANT SELECT ON bench.%I TO %I', place, role);
		EXECUTE format('CREATE POLICY %I ON bench.%I FOR SELECT TO %I USING (%s)', role, place, role,
			using_clause);
	END LOOP;
END
$$;
ALTER TABLE bench.rows ENABLE ROW LEVEL SECURITY;
ALTER TABLE bench.few ENABLE ROW LEVEL SECURITY;
ALTER TABLE bench.todos ENABLE ROW LEVEL SECURITY;

SELECT md5('1')::uuid AS me \gset
CALL bench.policy('constant', format('user_id = %L', :'me'));
CALL bench.policy('constant_uuid', format('owner = %L::uuid', :'me'));
CALL bench.policy('user_id', 'user_id = auth.user_id()');
CALL bench.policy('uid', 'owner = auth.uid()');
CALL bench.policy('claim_text', $$user_id = auth.claim_text('org_id')$$);
CALL bench.policy('jwt_arrow', $$user_id = (auth.jwt() ->> 'org_id')$$);
CALL bench.policy('drizzle', '(select auth.user_id() = user_id)');
CALL bench.policy('drizzle_trivial', '(select bench.trivial_text() = user_id)');
CALL bench.policy('init_plan', 'user_id = (select auth.user_id())');
CALL bench.policy('trivial', 'user_id = bench.trivial_text()');
CALL bench.policy('trivial_uuid', 'owner = bench.trivial_uuid()');
CALL bench.policy('setting', $$user_id = current_setting('app.user_id', true)$$);
CALL bench.policy('claims',
	$$user_id = (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')$$);
CALL bench.policy('sql_helper', 'owner = bench.sql_uid()');
CALL bench.policy('plpgsql_helper', 'owner = bench.plpgsql_uid()');

VACUUM (ANALYZE, FREEZE);
CHECKPOINT;
