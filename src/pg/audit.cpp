#include "pg/audit.hpp"

#include "pg/gucs.hpp"
#include "pg/report.hpp"
#include "pg/shared.hpp"

namespace session_jwt {

namespace {

// The claim as JSON text, "null" if absent. JSON escapes line ends, so no claim can forge a line.
char *
ClaimAsJson(Jsonb *claims, const char *name)
{
	if (!JB_ROOT_IS_OBJECT(claims))
		return pstrdup("null");
	JsonbValue found;
	if (getKeyJsonValueFromContainer(&claims->root, name, static_cast<int>(strlen(name)), &found) ==
		nullptr)
		return pstrdup("null");
	Jsonb *value = JsonbValueToJsonb(&found);
	return JsonbToCString(nullptr, &value->root, VARSIZE(value));
}

// Write `line` without the statement and the context, which may hold the token.
void
WriteLine(const char *line)
{
	ErrorContextCallback *callbacks = error_context_stack;
	error_context_stack = nullptr;
	ereport(LOG, (errmsg_internal("%s", line), errhidestmt(true), errhidecontext(true)));
	error_context_stack = callbacks;
}

} // namespace

void
Refuse(Status status, int64 number, const char *hint)
{
	CountRefusal(status);
	if (pg_session_jwt_audit_log)
		WriteLine(psprintf("JWT refused: %s", TokenProblem(status)));
	ReportToken(status, number, hint);
}

void
AuditIdentity(Identity *identity)
{
	if (!pg_session_jwt_audit_log)
		return;
	Jsonb *claims = ClaimsOf(identity);
	const char *what = identity->source == Source::kClaims
						   ? "JWT claims taken unverified from request.jwt.claims"
						   : "JWT accepted";
	WriteLine(psprintf("%s: sub=%s aud=%s iss=%s jti=%s", what, ClaimAsJson(claims, "sub"),
					   ClaimAsJson(claims, "aud"), ClaimAsJson(claims, "iss"),
					   ClaimAsJson(claims, "jti")));
}

} // namespace session_jwt
