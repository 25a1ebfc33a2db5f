#include "pg/current.hpp"

#include "pg/audit.hpp"
#include "pg/connection_key.hpp"
#include "pg/gucs.hpp"
#include "pg/registry.hpp"
#include "pg/report.hpp"
#include "pg/shared.hpp"
#include "pg/text.hpp"

namespace session_jwt {

uint64 generation = 1;
Current current = {0, 0, nullptr};

namespace {

bool
IsInWindow(const Identity *identity, TimestampTz now)
{
	return identity->valid_from <= now && now <= identity->valid_until;
}

// Whether an identity verified before is still what its issuer's row would give. A change of the
// row elsewhere in the table costs one look; the signature is not checked again.
bool
IsStillGood(Identity *identity, TimestampTz now)
{
	IssuerState state = RefreshIssuer(identity->issuer);
	return state.is_known && state.version == identity->issuer_version && IsInWindow(identity, now);
}

Identity *
VerifyWithRegistry(std::string_view token, TimestampTz now)
{
	TokenIssuer read = ReadTokenIssuer(token);
	if (read.status != Status::kOk)
		Refuse(read.status, 0);
	std::string_view issuer(pnstrdup(read.issuer.data(), read.issuer.size()), read.issuer.size());
	IssuerState state = RefreshIssuer(issuer);
	if (!state.is_known)
		Refuse(Status::kIssuerUnknown, 0);

	TokenKey key;
	bool has_key = RemembersTokens() && TokenDigest(issuer, key.bytes);
	bool is_known = has_key && IsRemembered(key);
	TokenOutcome outcome = VerifyIssuerToken(issuer, UnixSeconds(now), is_known);
	if (outcome.status != Status::kOk)
		Refuse(outcome.status, outcome.number);
	CountVerified(is_known, has_key ? &key : nullptr);
	Identity *identity = NewIdentity(Source::kRegistry, token, outcome);
	if (identity == nullptr)
		ReportUnrepresentable();
	if (state.has_required_claims && !MeetsRequiredClaims(issuer, ClaimsOf(identity)))
		Refuse(Status::kRequiredClaims, 0);

	identity->issuer = std::string_view(
		static_cast<char *>(memcpy(MemoryContextAlloc(identity->context, issuer.size() + 1),
								   issuer.data(), issuer.size() + 1)),
		issuer.size());
	identity->issuer_version = state.version;
	return identity;
}

Identity *
ResolveWithRegistry(std::string_view token, TimestampTz now)
{
	Identity *identity = FindIdentity(Source::kRegistry, token);
	if (identity != nullptr) {
		if (IsStillGood(identity, now)) {
			Count(Counted::kFromBackend);
			return identity;
		}
		ForgetIdentity(identity);
	}
	identity = VerifyWithRegistry(token, now);
	RememberIdentity(identity);
	return identity;
}

// Unsigned claims, as PostgREST sets them. Anything that is no JSON counts as none (item 59).
Identity *
ResolveClaims()
{
	if (request_jwt_claims == nullptr || *request_jwt_claims == '\0')
		return Nobody();
	std::string_view claims(request_jwt_claims);
	Identity *identity = FindIdentity(Source::kClaims, claims);
	if (identity == nullptr) {
		TokenOutcome outcome = ReadClaims(claims);
		if (outcome.status == Status::kOutOfMemory)
			ReportFault(outcome.status);
		if (outcome.status != Status::kOk)
			return Nobody();
		identity = NewIdentity(Source::kClaims, claims, outcome);
		if (identity == nullptr)
			return Nobody();
		RememberIdentity(identity);
	}
	if (!current_claims_audited) {
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
	if (!IsUtf8(token))
		ReportNotUtf8();
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

	if (!has_registry && !has_key)
		ReportMissingKey();
	TokenInstance *instance = current_token;
	Identity *identity =
		has_registry ? ResolveWithRegistry(token, now) : ResolveConnection(token, instance, now);
	if (!instance->is_audited) {
		AuditIdentity(identity);
		instance->is_audited = true;
	}
	return identity;
}

} // namespace

Identity *
ResolveIdentity()
{
	TimestampTz now = GetCurrentStatementStartTimestamp();
	// In an open transaction a statement may take no lock that would bring news of the registry.
	if (current.statement != now)
		AcceptInvalidationMessages();
	if (current.generation == generation && IsInWindow(current.identity, now)) {
		current.statement = now;
		return current.identity;
	}

	FreeRetired();
	uint64 seen = generation;
	// Whatever is raised below, nothing is in force until it has succeeded.
	current.generation = 0;
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
	SetToken(pnstrdup(VARDATA_ANY(token), len), is_local);
	(void)ResolveIdentity();
}

} // namespace session_jwt
