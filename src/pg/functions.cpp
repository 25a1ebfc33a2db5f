// The functions of 0.5.0, in its order. Their SQL declarations and symbols are its own.
#include "pg/claim_values.hpp"
#include "pg/current.hpp"
#include "pg/report.hpp"

namespace session_jwt {

namespace {

// The subject of a token must be text; unsigned claims may hold anything (behaviour item 54).
void
RequireSubject(const Identity *identity)
{
	if (identity->subject_kind == Subject::kOther && identity->source != Source::kClaims)
		ReportSubject();
}

Datum
Claims()
{
	return JsonbPGetDatum(ClaimsOf(CurrentIdentity()));
}

} // namespace

} // namespace session_jwt

using namespace session_jwt;

SESSION_JWT_FUNCTION(init_wrapper)
{
	CheckConfiguration();
	PG_RETURN_VOID();
}

SESSION_JWT_FUNCTION(jwt_session_init_wrapper)
{
	PresentToken(PG_GETARG_TEXT_PP(0), false);
	PG_RETURN_VOID();
}

SESSION_JWT_FUNCTION(jwt_session_init_local)
{
	PresentToken(PG_GETARG_TEXT_PP(0), PG_GETARG_BOOL(1));
	PG_RETURN_VOID();
}

SESSION_JWT_FUNCTION(session_wrapper)
{
	return Claims();
}

SESSION_JWT_FUNCTION(jwt_wrapper)
{
	return Claims();
}

SESSION_JWT_FUNCTION(user_id_wrapper)
{
	Identity *identity = CurrentIdentity();
	if (likely(identity->user_id != nullptr))
		PG_RETURN_TEXT_P(identity->user_id);
	RequireSubject(identity);
	PG_RETURN_NULL();
}

SESSION_JWT_FUNCTION(uid_wrapper)
{
	Identity *identity = CurrentIdentity();
	if (likely(identity->uid != nullptr))
		PG_RETURN_UUID_P(identity->uid);
	RequireSubject(identity);
	pg_uuid_t *uid = UidOf(identity);
	if (uid == nullptr)
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(uid);
}

SESSION_JWT_FUNCTION(organization_wrapper)
{
	constexpr std::string_view path[] = {"o"};
	return FixedClaim(fcinfo, ClaimForm::kJsonObject, {path, 1});
}

SESSION_JWT_FUNCTION(organization_id_wrapper)
{
	constexpr std::string_view path[] = {"o", "id"};
	return FixedClaim(fcinfo, ClaimForm::kUuid, {path, 2});
}
