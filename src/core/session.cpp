#include "core/session.hpp"

#include "core/digest.hpp"
#include "core/discovery.hpp"
#include "core/state.hpp"
#include "core/warm_up.hpp"

namespace session_jwt {

namespace {

constinit State *state = nullptr;

// Finish leaves of a refused token's outcome what may be said of it, so that nothing of it can be
// taken for an identity.
void
Finish(Status status, TokenOutcome *out)
{
	if (status != Status::kOk) {
		TokenOutcome refused;
		refused.number = out->number;
		*out = refused;
	}
	out->status = status;
}

} // namespace

State &
TheState()
{
	if (state == nullptr)
		state = new State; // never freed: no order of exit handlers can hurt it
	return *state;
}

Outcome
SetUp() noexcept
{
	return Guarded<Outcome>([](Outcome *out) { out->status = WarmUp(&TheState()); });
}

Outcome
LoadConnectionKey(std::string_view jwk) noexcept
{
	return Guarded<Outcome>([&](Outcome *out) {
		State &s = TheState();
		if (s.connection.key != nullptr) {
			out->status = Status::kOk;
			return;
		}
		ConnectionKey key;
		*out = ReadConnectionKey(jwk, &key);
		if (out->status == Status::kOk)
			s.connection = std::move(key);
	});
}

TokenOutcome
VerifyConnectionToken(std::string_view token, int64_t now, Presentation presentation) noexcept
{
	return Guarded<TokenOutcome>([&](TokenOutcome *out) {
		State &s = TheState();
		Finish(s.verification.Connection(token, s.connection, now, presentation, out), out);
		if (out->status == Status::kOk && out->jti > s.connection.highest_jti)
			s.connection.highest_jti = out->jti;
	});
}

bool
ConnectionDigest(std::string_view token, uint8_t (&out)[32]) noexcept
{
	if (state == nullptr || state->connection.key == nullptr)
		return false;
	const uint8_t(&fingerprint)[32] = state->connection.fingerprint;
	return Sha256({reinterpret_cast<const char *>(fingerprint), sizeof fingerprint}, token, out);
}

int64_t
HighestJti() noexcept
{
	return state == nullptr ? 0 : state->connection.highest_jti;
}

void
RaiseHighestJti(int64_t jti) noexcept
{
	if (state != nullptr && jti > state->connection.highest_jti)
		state->connection.highest_jti = jti;
}

TokenIssuer
ReadTokenIssuer(std::string_view token) noexcept
{
	return Guarded<TokenIssuer>(
		[&](TokenIssuer *out) { out->status = TheState().verification.Open(token, &out->issuer); });
}

IssuerState
FindIssuer(std::string_view issuer) noexcept
{
	IssuerState found;
	if (state == nullptr)
		return found;
	if (auto it = state->issuers.find(issuer); it != state->issuers.end()) {
		found.is_known = true;
		found.tag = it->second.tag;
		found.checked = it->second.checked;
		found.version = it->second.version;
		found.has_required_claims = it->second.has_required_claims;
		found.fetch = it->second.fetch;
	}
	return found;
}

Outcome
LoadIssuer(const IssuerRow &row, RowTag tag, uint64_t generation) noexcept
{
	return Guarded<Outcome>([&](Outcome *out) {
		State &s = TheState();
		Issuer issuer;
		out->status = MakeIssuer(row, &issuer);
		if (out->status != Status::kOk)
			return;
		issuer.tag = tag;
		issuer.checked = generation;
		issuer.version = s.next_version;
		auto [it, is_new] = s.issuers.try_emplace(std::string(row.issuer));
		it->second = std::move(issuer);
		s.next_version++;
	});
}

void
ConfirmIssuer(std::string_view issuer, uint64_t generation, const FetchFacts &fetch) noexcept
{
	if (state == nullptr)
		return;
	if (auto it = state->issuers.find(issuer); it != state->issuers.end()) {
		it->second.checked = generation;
		it->second.fetch = fetch;
	}
}

void
ForgetIssuer(std::string_view issuer) noexcept
{
	if (state == nullptr)
		return;
	if (auto it = state->issuers.find(issuer); it != state->issuers.end())
		state->issuers.erase(it);
}

TokenOutcome
VerifyIssuerToken(std::string_view issuer, int64_t now, bool signature_known) noexcept
{
	return Guarded<TokenOutcome>([&](TokenOutcome *out) {
		State &s = TheState();
		auto it = s.issuers.find(issuer);
		if (it != s.issuers.end())
			Finish(s.verification.Registry(it->second, issuer, now, signature_known, out), out);
	});
}

bool
TokenDigest(std::string_view issuer, uint8_t (&out)[32]) noexcept
{
	if (state == nullptr)
		return false;
	auto it = state->issuers.find(issuer);
	if (it == state->issuers.end() || state->verification.token().empty())
		return false;
	const char *fingerprint = reinterpret_cast<const char *>(it->second.fingerprint);
	return Sha256({fingerprint, sizeof it->second.fingerprint}, state->verification.token(), out);
}

Discovery
ReadDiscovery(std::string_view text, std::string_view issuer) noexcept
{
	return Guarded<Discovery>([&](Discovery *out) {
		State &s = TheState();
		out->status = ParseDiscovery(text, issuer, &s.discovery, &out->jwks_uri);
	});
}

TokenOutcome
ReadClaims(std::string_view text) noexcept
{
	return Guarded<TokenOutcome>(
		[&](TokenOutcome *out) { out->status = TheState().verification.Unsigned(text, out); });
}

} // namespace session_jwt
