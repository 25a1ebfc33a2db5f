// JWK (RFC 7517 section 4): one JSON object to one key.
#pragma once

#include "core/json.hpp"
#include "core/public_key.hpp"

#include <string>

namespace session_jwt {

// Jwk is one entry of a key set. `status` says whether it can be used.
struct Jwk {
	Status status = Status::kInternal; // kOk: `key` is set
	bool is_read = true;               // false: only PeekJwk has looked at it
	const char *member = "";           // the member `status` complains of ("n", "use"); static text
	std::string kid;
	bool has_kid = false;
	AlgorithmSet algorithms = 0; // what `key` may verify, after the JWK's own alg
	PublicKeyPtr key;
	// For reports; kty and crv only where they are known names, so nothing foreign is echoed.
	std::string_view kty;   // "OKP", "RSA", "EC", "oct" or ""
	std::string_view crv;   // "Ed25519", "P-256", ... or ""
	std::string_view alg;   // a name of algorithm.hpp, or ""
	std::string_view use;   // "sig", "enc" or ""
	int bits = 0;           // RSA modulus or HMAC key in bits, 0 if unknown
	std::string thumbprint; // RFC 7638, base64url of SHA-256; "" if unusable
};

// JwkRules says where a key may be used.
struct JwkRules {
	bool allow_hmac = false; // oct keys are kJwkHmacUnlisted otherwise
	// Connection key (behaviour item 18): alg, use and key_ops are other members, and ignored.
	bool ignore_usage = false;
};

// ParseJwk reads `node`, an object of `document`. The result's status tells how it went:
// duplicate member names, private members (d, p, q, dp, dq, qi, oth; RFC 7518 section 6), a use
// other than "sig", key_ops without "verify", an alg that contradicts kty, a malformed x5t,
// x5t#S256 or x5c, and the limits of public_key.hpp are all refused. Unknown members are ignored.
Jwk ParseJwk(const JsonDocument &document, const JsonNode &node, const JwkRules &rules);

// PeekJwk reads the names in `node` and no more: a key that ParseJwk may yet refuse, with is_read
// false and status kInternal. What need not be read is told at once: kJwkJson, and kJwkPrivate.
Jwk PeekJwk(const JsonDocument &document, const JsonNode &node);

} // namespace session_jwt
