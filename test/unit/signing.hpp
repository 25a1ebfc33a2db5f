// Keys that tests sign with. The product only verifies; this is the other half.
#pragma once

#include "core/algorithm.hpp"
#include "core/public_key.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace session_jwt {

// TestKey is a key pair or a secret. Copies share the key. Failures of the library abort the test
// with an exception.
class TestKey {
public:
	// Rsa returns a key of `bits`. Making one is slow, so there is one per process for every pair
	// of `bits` and `index`; another `index` is another key.
	static TestKey Rsa(int bits = 2048, int index = 0);
	// Ec, Ed25519 and Hmac return a new key at every call.
	static TestKey Ec(std::string_view crv);
	static TestKey Ed25519();
	static TestKey Hmac(size_t len);

	// Raw returns the bytes of a public JWK member ("n", "e", "x", "y"), or of "k".
	const std::string &Raw(const std::string &member) const;

	// Jwk returns the public JWK (of an oct key: the secret) with `extra` members, such as
	// "\"kid\":\"a\",\"use\":\"sig\"", before its own.
	std::string Jwk(std::string_view extra = {}) const;

	// Public returns the key as the product holds it.
	PublicKeyPtr Public() const;

	// Sign returns the signature of `input` as a JWS has it (RFC 7518 section 3), not encoded. A
	// `pss_salt` of 0 or more is the length of the salt, instead of the hash's.
	std::string Sign(Algorithm alg, std::string_view input, int pss_salt = -1) const;

	// Token returns a compact JWS with the header {"alg":...,<header_extra>}.
	std::string Token(Algorithm alg, std::string_view payload,
					  std::string_view header_extra = {}) const;

	// The private key, for a test that needs what Sign does not offer; null for a secret.
	evp_pkey_st *
	pkey() const
	{
		return pkey_.get();
	}

private:
	std::string kty_;
	std::string crv_;
	std::shared_ptr<evp_pkey_st> pkey_;
	std::map<std::string, std::string> members_; // raw bytes
};

// FromHex decodes hexadecimal digits; it skips white space.
std::string FromHex(std::string_view hex);

// FromBase64Url decodes what must be good base64url.
std::string FromBase64Url(std::string_view text);

} // namespace session_jwt
