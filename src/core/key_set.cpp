// Reading a JWK Set, and choosing among its keys.
#include "core/key_set.hpp"

#include <algorithm>
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

// OpenSet parses a JWK Set or a single JWK. *out_list is the array of keys, nullptr for a single
// one. Both outlive a failure only as far as *out_list tells which of them it was.
Status
OpenSet(std::string_view text, JsonDocument *document, const JsonNode **out_list)
{
	*out_list = nullptr;
	if (document->Parse(text) != JsonError::kNone || document->root().type != JsonType::kObject) {
		return Status::kJwkJson;
	}
	*out_list = document->Member(document->root(), "keys");
	if (*out_list == nullptr) {
		return Status::kOk;
	}
	if (document->HasDuplicate(document->root())) {
		return Status::kJwkDuplicate;
	}
	return (*out_list)->type == JsonType::kArray ? Status::kOk : Status::kJwkMember;
}

// NextJwk walks over the keys of an open set: nullptr gets the first, and ends the walk.
const JsonNode *
NextJwk(const JsonDocument &document, const JsonNode *list, const JsonNode *previous)
{
	if (list == nullptr) {
		return previous == nullptr ? &document.root() : nullptr;
	}
	return document.NextChild(*list, previous);
}

bool
IsMeant(const Jwk &jwk, bool has_kid, std::string_view kid)
{
	return !has_kid || (jwk.has_kid && jwk.kid == kid);
}

} // namespace

Status
KeySet::Parse(std::string_view text, const JwkRules &rules, bool strict, int *bad_key)
{
	JsonDocument document;
	std::vector<Jwk> keys;
	bool usable = false;

	*this = KeySet();
	*bad_key = -1;
	const JsonNode *list;
	Status status = OpenSet(text, &document, &list);
	is_set_ = list != nullptr;
	if (status != Status::kOk) {
		return status;
	}
	if (list == nullptr) {
		keys_.push_back(ParseJwk(document, document.root(), rules));
		status = keys_[0].status;
		*bad_key = status == Status::kOk ? -1 : 0;
		return status;
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
KeySet::Load(std::string_view text, const JwkRules &rules)
{
	JsonDocument document;
	std::vector<Jwk> keys;

	*this = KeySet();
	const JsonNode *list;
	if (Status status = OpenSet(text, &document, &list); status != Status::kOk) {
		return status;
	}
	for (const JsonNode *node = NextJwk(document, list, nullptr); node != nullptr;
		 node = NextJwk(document, list, node)) {
		if (keys.size() == kMaxKeys) {
			return Status::kJwkSetTooMany;
		}
		keys.push_back(PeekJwk(document, *node));
		if (keys.back().status == Status::kJwkPrivate) {
			return Status::kJwkPrivate;
		}
		num_unread_ += keys.back().is_read ? 0 : 1;
	}
	if (keys.empty()) {
		return Status::kJwkSetEmpty;
	}
	is_set_ = list != nullptr;
	text_ = text;
	rules_ = rules;
	keys_ = std::move(keys);
	return Status::kOk;
}

Status
KeySet::ReadWhere(bool has_kid, std::string_view kid, bool until_usable)
{
	JsonDocument document;
	const JsonNode *list;
	if (OpenSet(text_, &document, &list) != Status::kOk) {
		return Status::kInternal;
	}
	const JsonNode *node = nullptr;
	for (Jwk &jwk : keys_) {
		node = NextJwk(document, list, node);
		if (jwk.is_read || !IsMeant(jwk, has_kid, kid)) {
			continue;
		}
		Jwk read = ParseJwk(document, *node, rules_);
		if (read.status == Status::kInternal) {
			return Status::kInternal; // it may succeed another time
		}
		jwk = std::move(read);
		num_unread_--;
		if (until_usable && jwk.key) {
			break;
		}
	}
	if (num_unread_ == 0) {
		text_ = std::string();
	}
	return Status::kOk;
}

Status
KeySet::Read(bool has_kid, std::string_view kid)
{
	bool is_needed =
		num_unread_ > 0 && std::any_of(keys_.begin(), keys_.end(), [&](const Jwk &jwk) {
			return !jwk.is_read && IsMeant(jwk, has_kid, kid);
		});
	return is_needed ? ReadWhere(has_kid, kid, false) : Status::kOk;
}

bool
KeySet::HasUsable()
{
	auto is_usable = [](const Jwk &jwk) { return jwk.key != nullptr; };
	if (std::any_of(keys_.begin(), keys_.end(), is_usable)) {
		return true;
	}
	return num_unread_ > 0 && ReadWhere(false, {}, true) == Status::kOk &&
		   std::any_of(keys_.begin(), keys_.end(), is_usable);
}

Status
KeySet::Select(Algorithm alg, bool has_kid, std::string_view kid, Candidates *out) const
{
	bool named = false;
	size_t fitting = 0;

	*out = Candidates();
	for (const Jwk &jwk : keys_) {
		if (!jwk.key || !IsMeant(jwk, has_kid, kid)) {
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
