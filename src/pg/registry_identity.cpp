#include "pg/registry_identity.hpp"

#include "pg/audit.hpp"
#include "pg/fetch_request.hpp"
#include "pg/identity_memory.hpp"
#include "pg/registry.hpp"
#include "pg/report.hpp"
#include "pg/shared.hpp"
#include "pg/text.hpp"

namespace session_jwt {

namespace {

// A token with an unknown kid may cause one fetch of its issuer's keys in this time.
constexpr int64 fetch_pause = 30 * USECS_PER_SEC;

// Keys that grow old are fetched ahead of time, and nobody waits for it.
void
FetchAhead(const FetchFacts &fetch, TimestampTz now)
{
	if (fetch.can_fetch && fetch.refresh_at <= now)
		RequestFetches();
}

// Note on the identity when its issuer was looked at, and how long that is good for.
void
Confirm(Identity *identity, const IssuerState &state)
{
	identity->confirmed = state.checked;
	identity->refresh_at = state.fetch.can_fetch ? state.fetch.refresh_at : PG_INT64_MAX;
	identity->stale_at = state.fetch.stale_at;
}

// Whether an identity verified before is still what its issuer's row would give. A change
// elsewhere in the registry costs one look; the signature is not checked again.
bool
IsStillGood(Identity *identity, TimestampTz now)
{
	if (likely(identity->confirmed == registry_generation && now < identity->refresh_at))
		return IsUsable(identity, now);
	IssuerState state = RefreshIssuer(identity->issuer);
	if (!state.is_known || state.version != identity->issuer_version)
		return false;
	FetchAhead(state.fetch, now);
	Confirm(identity, state);
	return IsUsable(identity, now);
}

// Check the open token with what is known of its issuer.
TokenOutcome
Check(std::string_view issuer, const IssuerState &state, TimestampTz now)
{
	if (now >= state.fetch.stale_at) {
		TokenOutcome outcome;
		outcome.status = Status::kIssuerStale;
		outcome.number = state.fetch.fetched_at;
		return outcome;
	}
	TokenKey key;
	bool has_key = RemembersTokens() && TokenDigest(issuer, key.bytes);
	bool is_known = has_key && IsRemembered(key);
	TokenOutcome outcome = VerifyIssuerToken(issuer, UnixSeconds(now), is_known);
	if (outcome.status == Status::kOk)
		CountVerified(is_known, has_key ? &key : nullptr);
	return outcome;
}

// Whether fetching the issuer's keys may turn `status` into acceptance.
bool
FetchingMayHelp(Status status, const FetchFacts &fetch)
{
	return fetch.can_fetch && (status == Status::kKeyUnknown || status == Status::kIssuerNoKeys ||
							   status == Status::kIssuerStale);
}

// Have the issuer's keys fetched, if it is time to try.
FetchResult
Fetch(std::string_view issuer, Status status, const FetchFacts &fetch)
{
	if (!CanFetch())
		return FetchResult::kNotPossible;
	TimestampTz now = GetCurrentTimestamp();
	bool is_time = status == Status::kKeyUnknown ? fetch.attempted_at < now - fetch_pause
												 : fetch.refresh_at <= now;
	return is_time ? AwaitFetch(issuer, false) : FetchResult::kTooSoon;
}

// What to say of a token that is refused although keys were asked for: the texts for `status` speak
// of key sets given by hand.
const char *
HintFor(Status status, FetchResult fetched)
{
	if (const char *hint = FetchHint(fetched))
		return hint;
	if (status == Status::kIssuerNoKeys)
		return "See auth.issuer_status for why they could not be fetched.";
	if (status != Status::kKeyUnknown)
		return nullptr;
	if (fetched == FetchResult::kTooSoon)
		return "For an unknown key the issuer's keys are fetched at most once in 30 seconds; see "
			   "auth.issuer_status.";
	return "The issuer's keys were fetched for this token; see auth.issuer_status.";
}

Identity *
VerifyWithRegistry(std::string_view token, TimestampTz now)
{
	TokenIssuer read = ReadTokenIssuer(token);
	if (read.status != Status::kOk) {
		// A token that can be read is ASCII.
		if (!IsUtf8(token))
			ReportNotUtf8();
		Refuse(read.status, 0);
	}
	std::string_view issuer(pnstrdup(read.issuer.data(), read.issuer.size()), read.issuer.size());
	IssuerState state = RefreshIssuer(issuer);
	if (!state.is_known)
		Refuse(Status::kIssuerUnknown, 0);

	TokenOutcome outcome = Check(issuer, state, now);
	const char *hint = nullptr;
	if (FetchingMayHelp(outcome.status, state.fetch)) {
		FetchResult fetched = Fetch(issuer, outcome.status, state.fetch);
		state = RefreshIssuer(issuer);
		if (!state.is_known)
			Refuse(Status::kIssuerUnknown, 0);
		outcome = Check(issuer, state, now);
		if (FetchingMayHelp(outcome.status, state.fetch))
			hint = HintFor(outcome.status, fetched);
	}
	if (outcome.status != Status::kOk)
		Refuse(outcome.status, outcome.number, hint);

	Identity *identity = NewIdentity(Source::kRegistry, token, issuer, outcome);
	if (identity == nullptr)
		ReportUnrepresentable();
	if (state.has_required_claims && !MeetsRequiredClaims(issuer, ClaimsOf(identity)))
		Refuse(Status::kRequiredClaims, 0);
	identity->issuer_version = state.version;
	Confirm(identity, state);
	FetchAhead(state.fetch, now);
	return identity;
}

} // namespace

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

} // namespace session_jwt
