\echo Use "ALTER EXTENSION pg_session_jwt UPDATE TO '0.5.0'" to load this file. \quit

-- Adds the readers of the organization claim.

-- Kept: this step of 0.5.0 left STRICT out, which without arguments changes nothing. The step to
-- 1.0.0 makes the two ways to 0.5.0 alike.
CREATE FUNCTION auth.organization() RETURNS jsonb
LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'organization_wrapper';

CREATE FUNCTION auth.organization_id() RETURNS uuid
LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'organization_id_wrapper';
