\echo Use "ALTER EXTENSION pg_session_jwt UPDATE TO '1.0.0'" to load this file. \quit

-- Adds the issuer registry and the claim readers. With no row in the registry nothing changes for
-- a database that used 0.5.0.

-- The functions of 0.5.0 differ by the way that led to it (0.4.0 to 0.5.0 left STRICT out).
ALTER FUNCTION auth.init() VOLATILE STRICT PARALLEL UNSAFE;
ALTER FUNCTION auth.jwt_session_init(text) VOLATILE STRICT PARALLEL UNSAFE;
ALTER FUNCTION auth.session() STABLE STRICT PARALLEL SAFE;
ALTER FUNCTION auth.jwt() STABLE STRICT PARALLEL SAFE;
ALTER FUNCTION auth.user_id() STABLE STRICT PARALLEL SAFE;
ALTER FUNCTION auth.uid() STABLE STRICT PARALLEL SAFE;
ALTER FUNCTION auth.organization() STABLE STRICT PARALLEL SAFE;
ALTER FUNCTION auth.organization_id() STABLE STRICT PARALLEL SAFE;

-- What follows is the same text in pg_session_jwt--1.0.0.sql and pg_session_jwt--0.5.0--1.0.0.sql.

CREATE FUNCTION auth.jwt_session_init(jwt text, is_local boolean) RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jwt_session_init_local';

CREATE FUNCTION auth.claim(VARIADIC path text[]) RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'claim_jsonb';

CREATE FUNCTION auth.claim_text(VARIADIC path text[]) RETURNS text
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'claim_text';

CREATE FUNCTION auth.has_scope(scope text) RETURNS boolean
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'has_scope';

CREATE FUNCTION auth.role() RETURNS text
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'auth_role';

CREATE FUNCTION auth.email() RETURNS text
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'auth_email';

CREATE FUNCTION auth.issuer() RETURNS text
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'auth_issuer';

-- The library reads the columns by position. The collation makes the primary key compare bytes,
-- as RFC 7519 section 4.1.1 asks for "iss".
CREATE TABLE auth.issuers (
	issuer text COLLATE pg_catalog."C",
	jwks jsonb,
	jwks_uri text,
	audiences text[],
	audience_claim text NOT NULL DEFAULT 'aud',
	algorithms text[],
	subject_claim text[] NOT NULL DEFAULT '{sub}',
	required_claims jsonb,
	leeway integer NOT NULL DEFAULT 60,
	enabled boolean NOT NULL DEFAULT true,
	comment text,
	CONSTRAINT issuers_pkey PRIMARY KEY (issuer),
	CONSTRAINT issuers_issuer_not_empty
		CHECK (issuer OPERATOR(pg_catalog.<>) ''),
	CONSTRAINT issuers_audience_claim_not_empty
		CHECK (audience_claim OPERATOR(pg_catalog.<>) ''),
	CONSTRAINT issuers_required_claims_is_object
		CHECK (pg_catalog.jsonb_typeof(required_claims) OPERATOR(pg_catalog.=) 'object'),
	CONSTRAINT issuers_leeway_is_0_to_600_seconds
		CHECK (leeway OPERATOR(pg_catalog.>=) 0 AND leeway OPERATOR(pg_catalog.<=) 600),
	-- An empty list would mean "nothing is allowed" to one reader and "anything" to another.
	CONSTRAINT issuers_audiences_is_list_without_nulls CHECK (CASE
		WHEN audiences IS NULL THEN true
		WHEN pg_catalog.array_ndims(audiences) OPERATOR(pg_catalog.=) 1
		THEN pg_catalog.array_position(audiences, NULL) IS NULL
		ELSE false
	END),
	CONSTRAINT issuers_algorithms_is_list_without_nulls CHECK (CASE
		WHEN algorithms IS NULL THEN true
		WHEN pg_catalog.array_ndims(algorithms) OPERATOR(pg_catalog.=) 1
		THEN pg_catalog.array_position(algorithms, NULL) IS NULL
		ELSE false
	END),
	CONSTRAINT issuers_subject_claim_is_path_without_nulls CHECK (CASE
		WHEN pg_catalog.array_ndims(subject_claim) OPERATOR(pg_catalog.=) 1
		THEN pg_catalog.array_position(subject_claim, NULL) IS NULL
		ELSE false
	END)
);

