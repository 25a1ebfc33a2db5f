// Compact JWS (RFC 7515 section 7.1): three parts, and the header's say about the signature.
#pragma once

#include "core/algorithm.hpp"
#include "core/json.hpp"
#include "core/status.hpp"

#include <string>
#include <string_view>

namespace session_jwt {

// CompactToken points into the token it was split from.
struct CompactToken {
	std::string_view header;        // base64url
	std::string_view payload;       // base64url
	std::string_view signature;     // base64url
	std::string_view signing_input; // header, dot, payload: the bytes that are signed
};

// SplitToken cuts `token` at its dots. It returns kTokenOpaque for one part, kTokenEncrypted for
// five, kTokenParts for any other number than three.
[[nodiscard]] Status SplitToken(std::string_view token, CompactToken *out);

// Header is what a JOSE header says about how to verify. Its views point into the document.
struct Header {
	bool has_alg = false;
	Algorithm alg = Algorithm::kEdDSA;
	bool has_kid = false;
	std::string_view kid;
};

// ParseHeader decodes and judges the header: a JSON object, no member twice, alg and kid strings,
// no crit (RFC 7515 section 4.1.11: nothing it could name is understood here), no b64 but true.
// Keys that a header carries or points to (jwk, jku, x5c, x5u) are never looked at. `document`
// and `buffer` hold the result's memory.
[[nodiscard]] Status ParseHeader(std::string_view encoded, JsonDocument *document,
								 std::string *buffer, Header *out);

// ParsePayload decodes and parses the payload: a JSON object that names no top-level member
// twice. *buffer holds the decoded text afterwards.
[[nodiscard]] Status ParsePayload(std::string_view encoded, JsonDocument *document,
								  std::string *buffer);

} // namespace session_jwt
