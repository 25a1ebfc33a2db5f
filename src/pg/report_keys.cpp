// The texts for keys: the connection's, and those of a registry row.
#include "pg/report.hpp"

namespace session_jwt {

const char *
KeyProblem(Status status)
{
	switch (status) {
	case Status::kJwkJson:
		return "This is not a JSON object.";
	case Status::kJwkDuplicate:
		return "A member is named twice.";
	case Status::kJwkMember:
		return "The member is missing, or has the wrong type, encoding or length.";
	case Status::kJwkType:
		return "This type of key is not supported here.";
	case Status::kJwkPrivate:
		return "This is private key material; give the public key only.";
	case Status::kJwkPoint:
		return "This is not a valid point of the curve.";
	case Status::kJwkRsaSize:
		return "An RSA modulus must have 2048 to 8192 bits.";
	case Status::kJwkRsaExponent:
		return "An RSA exponent must be odd and at least 3.";
	case Status::kJwkHmacSize:
		return "An HMAC key must be at least as long as its hash.";
	case Status::kJwkHmacUnlisted:
		return "A symmetric key is used only where \"algorithms\" lists an HMAC algorithm.";
	case Status::kJwkUse:
		return "The key is not meant for verifying signatures.";
	case Status::kJwkAlgorithm:
		return "The algorithm is not supported, or does not fit the key.";
	case Status::kJwkSetEmpty:
		return "The set has no keys.";
	case Status::kJwkSetTooMany:
		return "The set has more than 100 keys.";
	case Status::kJwkSetUnusable:
		return "The set has no key that can be used for verifying.";
	case Status::kAlgorithmUnknown:
		return "This is not the name of a supported algorithm.";
	case Status::kAlgorithmNotAllowed:
		return "The key fits none of the row's \"algorithms\".";
	default:
		return nullptr;
	}
}

void
ReportConnectionKey(const Outcome &outcome)
{
	const char *problem = KeyProblem(outcome.status);
	error_context_stack = nullptr;
	if (problem == nullptr)
		ReportFault(outcome.status);
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("pg_session_jwt.jwk requires an ES256 JWK"), /* text kept from 0.5.0 */
			 outcome.member[0] != '\0'
				 ? errdetail_internal("Member \"%s\": %s", outcome.member, problem)
				 : errdetail_internal("%s", problem),
			 errhint("Give the public key as a JSON object: an Ed25519 key (kty OKP), an RSA "
					 "key of 2048 bits or more, or an EC key on P-256."),
			 errhidestmt(true), errhidecontext(true)));
	pg_unreachable();
}

void
ReportMissingKey()
{
	error_context_stack = nullptr;
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA),
			 errmsg("Missing runtime parameter: pg_session_jwt.jwk"), /* text kept from 0.5.0 */
			 errhint("Add the token's issuer to auth.issuers, or give the connection its key in "
					 "the startup option pg_session_jwt.jwk; a connection pooler may have "
					 "removed it."),
			 errhidestmt(true), errhidecontext(true)));
	pg_unreachable();
}

void
ReportLostKey()
{
	error_context_stack = nullptr;
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA),
			 errmsg("pg_session_jwt.jwk was given and could not be taken"),
			 errdetail("It can be set only when the connection starts: not by SET, nor by ALTER "
					   "ROLE or ALTER DATABASE, nor by a configuration file reloaded while the "
					   "library was not preloaded."),
			 errhint("Give it as a startup option of the connection, or in the configuration "
					 "file with pg_session_jwt in shared_preload_libraries and a restart, and "
					 "remove it from pg_db_role_setting; or add the issuer to auth.issuers."),
			 errhidestmt(true), errhidecontext(true)));
	pg_unreachable();
}

void
ReportKeySet(const Outcome &outcome)
{
	const char *problem = KeyProblem(outcome.status);
	if (problem == nullptr)
		ReportFault(outcome.status);
	error_context_stack = nullptr;
	char where[96];
	if (outcome.status == Status::kAlgorithmUnknown)
		snprintf(where, sizeof where, "algorithms[%d]", outcome.index + 1);
	else if (outcome.index >= 0 && outcome.member[0] != '\0')
		snprintf(where, sizeof where, "jwks.keys[%d].%s", outcome.index, outcome.member);
	else if (outcome.index >= 0)
		snprintf(where, sizeof where, "jwks.keys[%d]", outcome.index);
	else
		snprintf(where, sizeof where, "jwks%s%s", outcome.member[0] != '\0' ? "." : "",
				 outcome.member);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 outcome.status == Status::kAlgorithmUnknown ? errmsg("invalid algorithm of an issuer")
														 : errmsg("invalid key set of an issuer"),
			 errdetail_internal("%s: %s", where, problem), errhidestmt(true),
			 errhidecontext(true)));
	pg_unreachable();
}

} // namespace session_jwt