SELECT pg_catalog.pg_extension_config_dump('auth.issuers', '');

CREATE FUNCTION auth.issuers_changed() RETURNS trigger
LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'issuers_changed';

-- Nobody puts this function on a table of another shape.
REVOKE ALL ON FUNCTION auth.issuers_changed() FROM PUBLIC;

CREATE TRIGGER issuers_row_changed
BEFORE INSERT OR UPDATE OR DELETE ON auth.issuers
FOR EACH ROW EXECUTE FUNCTION auth.issuers_changed();

CREATE TRIGGER issuers_truncated
AFTER TRUNCATE ON auth.issuers
FOR EACH STATEMENT EXECUTE FUNCTION auth.issuers_changed();

-- Rows that logical replication brings are checked and noticed as well.
ALTER TABLE auth.issuers ENABLE ALWAYS TRIGGER issuers_row_changed;
ALTER TABLE auth.issuers ENABLE ALWAYS TRIGGER issuers_truncated;

-- What the fetcher has found out about each issuer whose key set it keeps (auth.issuer_status shows
-- it). A key set was given by hand, and is left alone, where its hash is not the one noted here.
-- The library reads these columns by position, too.
CREATE TABLE auth.issuer_fetches (
	issuer text COLLATE pg_catalog."C",
	jwks_hash bigint,
	fetched_at timestamptz,
	refresh_at timestamptz,
	attempted_at timestamptz,
	jwks_uri text,
	last_error text,
	last_error_at timestamptz,
	failures integer NOT NULL DEFAULT 0,
	CONSTRAINT issuer_fetches_pkey PRIMARY KEY (issuer)
);

SELECT pg_catalog.pg_extension_config_dump('auth.issuer_fetches', '');

CREATE FUNCTION auth.issuer_fetches_changed() RETURNS trigger
LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'issuer_fetches_changed';

REVOKE ALL ON FUNCTION auth.issuer_fetches_changed() FROM PUBLIC;

CREATE TRIGGER issuer_fetches_changed
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON auth.issuer_fetches
FOR EACH STATEMENT EXECUTE FUNCTION auth.issuer_fetches_changed();

ALTER TABLE auth.issuer_fetches ENABLE ALWAYS TRIGGER issuer_fetches_changed;

-- Rights on the registry begin with nobody's, whatever ALTER DEFAULT PRIVILEGES has given, and go
-- to the extension's owner as rights and not as ownership: an owner could switch the triggers off.
-- The owner is looked up, because an update may be run by somebody else.
DO $$
DECLARE
	registry oid;
	holder oid;
	table_owner oid;
	extension_owner oid;
BEGIN
	SELECT extowner INTO STRICT extension_owner FROM pg_catalog.pg_extension
	WHERE extname OPERATOR(pg_catalog.=) 'pg_session_jwt';

	FOREACH registry IN ARRAY ARRAY[
		'auth.issuers'::pg_catalog.regclass::oid, 'auth.issuer_fetches'::pg_catalog.regclass::oid]
	LOOP
		SELECT relowner INTO STRICT table_owner FROM pg_catalog.pg_class
		WHERE oid OPERATOR(pg_catalog.=) registry;
		EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM PUBLIC',
			registry::pg_catalog.regclass);
		FOR holder IN
			SELECT DISTINCT acl.grantee
			FROM pg_catalog.pg_class AS c, pg_catalog.aclexplode(c.relacl) AS acl
			WHERE c.oid OPERATOR(pg_catalog.=) registry
				AND acl.grantee OPERATOR(pg_catalog.<>) table_owner
				AND acl.grantee OPERATOR(pg_catalog.<>) 0
		LOOP
			EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM %I',
				registry::pg_catalog.regclass, pg_catalog.pg_get_userbyid(holder));
		END LOOP;

		IF extension_owner OPERATOR(pg_catalog.<>) table_owner THEN
			EXECUTE pg_catalog.format(
				'GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON %s TO %I WITH GRANT OPTION',
				registry::pg_catalog.regclass, pg_catalog.pg_get_userbyid(extension_owner));
		END IF;
	END LOOP;
