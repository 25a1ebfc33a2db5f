\echo Use "CREATE EXTENSION pg_session_jwt VERSION '0.5.0'" to load this file. \quit

-- Installs version 0.5.0, and through the steps down also 0.4.0 and 0.3.1.

-- A schema that exists already (restored from another platform's dump, say) is used and not
-- adopted: it stays its owner's and outlives the extension. CREATE SCHEMA IF NOT EXISTS cannot
-- say that, it refuses a schema that is no member of the extension.
DO $$
BEGIN
	IF NOT EXISTS (
		SELECT FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) 'auth'
	) THEN
		CREATE SCHEMA auth;
	END IF;
END
$$;

-- The names of the C symbols are those that existing catalogs already hold.
CREATE FUNCTION auth.init() RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'init_wrapper';

CREATE FUNCTION auth.jwt_session_init(jwt text) RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'jwt_session_init_wrapper';

CREATE FUNCTION auth.session() RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'session_wrapper';

CREATE FUNCTION auth.jwt() RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'jwt_wrapper';

CREATE FUNCTION auth.user_id() RETURNS text
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'user_id_wrapper';

CREATE FUNCTION auth.uid() RETURNS uuid
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'uid_wrapper';

CREATE FUNCTION auth.organization() RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'organization_wrapper';

CREATE FUNCTION auth.organization_id() RETURNS uuid
LANGUAGE c STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'organization_id_wrapper';
