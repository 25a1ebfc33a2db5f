// Strict JSON (RFC 8259) as a flat list of nodes. json.cpp is the only includer of simdjson.
#pragma once

#include "core/pure.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace session_jwt {

enum class JsonType : uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

// JsonNode is one value. Nodes stand in document order, a container before its contents.
struct JsonNode {
	JsonType type;
	uint32_t end;          // index of the first node after this value and its contents
	std::string_view name; // member name with escapes resolved; empty for elements and the root
	std::string_view text; // string: with escapes resolved; number: as written; else empty
};

// JsonError says why a text was refused.
enum class JsonError : uint8_t {
	kNone,
	kSyntax, // not JSON, not UTF-8, a byte order mark, trailing bytes, a lone surrogate, or a
			 // number that PostgreSQL's numeric cannot hold
	kNul,    // \u0000 in a string or name
	kDepth,  // nested deeper than kMaxJsonDepth
};

// kMaxJsonDepth is the deepest nesting accepted: the root container has depth 1.
inline constexpr int kMaxJsonDepth = 128;

// JsonDocument parses one text at a time and owns what its nodes point to. Views and nodes are
// valid until the next Parse or the end of the document object.
class JsonDocument {
public:
	JsonDocument();
	~JsonDocument();
	JsonDocument(JsonDocument &&) noexcept;
	JsonDocument &operator=(JsonDocument &&) noexcept;

	// Parse validates all of `text` and fills the nodes. On failure the document is empty.
	// Throws only bad_alloc. Time and memory are linear in the text's length.
	[[nodiscard]] JsonError Parse(std::string_view text);

	bool
	empty() const
	{
		return nodes_.empty();
	}
	const JsonNode &
	root() const
	{
		return nodes_.front();
	}

	// Children returns the nodes below `container` that belong to it directly, one at a time:
	// pass nullptr to get the first, the previous one to get the next; nullptr ends the walk.
	const JsonNode *NextChild(const JsonNode &container, const JsonNode *previous) const;

	// Member returns the member of `object` called `name`: the last one, as jsonb keeps the last
	// of duplicates. It returns nullptr if there is none or `object` is not an object.
	const JsonNode *Member(const JsonNode &object, std::string_view name) const;

	// At follows member names from the root. It returns nullptr if a step leads nowhere.
	const JsonNode *At(std::span<const std::string_view> path) const;

	// HasDuplicate reports whether `object` names one of its own members twice, names compared
	// with escapes resolved. Members of nested objects are not looked at.
	bool HasDuplicate(const JsonNode &object) const;

	// SizeInMemory returns the bytes this document keeps allocated, for reports.
	size_t SizeInMemory() const;

private:
	struct Parser; // hides simdjson
	std::unique_ptr<Parser> parser_;
	std::vector<JsonNode> nodes_;
};

// SimdjsonVersion returns the version this build was compiled with, a static string.
std::string_view SimdjsonVersion();

// ParseInteger reads a JSON number as written. It returns false unless it is an integer literal
// (no fraction, no exponent) that fits int64_t.
[[nodiscard]] bool ParseInteger(std::string_view number, int64_t *out);

// ParseNumericDate reads a NumericDate (RFC 7519 section 2: seconds since the epoch, perhaps with
// a fraction or an exponent) and rounds it down, or up if `round_up`. Values beyond int64_t are
// clamped to its ends. It returns false if `number` is not a JSON number.
[[nodiscard]] bool ParseNumericDate(std::string_view number, bool round_up, int64_t *out);

} // namespace session_jwt
