// Reading a JWK Set, and choosing among its keys.
#include "core/key_set.hpp"

#include <utility>

namespace session_jwt {

namespace {

// SpoilsSet reports whether a key's status refuses the whole set. A private key always does. In a
// row being written so does a key that was meant for signatures and is broken; what a provider
// publishes beside its signing keys is merely skipped, and so is a damaged certificate member,
// because nothing depends on it.
bool
SpoilsSet(const Jwk &jwk, bool strict)
{
	switch (jwk.status) {
	case Status::kJwkPrivate:
	case Status::kInternal:
		return true;
	case Status::kJwkHmacSize:
	case Status::kJwkRsaSize:
	case Status::kJwkRsaExponent:
	case Status::kJwkPoint:
		return strict;
	case Status::kJwkMember:
		return strict && !std::string_view(jwk.member).starts_with("x5");
	default:
		return false;
	}
}

// Disable drops the keys of a set that was refused; what is said of them stays, for the report.
void
Disable(std::vector<Jwk> *keys)
{
	for (Jwk &jwk : *keys) {
		jwk.key.reset();
		jwk.algorithms = 0;
	}
}

} // namespace

Status
KeySet::Parse(std::string_view text, const JwkRules &rules, bool strict, int *bad_key)
{
	JsonDocument document;
	std::vector<Jwk> keys;
	bool usable = false;
	Status status = Status::kOk;

	keys_.clear();
	is_set_ = false;
	*bad_key = -1;
	if (document.Parse(text) != JsonError::kNone || document.root().type != JsonType::kObject) {
		return Status::kJwkJson;
	}

	const JsonNode &root = document.root();
	const JsonNode *list = document.Member(root, "keys");
	if (list == nullptr) {
		keys_.push_back(ParseJwk(document, root, rules));
		status = keys_[0].status;
		*bad_key = status == Status::kOk ? -1 : 0;
		return status;
	}

	is_set_ = true;
	if (document.HasDuplicate(root)) {
		return Status::kJwkDuplicate;
	}
	if (list->type != JsonType::kArray) {
		return Status::kJwkMember;
	}
	for (const JsonNode *node = document.NextChild(*list, nullptr); node != nullptr;
		 node = document.NextChild(*list, node)) {
		if (keys.size() == kMaxKeys) {
			return Status::kJwkSetTooMany;
		}
		keys.push_back(ParseJwk(document, *node, rules));
		usable = usable || keys.back().status == Status::kOk;
		if (status == Status::kOk && SpoilsSet(keys.back(), strict)) {
			status = keys.back().status;
			*bad_key = static_cast<int>(keys.size()) - 1;
		}
	}
	if (status == Status::kOk && !usable) {
		status = keys.empty() ? Status::kJwkSetEmpty : Status::kJwkSetUnusable;
	}
	if (status != Status::kOk) {
		Disable(&keys);
	}
	keys_ = std::move(keys);
	return status;
}

Status
KeySet::Select(Algorithm alg, bool has_kid, std::string_view kid, Candidates *out) const
{
	bool named = false;
	size_t fitting = 0;

	*out = Candidates();
	for (const Jwk &jwk : keys_) {
		if (!jwk.key || (has_kid && !(jwk.has_kid && jwk.kid == kid))) {
			continue;
		}
		named = true;
		if ((jwk.algorithms & Bit(alg)) == 0) {
			continue;
		}
		fitting++;
		if (out->count < kMaxCandidates) {
			out->keys[out->count++] = jwk.key.get();
		}
	}
	if (has_kid && !named) {
		return Status::kKeyUnknown;
	}
	if (fitting == 0) {
		return Status::kKeyUnfit;
	}
	if (!has_kid && fitting > 1) {
		*out = Candidates();
		return Status::kKeyAmbiguous;
	}
	return Status::kOk;
}

} // namespace session_jwt