END
$$;

CREATE FUNCTION auth.jwks_keys(
	jwks jsonb,
	algorithms text[],
	OUT ordinality integer,
	OUT kid text,
	OUT kty text,
	OUT alg text,
	OUT "use" text,
	OUT bits integer,
	OUT crv text,
	OUT thumbprint text,
	OUT usable boolean,
	OUT reason text
) RETURNS SETOF record
LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 4
AS 'MODULE_PATHNAME', 'jwks_keys';

-- The view reads with the rights of whoever asks, so the right to read the registry is enough and
-- the right to read the view is nothing by itself.
CREATE VIEW auth.issuer_keys WITH (security_invoker = true) AS
SELECT i.issuer, k.ordinality AS position, k.kid, k.kty, k.alg, k."use", k.bits, k.crv,
	k.thumbprint, k.usable, k.reason
FROM auth.issuers AS i, auth.jwks_keys(i.jwks, i.algorithms) AS k;

GRANT SELECT ON auth.issuer_keys TO PUBLIC;

-- Whoever may read the registry may see this, too, without a right on the fetcher's table. A
-- barrier, or the planner would show an operator of the asker's own what it knows of the issuers.
CREATE VIEW auth.issuer_status WITH (security_barrier = true) AS
SELECT i.issuer,
	CASE
		WHEN i.jwks_uri IS NOT NULL THEN 'jwks_uri'
		WHEN i.jwks IS NOT NULL AND f.jwks_hash
			IS DISTINCT FROM pg_catalog.jsonb_hash_extended(i.jwks, 0) THEN 'given'
		ELSE 'discovery'
	END AS source,
	(SELECT pg_catalog.count(*) FROM auth.jwks_keys(i.jwks, i.algorithms) AS k WHERE k.usable)
		AS key_count,
	f.fetched_at,
	f.refresh_at AS next_due,
	f.last_error,
	f.last_error_at,
	COALESCE(f.failures, 0) AS consecutive_failures
FROM auth.issuers AS i LEFT JOIN auth.issuer_fetches AS f
	ON f.issuer OPERATOR(pg_catalog.=) i.issuer
WHERE pg_catalog.has_table_privilege('auth.issuers'::pg_catalog.regclass, 'SELECT');

GRANT SELECT ON auth.issuer_status TO PUBLIC;

CREATE FUNCTION auth.refresh_issuer(issuer text) RETURNS boolean
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'refresh_issuer';

CREATE FUNCTION auth.create_app_roles(schema_name name DEFAULT 'public') RETURNS void
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
	app_role name;
	app_schema record;
	caller record;
	existing record;
BEGIN
	IF schema_name IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'schema name must not be null';
	END IF;
	-- "All tables" of these schemas include the issuer registry and the catalogs.
	IF schema_name IN ('auth', 'information_schema') OR schema_name ^@ 'pg_' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('schema "%s" is not for application tables', schema_name),
			HINT = 'Name the schema that holds the tables of the application.';
	END IF;

	SELECT pg_has_role(current_user, n.nspowner, 'USAGE')
		OR has_schema_privilege(n.oid, 'USAGE WITH GRANT OPTION') AS may_grant
	INTO app_schema FROM pg_namespace AS n WHERE n.nspname = schema_name;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name',
			MESSAGE = format('schema "%s" does not exist', schema_name);
	END IF;
	SELECT rolsuper OR rolcreaterole AS may_create
	INTO STRICT caller FROM pg_roles WHERE rolname = current_user;

	FOREACH app_role IN ARRAY ARRAY['authenticated', 'anonymous'] LOOP
		SELECT rolsuper OR rolbypassrls AS exempt
		INTO existing FROM pg_roles WHERE rolname = app_role;
		IF NOT FOUND AND NOT caller.may_create THEN
			RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
				MESSAGE = format('permission denied to create role "%s"', app_role),
				HINT = 'Call auth.create_app_roles() as a role with the CREATEROLE attribute, '
					'or have such a role create "authenticated" and "anonymous" first.';
		END IF;
		IF existing.exempt THEN
			RAISE WARNING USING
				MESSAGE = format('role "%s" is not subject to row-level security', app_role),
				HINT = format('Use ALTER ROLE %I NOSUPERUSER NOBYPASSRLS.', app_role);
		END IF;
		-- GRANT by a role that may not grant is only a warning once it has rights of its own.
		IF NOT app_schema.may_grant THEN
			RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
				MESSAGE = format('permission denied for schema %s', schema_name),
				HINT = 'Only the owner of the schema can open it to other roles.';
		END IF;

		IF existing IS NULL THEN
			EXECUTE format('CREATE ROLE %I NOLOGIN', app_role);
		END IF;
		EXECUTE format('GRANT SELECT, UPDATE, INSERT, DELETE ON ALL TABLES IN SCHEMA %I TO %I',
			schema_name, app_role);
		EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I '
			'GRANT SELECT, UPDATE, INSERT, DELETE ON TABLES TO %I', schema_name, app_role);
		EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', schema_name, app_role);
	END LOOP;
