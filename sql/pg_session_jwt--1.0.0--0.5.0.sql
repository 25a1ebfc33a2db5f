\echo Use "ALTER EXTENSION pg_session_jwt UPDATE TO '0.5.0'" to load this file. \quit

-- Takes the issuer registry and the claim readers away.
--
-- A database that has an issuer accepts the tokens of its issuers and nothing else. Without the
-- registry it would take any key that a connection brings, so that must be asked for by hand.
DO $$
BEGIN
	LOCK TABLE auth.issuers IN ACCESS EXCLUSIVE MODE;
	-- An older snapshot does not show the rows that were committed after it.
	IF pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.<>) 'read committed'
		AND pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.<>) 'read uncommitted'
	THEN
		RAISE EXCEPTION USING ERRCODE = 'active_sql_transaction',
			MESSAGE = 'pg_session_jwt can be updated to version 0.5.0 only in a READ COMMITTED transaction';
	END IF;
	IF EXISTS (SELECT FROM auth.issuers) THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = 'cannot update pg_session_jwt to version 0.5.0 while auth.issuers has rows',
			DETAIL = 'Version 0.5.0 has no issuer registry and trusts the key that a connection brings.',
			HINT = 'Delete the rows of auth.issuers first.';
	END IF;
END
$$;

DROP FUNCTION auth.stats();
DROP FUNCTION auth.build_info();
DROP FUNCTION auth.create_app_roles(name);
DROP FUNCTION auth.refresh_issuer(text);
DROP VIEW auth.issuer_status;
DROP VIEW auth.issuer_keys;
DROP FUNCTION auth.jwks_keys(jsonb, text[]);
-- Only this takes the table off the list of tables whose rows are dumped.
ALTER EXTENSION pg_session_jwt DROP TABLE auth.issuers;
DROP TABLE auth.issuers;
DROP FUNCTION auth.issuers_changed();
ALTER EXTENSION pg_session_jwt DROP TABLE auth.issuer_fetches;
DROP TABLE auth.issuer_fetches;
DROP FUNCTION auth.issuer_fetches_changed();
DROP FUNCTION auth.issuer();
DROP FUNCTION auth.email();
DROP FUNCTION auth.role();
DROP FUNCTION auth.has_scope(text);
DROP FUNCTION auth.claim_text(text[]);
DROP FUNCTION auth.claim(text[]);
DROP FUNCTION auth.jwt_session_init(text, boolean);

COMMENT ON FUNCTION auth.init() IS NULL;
COMMENT ON FUNCTION auth.jwt_session_init(text) IS NULL;
COMMENT ON FUNCTION auth.session() IS NULL;
COMMENT ON FUNCTION auth.jwt() IS NULL;
COMMENT ON FUNCTION auth.user_id() IS NULL;
COMMENT ON FUNCTION auth.uid() IS NULL;
COMMENT ON FUNCTION auth.organization() IS NULL;
COMMENT ON FUNCTION auth.organization_id() IS NULL;

-- USAGE on the schema stays with PUBLIC: views and queries have come to rely on it, it gives
-- nothing beyond calling the functions, and the gateway of 0.5.0 would grant it by itself.
