// The port's functions that look at keys and texts rather than tokens.
#include "core/digest.hpp"
#include "core/json.hpp"
#include "core/state.hpp"
#include "core/uuid.hpp"

namespace session_jwt {

namespace {

// Parse the row's key set into the state's open set. An empty set of keys is left on failure.
void
OpenKeys(const IssuerRow &row, bool strict, Outcome *out)
{
	State &s = TheState();
	AlgorithmSet algorithms = 0;
	out->status = ReadAlgorithms(row, &algorithms, &out->index);
	if (out->status != Status::kOk)
		return;
	JwkRules rules;
	rules.allow_hmac = (algorithms & kHmacAlgorithms) != 0;
	KeySet keys;
	if (!row.jwks.empty()) {
		out->status = keys.Parse(row.jwks, rules, strict, &out->index);
		if (out->index >= 0 && static_cast<size_t>(out->index) < keys.keys().size())
			out->member = keys.keys()[static_cast<size_t>(out->index)].member;
		else if (out->status == Status::kJwkMember)
			out->member = "keys";
		if (!keys.is_set())
			out->index = -1; // a JWK by itself has no place in an array
	}
	s.open_algorithms = algorithms;
	s.open_keys = std::move(keys);
}

// Whether some key is left once the row's algorithms are taken into account.
bool
HasAllowedKey(const KeySet &keys, AlgorithmSet algorithms)
{
	for (const Jwk &key : keys.keys()) {
		if (key.status == Status::kOk && (key.algorithms & algorithms) != 0)
			return true;
	}
	return keys.keys().empty();
}

// Say why no key of the row is left: a secret too short for every hash that the row allows, or
// simply nothing that fits.
void
BlameKeys(const KeySet &keys, AlgorithmSet algorithms, Outcome *out)
{
	*out = Outcome{keys.is_set() ? Status::kJwkSetUnusable : Status::kAlgorithmNotAllowed};
	for (size_t i = 0; i < keys.keys().size(); i++) {
		const Jwk &key = keys.keys()[i];
		if (key.status == Status::kOk && key.key->type() == KeyType::kOct &&
			(key.key->algorithms() & algorithms) == 0) {
			*out = Outcome{Status::kJwkHmacSize, keys.is_set() ? static_cast<int>(i) : -1, "k"};
			return;
		}
	}
}

} // namespace

Outcome
CheckIssuerRow(const IssuerRow &row) noexcept
{
	return Guarded<Outcome>([&](Outcome *out) {
		OpenKeys(row, true, out);
		State &s = TheState();
		if (out->status == Status::kOk && !HasAllowedKey(s.open_keys, s.open_algorithms))
			BlameKeys(s.open_keys, s.open_algorithms, out);
	});
}

Outcome
OpenKeySet(const IssuerRow &row) noexcept
{
	return Guarded<Outcome>([&](Outcome *out) { OpenKeys(row, false, out); });
}

KeyReport
DescribeKey(size_t index) noexcept
{
	return Guarded<KeyReport>([&](KeyReport *out) {
		const State &s = TheState();
		if (index >= s.open_keys.keys().size())
			return;
		const Jwk &key = s.open_keys.keys()[index];
		out->is_found = true;
		out->status = key.status;
		out->member = key.member;
		if (key.status == Status::kOk && (key.algorithms & s.open_algorithms) == 0) {
			out->status = Status::kAlgorithmNotAllowed;
			out->member = "alg";
		}
		out->has_kid = key.has_kid;
		out->kid = key.kid;
		out->kty = key.kty;
		out->crv = key.crv;
		out->alg = key.alg;
		out->use = key.use;
		out->bits = key.bits;
		out->thumbprint = key.thumbprint;
	});
}

bool
ReadUuid(std::string_view text, uint8_t (&out)[16]) noexcept
{
	return ParseUuid(text, out);
}

Libraries
LibrariesInUse() noexcept
{
	return Libraries{Ed25519Backend(), OpenSslVersion(), SimdjsonVersion()};
}

} // namespace session_jwt
