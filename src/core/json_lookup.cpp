// Looking around in a parsed document.
#include "core/json.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <utility>

namespace session_jwt {

namespace {

constexpr size_t kSmallObject = 64;

// ShortSet finds a repeated name among at most kSmallObject, without memory of its own. Names that
// an attacker makes collide cost no more than comparing all with all.
class ShortSet {
public:
	// Insert returns false if `name` was there already.
	bool
	Insert(std::string_view name)
	{
		size_t slot = Hash(name) % slots_.size();
		while (slots_[slot] != 0) {
			if (names_[slots_[slot] - size_t{1}] == name) {
				return false;
			}
			slot = (slot + 1) % slots_.size();
		}
		names_[size_++] = name;
		slots_[slot] = static_cast<uint8_t>(size_);
		return true;
	}

private:
	static size_t
	Hash(std::string_view name)
	{
		size_t len = name.size();
		if (len == 0) {
			return 0;
		}
		auto byte = [&](size_t at) { return size_t{static_cast<unsigned char>(name[at])}; };
		return len * 7 + byte(0) * 31 + byte(len / 2) * 53 + byte(len - 1);
	}

	std::array<uint8_t, 2 * kSmallObject> slots_{}; // index into names_ plus one; 0 is free
	std::array<std::string_view, kSmallObject> names_;
	size_t size_ = 0;
};

// IsSame is ==, without a call for names that differ in length or in their first byte: most do.
bool
IsSame(std::string_view a, std::string_view b)
{
	return a.size() == b.size() && (a.empty() || (a.front() == b.front() && a == b));
}

// HasRepetition sorts, so that no choice of names makes it slow.
bool
HasRepetition(std::vector<std::string_view> *names)
{
	std::sort(names->begin(), names->end());
	return std::adjacent_find(names->begin(), names->end()) != names->end();
}

using HashedName = std::pair<size_t, std::string_view>;

// HasRepetitionByHash compares names only where their hashes are equal: sorting numbers is several
// times cheaper. Names that are chosen to have one hash cost no more than sorting them all.
bool
HasRepetitionByHash(std::vector<HashedName> *names)
{
	auto hash_less = [](const HashedName &a, const HashedName &b) { return a.first < b.first; };
	std::sort(names->begin(), names->end(), hash_less);
	std::vector<std::string_view> alike;
	for (auto from = names->begin(); from != names->end();) {
		auto to = from + 1;
		while (to != names->end() && to->first == from->first) {
			++to;
		}
		if (to - from > 1) {
			alike.clear();
			for (; from != to; ++from) {
				alike.push_back(from->second);
			}
			if (HasRepetition(&alike)) {
				return true;
			}
		}
		from = to;
	}
	return false;
}

} // namespace

const JsonNode *
JsonDocument::NextChild(const JsonNode &container, const JsonNode *previous) const
{
	const JsonNode *next = previous == nullptr ? &container + 1 : nodes_.data() + previous->end;
	return next < nodes_.data() + container.end ? next : nullptr;
}

const JsonNode *
JsonDocument::Member(const JsonNode &object, std::string_view name) const
{
	const JsonNode *found = nullptr;
	if (object.type != JsonType::kObject) {
		return nullptr;
	}
	const JsonNode *nodes = nodes_.data();
	const JsonNode *end = nodes + object.end;
	for (const JsonNode *member = &object + 1; member < end; member = nodes + member->end) {
		if (IsSame(member->name, name)) {
			found = member;
		}
	}
	return found;
}

const JsonNode *
JsonDocument::At(std::span<const std::string_view> path) const
{
	const JsonNode *node = empty() ? nullptr : &root();
	for (std::string_view name : path) {
		if (node == nullptr) {
			break;
		}
		node = Member(*node, name);
	}
	return node;
}

// RFC 8259 section 4 leaves open what a repeated name means: two readers of one token could see two
// identities.
bool
JsonDocument::HasDuplicate(const JsonNode &object) const
{
	if (object.type != JsonType::kObject) {
		return false;
	}
	ShortSet set;
	const JsonNode *member = NextChild(object, nullptr);
	for (size_t i = 0; i < kSmallObject && member != nullptr; i++) {
		if (!set.Insert(member->name)) {
			return true;
		}
		member = NextChild(object, member);
	}
	if (member == nullptr) {
		return false;
	}
	std::vector<HashedName> names;
	for (member = NextChild(object, nullptr); member != nullptr;
		 member = NextChild(object, member)) {
		names.emplace_back(std::hash<std::string_view>{}(member->name), member->name);
	}
	return HasRepetitionByHash(&names);
}

} // namespace session_jwt
