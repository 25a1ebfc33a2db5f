#include "pg/claim_values.hpp"

#include "pg/text.hpp"

namespace session_jwt {

// ClaimValue is a claim looked up before. `key` is its path, each name after its length.
struct ClaimValue {
	ClaimValue *next;
	ClaimForm form;
	bool is_found;
	std::string_view key;
	Datum value;
};

namespace {

constexpr int max_kept = 64; // per identity

std::string_view
MakeKey(ClaimPath path)
{
	Size size = 0;
	for (int i = 0; i < path.len; i++)
		size += sizeof(size_t) + path.names[i].size();
	char *key = static_cast<char *>(palloc(size + 1));
	char *at = key;
	for (int i = 0; i < path.len; i++) {
		size_t len = path.names[i].size();
		memcpy(at, &len, sizeof len);
		memcpy(at + sizeof len, path.names[i].data(), len);
		at += sizeof len + len;
	}
	return std::string_view(key, size);
}

// Follow the path through objects. False if a step leads nowhere.
bool
FollowPath(Jsonb *claims, ClaimPath path, JsonbValue *out)
{
	JsonbContainer *container = &claims->root;
	for (int i = 0; i < path.len; i++) {
		if (container == nullptr || !JsonContainerIsObject(container))
			return false;
		if (getKeyJsonValueFromContainer(container, path.names[i].data(),
										 static_cast<int>(path.names[i].size()), out) == nullptr)
			return false;
		container = out->type == jbvBinary ? out->val.binary.data : nullptr;
	}
	return path.len > 0;
}

bool
IsObject(const JsonbValue &value)
{
	return value.type == jbvBinary && JsonContainerIsObject(value.val.binary.data);
}

bool
MakeUuid(const JsonbValue &value, Datum *out)
{
	uint8_t bytes[UUID_LEN];
	if (value.type != jbvString ||
		!ReadUuid({value.val.string.val, static_cast<size_t>(value.val.string.len)}, bytes))
		return false;
	pg_uuid_t *uuid = static_cast<pg_uuid_t *>(palloc(sizeof(pg_uuid_t)));
	memcpy(uuid->data, bytes, UUID_LEN);
	*out = UUIDPGetDatum(uuid);
	return true;
}

// Make the value in the current memory context.
bool
MakeValue(Identity *identity, ClaimForm form, ClaimPath path, Datum *out)
{
	JsonbValue value;
	if (!FollowPath(ClaimsOf(identity), path, &value))
		return false;
	switch (form) {
	case ClaimForm::kText:
		if (value.type != jbvString)
			return false;
		*out =
			PointerGetDatum(cstring_to_text_with_len(value.val.string.val, value.val.string.len));
		return true;
	case ClaimForm::kUuid:
		return MakeUuid(value, out);
	case ClaimForm::kJsonObject:
		if (!IsObject(value))
			return false;
		break;
	case ClaimForm::kJsonb:
		break;
	}
	*out = JsonbPGetDatum(JsonbValueToJsonb(&value));
	return true;
}

ClaimValue *
FindKept(Identity *identity, ClaimForm form, std::string_view key)
{
	for (ClaimValue *at = identity->claim_values; at != nullptr; at = at->next) {
		if (at->form == form && at->key == key)
			return at;
	}
	return nullptr;
}

// Whether `words`, separated by spaces, has `word`.
bool
HasWord(std::string_view words, std::string_view word)
{
	while (!words.empty()) {
		size_t end = words.find(' ');
		if (words.substr(0, end) == word)
			return true;
		words.remove_prefix(end == std::string_view::npos ? words.size() : end + 1);
	}
	return false;
}

bool
HasElement(JsonbContainer *array, std::string_view element)
{
	JsonbValue wanted;
	wanted.type = jbvString;
	wanted.val.string.val = const_cast<char *>(element.data());
	wanted.val.string.len = static_cast<int>(element.size());
	return findJsonbValueFromContainer(array, JB_FARRAY, &wanted) != nullptr;
}

} // namespace

bool
FindClaim(Identity *identity, ClaimForm form, ClaimPath path, Datum *out)
{
	std::string_view key = MakeKey(path);
	if (ClaimValue *kept = FindKept(identity, form, key)) {
		*out = kept->value;
		return kept->is_found;
	}
	bool keep = identity->num_claim_values < max_kept;
	ClaimsOf(identity);
	MemoryContext caller = MemoryContextSwitchTo(keep ? ExtrasOf(identity) : CurrentMemoryContext);
	Datum value = Datum{0};
	bool is_found = MakeValue(identity, form, path, &value);
	if (keep) {
		ClaimValue *made = static_cast<ClaimValue *>(palloc(sizeof(ClaimValue)));
		std::string_view kept_key(static_cast<char *>(palloc(key.size() + 1)), key.size());
		memcpy(const_cast<char *>(kept_key.data()), key.data(), key.size());
		*made = ClaimValue{identity->claim_values, form, is_found, kept_key, value};
		identity->claim_values = made;
		identity->num_claim_values++;
	}
	MemoryContextSwitchTo(caller);
	*out = value;
	return is_found;
}

bool
KeepsClaims(const Identity *identity)
{
	return identity->num_claim_values < max_kept;
}

bool
HasScope(Identity *identity, std::string_view scope)
{
	if (scope.empty() || scope.find(' ') != std::string_view::npos)
		return false;
	for (std::string_view name : {std::string_view("scope"), std::string_view("scp")}) {
		JsonbValue value;
		if (!FollowPath(ClaimsOf(identity), ClaimPath{&name, 1}, &value))
			continue;
		if (value.type == jbvString &&
			HasWord({value.val.string.val, static_cast<size_t>(value.val.string.len)}, scope))
			return true;
		if (value.type == jbvBinary && JsonContainerIsArray(value.val.binary.data) &&
			!JsonContainerIsScalar(value.val.binary.data) &&
			HasElement(value.val.binary.data, scope))
			return true;
	}
	return false;
}

} // namespace session_jwt
