// Names of algorithms, and SHA-256.
#include "catch.hpp"
#include "signing.hpp"

#include "core/algorithm.hpp"
#include "core/digest.hpp"

namespace session_jwt {

TEST_CASE("AlgorithmNamesRoundTrip")
{
	for (int i = 0; i < kNumAlgorithms; i++) {
		const Algorithm alg = static_cast<Algorithm>(i);
		Algorithm parsed = Algorithm::kHS512;
		CAPTURE(AlgorithmName(alg));
		REQUIRE(ParseAlgorithm(AlgorithmName(alg), &parsed));
		CHECK(parsed == alg);
		const AlgorithmSet all = kAsymmetricAlgorithms | kHmacAlgorithms;
		CHECK((all & Bit(alg)) != 0);
	}
	CHECK(AlgorithmName(Algorithm::kEdDSA) == "EdDSA");
	CHECK(AlgorithmName(Algorithm::kEd25519) == "Ed25519");
	CHECK(AlgorithmName(Algorithm::kPS384) == "PS384");
	CHECK(AlgorithmName(Algorithm::kHS512) == "HS512");
}

TEST_CASE("AlgorithmUnknownNamesAreRefused")
{
	for (const char *name :
		 {"", "none", "None", "NONE", "rs256", "RS256 ", " RS256", "RS257", "HS1", "ES256K",
		  "Ed448", "eddsa", "RSA-OAEP", "ECDH-ES", "ML-DSA-44"}) {
		Algorithm parsed = Algorithm::kES512;
		CAPTURE(name);
		CHECK_FALSE(ParseAlgorithm(name, &parsed));
		CHECK(parsed == Algorithm::kES512);
	}
	Algorithm parsed;
	CHECK_FALSE(ParseAlgorithm(std::string_view("RS256\0", 6), &parsed));
}

// FIPS 180-4 examples.
TEST_CASE("Sha256KnownAnswers")
{
	uint8_t out[32];
	const auto hash = [&](std::string_view first, std::string_view second) {
		REQUIRE(Sha256(first, second, out));
		return std::string(reinterpret_cast<char *>(out), sizeof(out));
	};
	const std::string abc =
		FromHex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

	CHECK(hash("abc", "") == abc);
	CHECK(hash("", "abc") == abc);
	CHECK(hash("a", "bc") == abc);
	CHECK(hash("", "") ==
		  FromHex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
	CHECK(hash(std::string(500000, 'a'), std::string(500000, 'a')) ==
		  FromHex("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
	CHECK(hash("abc", "") == abc);
}

} // namespace session_jwt
