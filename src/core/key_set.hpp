// JWK Set (RFC 7517 section 5): the keys of one issuer, and which of them fit a token.
#pragma once

#include "core/jwk.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace session_jwt {

// kMaxKeys is the most keys a set may hold.
inline constexpr size_t kMaxKeys = 100;

// kMaxCandidates bounds the signatures a token can cost: with several keys of one kid at most
// this many are tried, in the set's order.
inline constexpr size_t kMaxCandidates = 4;

class KeySet {
public:
	// Parse reads a JWK Set or a single JWK. Keys that cannot be used are kept with their status,
	// so that they can be reported one by one. It returns kOk if at least one key can be used;
	// else kJwkJson, kJwkDuplicate, kJwkMember ("keys" is no array), kJwkSetTooMany, kJwkSetEmpty
	// or kJwkSetUnusable, and for a single JWK that JWK's status. kJwkPrivate in any key refuses
	// the whole set: a private key must never be stored. So do kJwkHmacSize, kJwkRsaSize,
	// kJwkRsaExponent, kJwkPoint and kJwkMember where `strict` is set (a row being written).
	// On failure `bad_key` is the index of the key to blame, -1 for the set itself.
	[[nodiscard]] Status Parse(std::string_view text, const JwkRules &rules, bool strict,
							   int *bad_key);

	// Load takes a set as Parse without `strict` does, but makes no key before Read is told that a
	// token may mean it: most tokens mean one, and the first key of a kind that a process makes
	// costs more than the signature. It returns kOk though no key may turn out to be usable.
	[[nodiscard]] Status Load(std::string_view text, const JwkRules &rules);

	// Read makes what Load has left of the keys that a token means: those of `kid`, all of them if
	// it has none. It returns kOk, or kInternal if the crypto library fails.
	[[nodiscard]] Status Read(bool has_kid, std::string_view kid);

	// HasUsable reports whether some key can be used, and makes keys until it knows.
	[[nodiscard]] bool HasUsable();

	const std::vector<Jwk> &
	keys() const
	{
		return keys_;
	}
	bool
	is_set() const
	{
		return is_set_;
	} // false: the text was a single JWK

	// Select fills `out` with the usable keys for a token whose header names `alg` and, if
	// `has_kid`, `kid`. With a kid: every key of that kid that allows `alg`, at most
	// kMaxCandidates; kKeyUnknown if no usable key has the kid, kKeyUnfit if none of them allows
	// `alg`. Without: exactly one key that allows `alg`; kKeyUnfit for none, kKeyAmbiguous for
	// several. Keys that Read was not asked for are passed over.
	struct Candidates {
		PublicKey *keys[kMaxCandidates] = {};
		size_t count = 0;
	};
	[[nodiscard]] Status Select(Algorithm alg, bool has_kid, std::string_view kid,
								Candidates *out) const;

private:
	[[nodiscard]] Status ReadWhere(bool has_kid, std::string_view kid, bool until_usable);

	std::vector<Jwk> keys_;
	bool is_set_ = false;
	// The set as it was loaded, while keys of it are unread.
	std::string text_;
	JwkRules rules_;
	size_t num_unread_ = 0;
};

} // namespace session_jwt
