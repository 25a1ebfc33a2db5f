#include "pg/current.hpp"

#include "pg/audit.hpp"
#include "pg/connection_key.hpp"
#include "pg/gucs.hpp"
#include "pg/identity_memory.hpp"
#include "pg/registry_identity.hpp"
#include "pg/registry_table.hpp"
#include "pg/report.hpp"
#include "pg/shared.hpp"
#include "pg/text.hpp"

namespace session_jwt {

Current current = {0, 0, nullptr};

namespace {

// Unsigned claims, as PostgREST sets them. Anything that is no JSON counts as none (item 59).
Identity *
ResolveClaims()
{
	if (request_jwt_claims == nullptr || *request_jwt_claims == '\0')
		return Nobody();
	std::string_view claims = ToUtf8(request_jwt_claims, strlen(request_jwt_claims));
	Identity *identity = FindIdentity(Source::kClaims, claims);
	if (identity == nullptr) {
		TokenOutcome outcome = ReadClaims(claims);
		if (outcome.status == Status::kOutOfMemory)
			ReportFault(outcome.status);
		if (outcome.status != Status::kOk)
			return Nobody();
		identity = NewIdentity(Source::kClaims, claims, {}, outcome);
		if (identity == nullptr)
			return Nobody();
		RememberIdentity(identity);
	}
	// Parallel workers act with claims that their leader has reported.
	if (!current_claims_audited && !IsParallelWorker()) {
		AuditIdentity(identity);
		current_claims_audited = true;
	}
	return identity;
}

// The token of this session, "" if none. Raises if it is one that must not be read at all.
std::string_view
PresentedToken()
{
	if (current_token == nullptr)
		return {};
	std::string_view token(pg_session_jwt_jwt);
	if (token.size() > static_cast<size_t>(pg_session_jwt_max_token_size))
		Refuse(Status::kTokenTooLong, 0);
	return token;
}

// The sources of trust in their order (design.md section 2).
Identity *
Resolve(TimestampTz now)
{
	bool has_registry = RegistryHasRows();
	bool has_key = !has_registry && KeyWasGiven();
	std::string_view token = PresentedToken();
	if (token.empty())
		return has_registry || has_key ? Nobody() : ResolveClaims();

	if (!has_registry && !has_key) {
		if (!IsUtf8(token))
			ReportNotUtf8();
		ReportMissingKey();
	}
	TokenInstance *instance = current_token;
	if (IsParallelWorker())
		InheritToken();
	Identity *identity =
		has_registry ? ResolveWithRegistry(token, now) : ResolveConnection(token, instance, now);
	if (!instance->is_audited) {
		AuditIdentity(identity);
		instance->is_audited = true;
		ShareToken();
	}
	return identity;
}

// Now is the start of the statement. A background worker need not say when one begins, and then
// that is the moment at which it connected. So there, and in parallel workers that help it, it is
// the time itself: every read comes here, and a token may expire within a statement.
TimestampTz
Now()
{
	if (likely(MyBackendType != B_BG_WORKER))
		return GetCurrentStatementStartTimestamp();
	const PGPROC *leader = MyProc->lockGroupLeader != nullptr ? MyProc->lockGroupLeader : MyProc;
	return ServesClient(leader) ? GetCurrentStatementStartTimestamp() : GetCurrentTimestamp();
}

// Whether setting `token` would change nothing: the identity in force is that of the very token,
// which the session set in an earlier transaction, so that no end of this one takes it back. A
// connection key's token may have to be in order once more, and an audit log wants a line for each.
bool
IsInForce(std::string_view token)
{
	return current.generation == generation && current.identity->source == Source::kRegistry &&
		   current.identity->token == token && current_token->is_own &&
		   token_changed_in != CurrentLocalTransactionId() && !pg_session_jwt_audit_log;
}

} // namespace

Identity *
ResolveIdentity()
{
	TimestampTz now = Now();
	// In an open transaction a statement may take no lock that would bring news of the registry.
	if (current.statement != now)
		AcceptInvalidationMessages();
	// Keys that grow old are fetched anew however seldom the token changes.
	if (current.generation == generation && IsUsable(current.identity, now) &&
		now < current.identity->refresh_at) {
		current.statement = now;
		return current.identity;
	}

	uint64 seen = generation;
	// Whatever is raised below, nothing is in force until it has succeeded.
	current.generation = 0;
	FreeRetired();
	Identity *identity = Resolve(now);
	current = Current{seen, now, identity};
	return identity;
}

void
CheckConfiguration()
{
	if (RegistryHasRows())
		return;
	if (!KeyWasGiven())
		ReportMissingKey();
	LoadKey();
}

void
PresentToken(const text *token, bool is_local)
{
	Size len = VARSIZE_ANY_EXHDR(token);
	// An empty value would mean "no token"; presented here it is a malformed one.
	if (len == 0) {
		CheckConfiguration();
		Refuse(Status::kTokenOpaque, 0);
	}
	if (len > static_cast<Size>(pg_session_jwt_max_token_size))
		Refuse(Status::kTokenTooLong, 0);
	if (IsInForce({VARDATA_ANY(token), len}))
		Count(Counted::kFromBackend);
	else
		SetToken(pnstrdup(VARDATA_ANY(token), len), is_local);
	(void)ResolveIdentity();
}

} // namespace session_jwt
