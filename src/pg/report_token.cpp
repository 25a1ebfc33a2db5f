// The texts for tokens that are refused. Primary messages marked "kept" are those of 0.5.0.
#include "pg/report.hpp"

namespace session_jwt {

namespace {

struct Report {
	Status status;
	const char *label; // for counting
	int sqlstate;
	const char *message;
	const char *detail;
	const char *hint;
};

constexpr int malformed = ERRCODE_DATATYPE_MISMATCH;
constexpr int refused = ERRCODE_CHECK_VIOLATION;

constexpr const char bad_encoding[] = "invalid JWT encoding";            /* kept */
constexpr const char bad_part[] = "could not decode JWT component";      /* kept */
constexpr const char bad_json[] = "could not parse JWT component";       /* kept */
constexpr const char bad_signature[] = "invalid JWT signature encoding"; /* kept */

constexpr Report reports[] = {
	{Status::kTokenTooLong, "token too long", malformed, "JWT is too long", nullptr,
	 "The largest size accepted is set by pg_session_jwt.max_token_size."},
	{Status::kTokenParts, "token parts", malformed, bad_encoding,
	 "Expected three parts separated by dots.", nullptr},
	{Status::kTokenOpaque, "token opaque", malformed, bad_encoding,
	 "The token has one part: it is an opaque token, not a signed JWT.",
	 "Ask the identity provider for a JWT access token; many issue one only when the "
	 "login requests an audience (or resource)."},
	{Status::kTokenEncrypted, "token encrypted", malformed, bad_encoding,
	 "The token has five parts: it is an encrypted token (JWE), not a signed JWT.",
	 "Ask the identity provider for a signed, unencrypted access token; many issue "
	 "one only when the login requests an audience (or resource)."},
	{Status::kHeaderEncoding, "header encoding", malformed, bad_part,
	 "The header is not unpadded base64url.", nullptr},
	{Status::kHeaderJson, "header json", malformed, bad_json, "The header is not a JSON object.",
	 nullptr},
	{Status::kHeaderDuplicate, "header duplicate", malformed, bad_json,
	 "The header names a member twice.", nullptr},
	{Status::kHeaderType, "header type", malformed, bad_json, "A header member has the wrong type.",
	 nullptr},
	{Status::kSignatureEncoding, "signature encoding", malformed, bad_signature,
	 "The signature is not unpadded base64url.", nullptr},
	{Status::kSignatureLength, "signature length", malformed, bad_signature,
	 "The signature has a length that the key cannot produce.", nullptr},
	{Status::kPayloadEncoding, "payload encoding", malformed, bad_part,
	 "The payload is not unpadded base64url.", nullptr},
	{Status::kPayloadJson, "payload json", malformed, bad_json, "The payload is not a JSON object.",
	 nullptr},
	{Status::kPayloadDuplicate, "payload duplicate", malformed, bad_json,
	 "The payload names a member twice.", nullptr},
	{Status::kPayloadNul, "payload nul", malformed, bad_json,
	 "The payload holds the character \\u0000.", nullptr},
	{Status::kPayloadDepth, "payload depth", malformed, bad_json,
	 "The payload is nested too deeply.", nullptr},
	/* message kept from 0.5.0 */
	{Status::kJtiType, "jti type", malformed, "JWT payload must contain a valid 'jti' (JWT ID)",
	 "Tokens for an Ed25519 connection key carry an integer jti.", nullptr},
	/* message kept from 0.5.0 */
	{Status::kNbfType, "nbf type", malformed,
	 "'nbf' (Not Before) must be an integer representing seconds since unix epoch", nullptr,
	 nullptr},
	/* message kept from 0.5.0 */
	{Status::kExpType, "exp type", malformed,
	 "'exp' (Expiration) must be an integer representing seconds since unix epoch", nullptr,
	 nullptr},
	{Status::kAlgorithmMissing, "algorithm missing", malformed,
	 "JWT header does not name an algorithm", nullptr, nullptr},
	{Status::kAlgorithmNone, "algorithm none", refused, "JWT is not signed",
	 "The header names the algorithm \"none\".", nullptr},
	{Status::kAlgorithmUnknown, "algorithm unknown", refused, "JWT algorithm is not supported",
	 nullptr, nullptr},
	{Status::kAlgorithmNotAllowed, "algorithm not allowed", refused,
	 "JWT algorithm is not allowed for this issuer", nullptr,
	 "The algorithms accepted are in the column \"algorithms\" of auth.issuers."},
	{Status::kAlgorithmMismatch, "algorithm mismatch", refused,
	 "JWT algorithm does not fit the key", nullptr, nullptr},
	{Status::kHeaderCritical, "header critical", refused, "JWT has critical header parameters",
	 "None of the extensions that \"crit\" can name is supported.",
	 "Ask the identity provider for tokens without the header parameter \"crit\"."},
	{Status::kHeaderB64, "header b64", refused, "JWT has an unencoded payload",
	 "The header parameter \"b64\" is present and not true.",
	 "Ask the identity provider for tokens without the header parameter \"b64\"."},
	/* message kept from 0.5.0 */
	{Status::kSignature, "signature", refused, "invalid JWT signature", nullptr, nullptr},
	/* message kept from 0.5.0 */
	{Status::kJtiOrder, "jti order", refused, "Token ID must be strictly monotonically increasing.",
	 nullptr, nullptr},
	/* message kept from 0.5.0 */
	{Status::kNotYetValid, "not yet valid", refused, "Token used before it is ready", nullptr,
	 nullptr},
	/* message kept from 0.5.0 */
	{Status::kExpired, "expired", refused, "Token used after it has expired", nullptr, nullptr},
	{Status::kExpMissing, "exp missing", refused, "JWT has no expiration time",
	 "Tokens of a registered issuer must carry the claim \"exp\".", nullptr},
	{Status::kIssuerMissing, "issuer missing", refused, "JWT does not name its issuer",
	 "The claim \"iss\" is absent or not a string.",
	 "Ask the identity provider for tokens that name their issuer."},
	{Status::kIssuerUnknown, "issuer unknown", refused, "JWT issuer is not registered", nullptr,
	 "The column \"issuer\" of auth.issuers must equal the claim \"iss\" byte for "
	 "byte, a trailing slash included."},
	{Status::kIssuerDisabled, "issuer disabled", refused, "JWT issuer is disabled", nullptr,
	 "The issuer's row in auth.issuers has \"enabled\" set to false."},
	{Status::kIssuerNoKeys, "issuer no keys", refused, "JWT issuer has no keys", nullptr,
	 "Store the issuer's key set in the column \"jwks\" of auth.issuers."},
	{Status::kIssuerStale, "issuer stale", refused, "JWT issuer's keys are out of date", nullptr,
	 "See auth.issuer_status for why they could not be fetched."},
	{Status::kAudienceMissing, "audience missing", refused, "JWT does not name an audience",
	 nullptr,
	 "The audience is looked for in the claim named by the column \"audience_claim\" "
	 "of auth.issuers."},
	{Status::kAudienceForeign, "audience foreign", refused, "JWT is meant for another audience",
	 nullptr, "The audiences accepted are in the column \"audiences\" of auth.issuers."},
	{Status::kKeyUnknown, "key unknown", refused, "JWT names a key that its issuer does not have",
	 "No usable key of the issuer has the token's key ID (kid).",
	 "If the issuer has changed its keys, store its current key set in the column "
	 "\"jwks\" of auth.issuers."},
	{Status::kKeyAmbiguous, "key ambiguous", refused,
	 "JWT does not say which key it was signed with",
	 "The token has no key ID (kid), and several keys of the issuer fit its "
	 "algorithm.",
	 nullptr},
	{Status::kKeyUnfit, "key unfit", refused, "JWT algorithm does not fit a key of its issuer",
	 nullptr, nullptr},
	{Status::kRequiredClaims, "required claims", refused, "JWT lacks required claims", nullptr,
	 "The claims demanded are in the column \"required_claims\" of auth.issuers."},
};

// Every status of a refused token has its row, in the order of the enum.
constexpr bool
IsComplete()
{
	int next = static_cast<int>(Status::kTokenTooLong);
	for (const Report &report : reports) {
		if (static_cast<int>(report.status) != next++)
			return false;
	}
	return next == static_cast<int>(Status::kRequiredClaims) + 1;
}
static_assert(IsComplete());

const Report *
FindReport(Status status)
{
	int index = static_cast<int>(status) - static_cast<int>(Status::kTokenTooLong);
	return index >= 0 && index < static_cast<int>(lengthof(reports)) ? &reports[index] : nullptr;
}

} // namespace

void
ReportToken(Status status, int64 number, const char *hint)
{
	const Report *report = FindReport(status);
	// The callbacks on this stack would quote the statement, and with it perhaps the token.
	error_context_stack = nullptr;
	if (report == nullptr)
		ReportFault(status);

	if (hint == nullptr)
		hint = report->hint;
	char claim[128] = "";
	if (status == Status::kExpired)
		snprintf(claim, sizeof claim, "exp=" INT64_FORMAT, number);
	else if (status == Status::kNotYetValid)
		snprintf(claim, sizeof claim, "nbf=" INT64_FORMAT, number);
	else if (status == Status::kIssuerStale)
		snprintf(claim, sizeof claim, "They were last fetched at %s.", timestamptz_to_str(number));
	const char *detail = claim[0] != '\0' ? claim : report->detail;
	ereport(ERROR,
			(errcode(report->sqlstate), errmsg_internal("%s", report->message),
			 detail != nullptr ? errdetail_internal("%s", detail) : 0,
			 hint != nullptr ? errhint("%s", hint) : 0, errhidestmt(true), errhidecontext(true)));
	pg_unreachable();
}

const char *
TokenLabel(Status status)
{
	const Report *report = FindReport(status);
	return report != nullptr ? report->label : "internal";
}

const char *
TokenProblem(Status status)
{
	const Report *report = FindReport(status);
	return report != nullptr ? report->message : "internal error";
}

void
ReportSubject()
{
	error_context_stack = nullptr;
	ereport(ERROR, (errcode(malformed),
					errmsg("invalid subject claim in the JWT"), /* text kept from 0.5.0 */
					errhidestmt(true), errhidecontext(true)));
	pg_unreachable();
}

void
ReportNotUtf8()
{
	error_context_stack = nullptr;
	ereport(ERROR,
			(errcode(malformed),
			 errmsg("invalid JWT parameter pg_session_jwt.jwt"), /* text kept from 0.5.0 */
			 errdetail("The token is not valid UTF-8."), errhidestmt(true), errhidecontext(true)));
	pg_unreachable();
}

void
ReportUnrepresentable()
{
	error_context_stack = nullptr;
	ereport(ERROR, (errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
					errmsg("JWT claims cannot be represented in the encoding of the database"),
					errhidestmt(true), errhidecontext(true)));
	pg_unreachable();
}

void
ReportFault(Status status)
{
	if (status == Status::kOutOfMemory)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"), errhidestmt(true),
						errhidecontext(true)));
	elog(ERROR, "unrecognized status: %d", static_cast<int>(status));
	pg_unreachable();
}

} // namespace session_jwt