END
$$;

-- Any role may name what is in the schema. In a schema that is somebody else's this is done only
-- if the extension's owner could do it too.
--
-- GRANT in an extension script writes the whole ACL down as initial privileges, and pg_dump then
-- leaves out what users have granted on the schema before; so that record is put right.
DO $$
DECLARE
	place record;
	is_member boolean;
BEGIN
	SELECT n.oid, n.nspowner, e.oid AS extension,
		pg_catalog.pg_has_role(e.extowner, n.nspowner, 'USAGE') AS may_grant
	INTO STRICT place
	FROM pg_catalog.pg_namespace AS n, pg_catalog.pg_extension AS e
	WHERE n.nspname OPERATOR(pg_catalog.=) 'auth'
		AND e.extname OPERATOR(pg_catalog.=) 'pg_session_jwt';

	IF pg_catalog.has_schema_privilege('public', place.oid, 'USAGE') THEN
		RETURN;
	END IF;

	SELECT d.refobjid OPERATOR(pg_catalog.=) place.extension INTO is_member
	FROM pg_catalog.pg_depend AS d
	WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
		AND d.objid OPERATOR(pg_catalog.=) place.oid
		AND d.deptype OPERATOR(pg_catalog.=) 'e';

	IF is_member THEN
		GRANT USAGE ON SCHEMA auth TO PUBLIC;
		UPDATE pg_catalog.pg_init_privs
		SET initprivs = pg_catalog.acldefault('n', place.nspowner) OPERATOR(pg_catalog.||)
			pg_catalog.makeaclitem(0, place.nspowner, 'USAGE', false)
		WHERE classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
			AND objoid OPERATOR(pg_catalog.=) place.oid;
	ELSIF is_member IS NULL AND place.may_grant THEN
		GRANT USAGE ON SCHEMA auth TO PUBLIC;
		DELETE FROM pg_catalog.pg_init_privs
		WHERE classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
			AND objoid OPERATOR(pg_catalog.=) place.oid;
	ELSE
		RAISE WARNING USING
			MESSAGE = 'privileges of schema "auth" are left as they are',
			DETAIL = 'The schema belongs to another role or extension.',
			HINT = 'The owner of the schema can use GRANT USAGE ON SCHEMA auth TO PUBLIC.';
	END IF;
END
$$;

COMMENT ON FUNCTION auth.init() IS
	'checks the key of this connection; needed only to see its errors early';
COMMENT ON FUNCTION auth.jwt_session_init(text) IS
	'makes a token the identity of the session, and verifies it at once';
COMMENT ON FUNCTION auth.jwt_session_init(text, boolean) IS
	'makes a token the identity of the session or (is_local) of the transaction, and verifies it at once';
COMMENT ON FUNCTION auth.session() IS
	'all claims of the verified token, JSON null without one';
COMMENT ON FUNCTION auth.jwt() IS
	'all claims of the verified token, JSON null without one';
COMMENT ON FUNCTION auth.user_id() IS
	'id of the user: the subject of the verified token';
