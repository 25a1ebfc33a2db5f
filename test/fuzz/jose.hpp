// The other library: its JSON, its verdict, and what its JSON cannot hold.
#pragma once

#include "core/json.hpp"
#include "core/token.hpp"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdlib>
#include <string>
#include <string_view>

#include <jansson.h>
#include <openssl/err.h>

// Its headers say nothing of C++.
extern "C" {
#include <jose/cfg.h>
#include <jose/jws.h>
}

namespace session_jwt {

// Json is what jansson reads, or null.
class Json {
public:
	explicit Json(std::string_view text, size_t flags = 0)
		: json_(json_loadb(text.data(), text.size(), flags, nullptr))
	{
	}
	~Json() { json_decref(json_); }
	Json(const Json &) = delete;
	Json &operator=(const Json &) = delete;

	json_t *
	get() const
	{
		return json_;
	}
	json_t *
	operator[](const char *name) const
	{
		return json_object_get(json_, name);
	}

private:
	json_t *json_;
};

// Quiet returns a configuration without messages on standard error.
inline jose_cfg_t *
Quiet()
{
	static jose_cfg_t *cfg = [] {
		jose_cfg_t *made = jose_cfg();
		jose_cfg_set_err_func(
			made, [](void *, const char *, int, uint64_t, const char *, va_list) {}, nullptr);
		return made;
	}();
	return cfg;
}

inline bool
JoseAccepts(const std::string &jwk, const CompactToken &parts)
{
	const Json key(jwk);
	if (key.get() == nullptr) {
		return false;
	}
	json_t *jws =
		json_pack("{s:s%,s:s%,s:s%}", "protected", parts.header.data(), parts.header.size(),
				  "payload", parts.payload.data(), parts.payload.size(), "signature",
				  parts.signature.data(), parts.signature.size());
	const bool accepted = jws != nullptr && jose_jws_ver(Quiet(), jws, nullptr, key.get(), false);
	json_decref(jws);
	ERR_clear_error();
	return accepted;
}

// HasHugeNumber finds a number that jansson cannot hold in C's types, for which it refuses the
// text. Core keeps numbers as they are written.
inline bool
HasHugeNumber(const JsonDocument &document)
{
	if (document.empty()) {
		return false;
	}
	const JsonNode *node = &document.root();
	for (const JsonNode *end = node + node->end; node < end; node++) {
		int64_t integer = 0;
		if (node->type == JsonType::kNumber && !ParseInteger(node->text, &integer) &&
			(node->text.find_first_of(".eE") == std::string_view::npos ||
			 std::isinf(std::strtod(std::string(node->text).c_str(), nullptr)))) {
			return true;
		}
	}
	return false;
}

inline int
Depth(const json_t *json)
{
	int deepest = 0;
	const char *name = nullptr;
	json_t *child = nullptr;
	size_t i = 0;
	json_array_foreach(json, i, child)
	{
		deepest = std::max(deepest, Depth(child));
	}
	json_object_foreach(const_cast<json_t *>(json), name, child)
	{
		deepest = std::max(deepest, Depth(child));
	}
	return deepest + (json_is_array(json) || json_is_object(json) ? 1 : 0);
}

// HasExtremeNumber finds what may be a number that C rounds to zero and PostgreSQL's numeric cannot
// hold: four digits behind an e, or more digits than its scale has.
inline bool
HasExtremeNumber(std::string_view text)
{
	size_t digits = 0;
	bool is_exponent = false;
	for (char c : text) {
		if (c >= '0' && c <= '9') {
			digits++;
		} else if (c == 'e' || c == 'E') {
			is_exponent = digits > 0;
			digits = 0;
		} else if (!is_exponent || digits > 0 || (c != '-' && c != '+')) {
			is_exponent = false;
			digits = 0;
		}
		if (digits > 16383 || (is_exponent && digits == 4)) {
			return true;
		}
	}
	return false;
}

} // namespace session_jwt
