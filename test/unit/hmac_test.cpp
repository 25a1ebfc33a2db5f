// HS256, HS384 and HS512.
#include "catch.hpp"
#include "key_checks.hpp"
#include "signing.hpp"

namespace session_jwt {

namespace {

constexpr Algorithm kAll[] = {Algorithm::kHS256, Algorithm::kHS384, Algorithm::kHS512};

struct Rfc4231 {
	const char *data;
	const char *mac[3];
};

// RFC 4231 sections 4.7 and 4.8: the test cases whose key is long enough (131 bytes of aa).
constexpr Rfc4231 kRfc4231[] = {
	{"54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368"
	 "204b6579204669727374",
	 {"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	  "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df1"
	  "63f44952",
	  "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd221"
	  "5d6a1e5295e64f73f63f0aec8b915a985d786598"}},
	{"5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a"
	 "65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865"
	 "206b6579206e6565647320746f20626520686173686564206265666f7265206265696e672075736564206279"
	 "2074686520484d414320616c676f726974686d2e",
	 {"9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
	  "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e611"
	  "0c46523e",
	  "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55"
	  "c3e4de15134676fb6de0446065c97440fa8c6a58"}},
};

} // namespace

TEST_CASE("HmacRfc4231Vectors")
{
	PublicKeyPtr key;
	REQUIRE(MakeHmacKey(std::string(131, '\xaa'), &key) == Status::kOk);
	for (const Rfc4231 &vector : kRfc4231) {
		for (int i = 0; i < 3; i++) {
			CAPTURE(i);
			CHECK(VerifyClean(*key, kAll[i], FromHex(vector.data), FromHex(vector.mac[i])) ==
				  Status::kOk);
			CHECK(VerifyClean(*key, kAll[i], FromHex(vector.data) + "x", FromHex(vector.mac[i])) ==
				  Status::kSignature);
		}
	}
}

TEST_CASE("HmacSignaturesOfEveryAlgorithm")
{
	for (size_t len : {size_t{64}, size_t{128}, size_t{129}, size_t{1000}}) {
		const TestKey test_key = TestKey::Hmac(len);
		PublicKeyPtr key = test_key.Public();
		CAPTURE(len);
		CHECK(key->type() == KeyType::kOct);
		CHECK(key->bits() == static_cast<int>(len * 8));
		for (Algorithm alg : kAll) {
			CheckSignatures(*key, test_key, alg);
		}
	}
	CheckMismatch(TestKey::Hmac(64), kHmacAlgorithms);
}

TEST_CASE("HmacTruncatedIsRefused")
{
	const TestKey test_key = TestKey::Hmac(64);
	PublicKeyPtr key = test_key.Public();
	const std::string mac = test_key.Sign(Algorithm::kHS512, "m");
	for (size_t len : {size_t{0}, size_t{1}, size_t{10}, size_t{32}, size_t{63}}) {
		CHECK(VerifyClean(*key, Algorithm::kHS512, "m", mac.substr(0, len)) ==
			  Status::kSignatureLength);
	}
	CHECK(VerifyClean(*key, Algorithm::kHS256, "m", mac.substr(0, 32)) == Status::kSignature);
}

// RFC 7518 section 3.2: the key is at least as long as the hash.
TEST_CASE("HmacShortKeysAreRefused")
{
	for (size_t len = 0; len <= 80; len++) {
		const std::string secret(len, 's');
		PublicKeyPtr key;
		CAPTURE(len);
		const Status status = MakeHmacKey(secret, &key);
		CHECK(status == (len < 32 ? Status::kJwkHmacSize : Status::kOk));
		CHECK((key != nullptr) == (len >= 32));
		if (key) {
			CHECK(key->algorithms() ==
				  (Bit(Algorithm::kHS256) | (len >= 48 ? Bit(Algorithm::kHS384) : 0) |
				   (len >= 64 ? Bit(Algorithm::kHS512) : 0)));
		}
	}
	CheckMismatch(TestKey::Hmac(32), Bit(Algorithm::kHS256));
	CheckMismatch(TestKey::Hmac(63), Bit(Algorithm::kHS256) | Bit(Algorithm::kHS384));
}

// A secret may hold zero bytes anywhere; none of them ends it.
TEST_CASE("HmacSecretsAreBytes")
{
	std::string zeros(32, '\0');
	PublicKeyPtr a;
	PublicKeyPtr b;
	const TestKey test_key = TestKey::Hmac(40);
	REQUIRE(MakeHmacKey(zeros, &a) == Status::kOk);
	zeros[31] = 1;
	REQUIRE(MakeHmacKey(zeros, &b) == Status::kOk);
	const std::string mac = test_key.Sign(Algorithm::kHS256, "m");
	CHECK(VerifyClean(*a, Algorithm::kHS256, "m", mac) == Status::kSignature);
	CHECK(VerifyClean(*b, Algorithm::kHS256, "m", mac) == Status::kSignature);
	// HMAC-SHA-256 of "m" with 32 zero bytes, and with the last of them 1.
	CHECK(
		VerifyClean(*a, Algorithm::kHS256, "m",
					FromHex("a64092104c76d9ef65599c33c177609ecd49857456eb28133c4daea25bea960a")) ==
		Status::kOk);
	CHECK(
		VerifyClean(*b, Algorithm::kHS256, "m",
					FromHex("312ddfabe80a78255e2d5d8b3e825c6b8049f369042e5d671c4ec1d61ceb7ff1")) ==
		Status::kOk);
}

TEST_CASE("HmacKeysDoNotShareContexts")
{
	CheckInterleaved(TestKey::Hmac(64), TestKey::Hmac(64),
					 {Algorithm::kHS256, Algorithm::kHS384, Algorithm::kHS512});
}

} // namespace session_jwt
