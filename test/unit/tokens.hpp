// What the tests of whole tokens share: keys, registry rows, and tokens with parts of any content.
#pragma once

#include "core/session.hpp"
#include "signing.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace session_jwt {

inline constexpr int64_t kNow = 1'700'000'000;
inline constexpr char kIssuer[] = "https://idp.example/";

// TestKeys has one key of each type, and one more of each that nobody trusts.
struct TestKeys {
	TestKey rsa = TestKey::Rsa();
	TestKey es256 = TestKey::Ec("P-256");
	TestKey es384 = TestKey::Ec("P-384");
	TestKey es512 = TestKey::Ec("P-521");
	TestKey ed = TestKey::Ed25519();
	TestKey hs = TestKey::Hmac(64);
	TestKey other_rsa = TestKey::Rsa(2048, 1);
	TestKey other_es256 = TestKey::Ec("P-256");
	TestKey other_ed = TestKey::Ed25519();
	TestKey other_hs = TestKey::Hmac(64);
};
const TestKeys &Keys();

// Claims returns a payload that kIssuer's rows accept at kNow, with `extra` members.
std::string Claims(std::string_view extra = {});

// Parts encodes three parts of any content.
std::string Parts(std::string_view header, std::string_view payload, std::string_view signature);

// SignedParts signs a header and a payload of any content.
std::string SignedParts(const TestKey &key, Algorithm alg, std::string_view header,
						std::string_view payload);

// WithSignature replaces the last part of `token`.
std::string WithSignature(std::string_view token, std::string_view signature);

// Kid returns the member "kid" for TestKey::Jwk and TestKey::Token.
std::string Kid(std::string_view kid);

// JwkSet returns a JWK Set.
std::string JwkSet(std::initializer_list<std::string> jwks);

// PublicSet returns the public keys of Keys(), with the kids rsa, es256, es384, es512 and ed.
std::string PublicSet();

// TestRow owns what an IssuerRow points to.
struct TestRow {
	explicit TestRow(std::string keys) : jwks(std::move(keys)) {}

	std::string issuer = kIssuer;
	std::string jwks;
	std::vector<std::string_view> audiences;
	std::string_view audience_claim = "aud";
	std::vector<std::string_view> algorithms;
	std::vector<std::string_view> subject_path = {"sub"};
	int64_t leeway = 60;
	bool is_enabled = true;

	IssuerRow View() const;
};

// Present loads `row` through the port and presents `token`, as src/pg does.
TokenOutcome Present(const TestRow &row, std::string_view token, int64_t now = kNow);

// HmacRow has Keys().hs alone and lists HS256: signing with it costs next to nothing.
TestRow HmacRow();

} // namespace session_jwt
