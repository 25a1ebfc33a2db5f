// Signed tokens for the fuzzer of the whole sequence to start from. Keys are new in each process.
#pragma once

#include "tokens.hpp"

#include <string>
#include <vector>

namespace session_jwt {

inline constexpr int kNumKeys = 4; // of Keys(): ed, rsa, es256, hs
inline constexpr int64_t kFrom = kNow - 100;
inline constexpr int64_t kUntil = kNow + 100;

struct Original {
	std::string token;
	std::string payload;
	int key;

	std::string_view
	signing_input() const
	{
		return std::string_view(token).substr(0, token.rfind('.'));
	}
};

inline const TestKey &
KeyAt(int index)
{
	const TestKey *keys[kNumKeys] = {&Keys().ed, &Keys().rsa, &Keys().es256, &Keys().hs};
	return *keys[index];
}

// Originals returns two tokens of each key, with and without a kid; jti makes them all different.
inline const std::vector<Original> &
Originals()
{
	static const std::vector<Original> originals = [] {
		constexpr Algorithm kAlgorithms[kNumKeys] = {Algorithm::kEdDSA, Algorithm::kRS256,
													 Algorithm::kES256, Algorithm::kHS256};
		std::vector<Original> made;
		for (int i = 0; i < 2 * kNumKeys; i++) {
			const int key = i % kNumKeys;
			const std::string payload = "{\"iss\":\"" + std::string(kIssuer) +
										"\",\"sub\":\"user\",\"jti\":" + std::to_string(i + 1) +
										",\"nbf\":" + std::to_string(kFrom) +
										",\"exp\":" + std::to_string(kUntil) + "}";
			const std::string kid = i < kNumKeys ? "" : Kid(std::to_string(key));
			made.push_back({KeyAt(key).Token(kAlgorithms[key], payload, kid), payload, key});
		}
		return made;
	}();
	return originals;
}

// RowOf returns a row with the keys of `mask`, one bit each.
inline TestRow
RowOf(int mask)
{
	std::string jwks = "{\"keys\":[";
	for (int key = 0; key < kNumKeys; key++) {
		if (mask & 1 << key) {
			jwks += (jwks.back() == '[' ? "" : ",") + KeyAt(key).Jwk(Kid(std::to_string(key)));
		}
	}
	TestRow row(jwks + "]}");
	row.algorithms = {"EdDSA", "RS256", "ES256", "HS256"};
	return row;
}

} // namespace session_jwt