COMMENT ON FUNCTION auth.uid() IS
	'id of the user as a uuid';
COMMENT ON FUNCTION auth.organization() IS
	'organization claim of the verified token';
COMMENT ON FUNCTION auth.organization_id() IS
	'id in the organization claim of the verified token, as a uuid';
COMMENT ON FUNCTION auth.claim(text[]) IS
	'claim of the verified token at a path of member names';
COMMENT ON FUNCTION auth.claim_text(text[]) IS
	'claim of the verified token at a path of member names, as text';
COMMENT ON FUNCTION auth.has_scope(text) IS
	'whether the verified token grants a scope';
COMMENT ON FUNCTION auth.role() IS
	'role claim of the verified token';
COMMENT ON FUNCTION auth.email() IS
	'email claim of the verified token';
COMMENT ON FUNCTION auth.issuer() IS
	'issuer of the verified token';
COMMENT ON FUNCTION auth.issuers_changed() IS
	'trigger of auth.issuers: checks a row and makes every backend read the registry anew';
COMMENT ON FUNCTION auth.jwks_keys(jsonb, text[]) IS
	'keys of a JWK Set, and which of them verify tokens under a list of algorithms';
COMMENT ON FUNCTION auth.create_app_roles(name) IS
	'makes the roles authenticated and anonymous and lets them use the tables of a schema';

COMMENT ON TABLE auth.issuers IS
	'identity providers whose tokens this database accepts';
COMMENT ON COLUMN auth.issuers.issuer IS
	'the "iss" of its tokens, byte for byte';
COMMENT ON COLUMN auth.issuers.jwks IS
	'its public keys: a JWK Set or a single JWK';
COMMENT ON COLUMN auth.issuers.jwks_uri IS
	'address of its JWK Set';
COMMENT ON COLUMN auth.issuers.audiences IS
	'a token must name one of these audiences; null if any will do';
COMMENT ON COLUMN auth.issuers.audience_claim IS
	'claim that names the audience';
COMMENT ON COLUMN auth.issuers.algorithms IS
	'accepted values of "alg"; null for every asymmetric one that the keys allow';
COMMENT ON COLUMN auth.issuers.subject_claim IS
	'path of the claim that auth.user_id() returns';
COMMENT ON COLUMN auth.issuers.required_claims IS
	'the payload must contain this object';
COMMENT ON COLUMN auth.issuers.leeway IS
	'seconds by which clocks may differ';
COMMENT ON COLUMN auth.issuers.enabled IS
	'false refuses all tokens of the issuer';
COMMENT ON COLUMN auth.issuers.comment IS
	'free text';

COMMENT ON VIEW auth.issuer_keys IS
	'keys of the issuers, and which of them verify tokens';

-- what the build stands on, and what it has done

CREATE FUNCTION auth.build_info(OUT name text, OUT value text) RETURNS SETOF record
	LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 6
	AS 'MODULE_PATHNAME', 'build_info';

CREATE FUNCTION auth.stats(OUT name text, OUT reason text, OUT count bigint) RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED ROWS 10
	AS 'MODULE_PATHNAME', 'auth_stats';

-- The counters are the whole cluster's.
REVOKE EXECUTE ON FUNCTION auth.stats() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.stats() TO pg_monitor;

COMMENT ON FUNCTION auth.build_info() IS
	'versions of the extension and of the libraries it was built with';
COMMENT ON FUNCTION auth.stats() IS
	'how many tokens the cluster has verified, served from memory and refused since it started';
COMMENT ON TABLE auth.issuer_fetches IS
	'what is known of the key sets that are fetched; kept by the fetcher, shown by auth.issuer_status';
COMMENT ON VIEW auth.issuer_status IS
	'where each issuer''s keys come from, when they were fetched, and what went wrong';
COMMENT ON FUNCTION auth.refresh_issuer(text) IS
	'fetch an issuer''s key set now; true if that succeeded within pg_session_jwt.fetch_timeout';
COMMENT ON FUNCTION auth.issuer_fetches_changed() IS
	'trigger of auth.issuer_fetches: tells every session of the change';
