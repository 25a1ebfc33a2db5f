-- Which forms of a policy become index conditions. docs/performance.md shows these plans.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set fixtures :srcdir '/fixtures.sql'
\i :fixtures
\set ECHO all
CREATE EXTENSION pg_session_jwt;
CREATE ROLE authenticated;
CREATE TABLE docs (
	id integer, user_id text NOT NULL, code varchar(40) NOT NULL, owner uuid NOT NULL,
	org_id text NOT NULL, data jsonb NOT NULL
);
INSERT INTO docs
SELECT i, 'user_' || i % 1000, 'user_' || i % 1000, md5((i % 1000)::text)::uuid, 'org_' || i % 100,
	jsonb_build_object('owner', 'user_' || i % 1000)
FROM generate_series(1, 20000) AS i;
CREATE INDEX docs_user_id ON docs (user_id);
CREATE INDEX docs_code ON docs (code);
CREATE INDEX docs_owner ON docs (owner);
CREATE INDEX docs_org_id ON docs (org_id);
CREATE INDEX docs_data_owner ON docs ((data ->> 'owner'));
GRANT SELECT ON docs TO authenticated;
VACUUM ANALYZE docs;
ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
SET max_parallel_workers_per_gather = 0;
SET enable_bitmapscan = off;

-- plan shows the plan of a query under one policy, in the words of PostgreSQL 17 and 18.
SET client_min_messages = warning;
CREATE FUNCTION plan(policy text, query text DEFAULT 'SELECT * FROM docs') RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	DROP POLICY IF EXISTS policy ON docs;
	EXECUTE format('CREATE POLICY policy ON docs FOR SELECT TO authenticated USING (%s)', policy);
	SET LOCAL ROLE authenticated;
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		line := replace(replace(line, ' (returns $0)', ''), '$0', '(InitPlan 1).col1');
		RETURN NEXT regexp_replace(line, 'Plan (expr|array|exists)_', 'Plan ', 'g');
	END LOOP;
	RESET ROLE;
END
$$;

-- The column by itself: an index condition, evaluated once.
SELECT plan('user_id = auth.user_id()');
SELECT plan('code = auth.user_id()');
SELECT plan('owner = auth.uid()');
SELECT plan($$org_id = auth.claim_text('org_id')$$);
SELECT plan($$org_id = auth.jwt() ->> 'org_id'$$);
SELECT plan($$owner = (auth.claim_text('o', 'id'))::uuid$$);
SELECT plan($$data ->> 'owner' = auth.user_id()$$);
SELECT plan($$user_id = auth.user_id() AND org_id = auth.claim_text('org_id')$$);
SELECT plan($$user_id = ANY (ARRAY(SELECT jsonb_array_elements_text(auth.claim('team'))))$$);

-- Wrapped: an index condition as well, with a parameter that the planner knows nothing of.
SELECT plan('user_id = (SELECT auth.user_id())');

-- The column inside a sub-select, as Drizzle writes it, or changed by a cast or a function: every
-- row is looked at.
SELECT plan('(SELECT auth.user_id() = user_id)');
SELECT plan('owner::text = auth.user_id()');
SELECT plan('lower(user_id) = auth.user_id()');
-- With a condition of the query's own, the index is used, and the policy checks what it finds.
SELECT plan('(SELECT auth.user_id() = user_id)',
	'SELECT * FROM docs WHERE user_id = auth.user_id()');

-- A condition of the query reaches an index behind a policy that has none, if its operator is
-- leakproof: equality is, LIKE is not.
SELECT plan('(SELECT auth.user_id() = user_id)', $$SELECT * FROM docs WHERE org_id = 'org_7'$$);
SELECT plan('(SELECT auth.user_id() = user_id)', $$SELECT * FROM docs WHERE org_id LIKE 'org\_7%'$$);

-- What does not depend on the row: once if wrapped, else for each row.
SELECT plan($$(SELECT auth.has_scope('read'))$$);
SELECT plan($$auth.has_scope('read')$$);

-- Estimates: the planner asks for the user and looks at the statistics, unless it is wrapped.
INSERT INTO docs SELECT i, 'alice', 'c', md5('x')::uuid, 'o', '{}' FROM generate_series(1, 20000) AS i;
VACUUM ANALYZE docs;
\c -reuse-previous=on :conn_rsa
SET pg_session_jwt.jwt = :'tok_rsa_alice';
SET max_parallel_workers_per_gather = 0;
SET enable_bitmapscan = off;
CREATE FUNCTION estimate(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
	rows integer;
BEGIN
	EXECUTE format('EXPLAIN (FORMAT json) SELECT * FROM docs WHERE %s', condition) INTO plan;
	rows := plan -> 0 -> 'Plan' ->> 'Plan Rows';
	RETURN CASE WHEN rows BETWEEN 15000 AND 25000 THEN 'about half' WHEN rows < 1000 THEN 'few' ELSE rows::text END;
END
$$;
SELECT estimate('user_id = auth.user_id()') AS bare, estimate('user_id = (SELECT auth.user_id())') AS wrapped;

-- Partitions that the user has nothing in are left out when execution starts.
CREATE TABLE parts (user_id text NOT NULL, n integer) PARTITION BY HASH (user_id);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE parts_3 PARTITION OF parts FOR VALUES WITH (MODULUS 4, REMAINDER 3);
EXPLAIN (COSTS OFF) SELECT * FROM parts WHERE user_id = auth.user_id();

-- Parallel plans are possible.
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET enable_indexscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM docs WHERE org_id <> auth.user_id();

-- Prepared statements follow the identity, with generic plans as well.
RESET enable_indexscan;
SET plan_cache_mode = force_generic_plan;
PREPARE mine AS SELECT count(*) FROM docs WHERE user_id = auth.user_id();
EXECUTE mine;
SET pg_session_jwt.jwt = :'tok_rsa_bob';
EXECUTE mine;

\c -reuse-previous=on "options=''"
DROP TABLE docs, parts;
DROP FUNCTION plan, estimate;
DROP EXTENSION pg_session_jwt;
DROP ROLE authenticated;
