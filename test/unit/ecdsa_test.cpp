// ES256, ES384 and ES512.
#include "catch.hpp"
#include "key_checks.hpp"
#include "signing.hpp"

#include "core/ecdsa_der.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

namespace session_jwt {

namespace {

using namespace std::string_literals;

struct CurveCase {
	const char *crv;
	Algorithm alg;
	size_t size;
	int bits;
};

constexpr CurveCase kCurves[] = {
	{"P-256", Algorithm::kES256, 32, 256},
	{"P-384", Algorithm::kES384, 48, 384},
	{"P-521", Algorithm::kES512, 66, 521},
};

// Order asks OpenSSL for the order of the curve's base point.
std::string
Order(const TestKey &test_key, size_t size)
{
	BIGNUM *order = nullptr;
	REQUIRE(EVP_PKEY_get_bn_param(test_key.pkey(), OSSL_PKEY_PARAM_EC_ORDER, &order) == 1);
	std::string bytes(size, '\0');
	REQUIRE(BN_bn2binpad(order, reinterpret_cast<unsigned char *>(bytes.data()),
						 static_cast<int>(size)) == static_cast<int>(size));
	BN_free(order);
	return bytes;
}

std::string
MinusOne(std::string number)
{
	REQUIRE(number.back() != '\0');
	number.back() = static_cast<char>(number.back() - 1);
	return number;
}

// Negated returns order - s.
std::string
Negated(const std::string &s, const std::string &order)
{
	std::string out(s.size(), '\0');
	int borrow = 0;
	for (size_t i = s.size(); i-- > 0;) {
		const int digit = static_cast<uint8_t>(order[i]) - static_cast<uint8_t>(s[i]) - borrow;
		borrow = digit < 0 ? 1 : 0;
		out[i] = static_cast<char>(digit & 0xff);
	}
	return out;
}

Status
LoadStatus(std::string_view crv, const std::string &x, const std::string &y)
{
	PublicKeyPtr key;
	const Status status = MakeEcKey(crv, x, y, &key);
	CHECK((status == Status::kOk) == (key != nullptr));
	CHECK(ERR_peek_error() == 0);
	return status;
}

std::string
Der(const std::string &signature, const std::string &order)
{
	uint8_t der[kMaxEcdsaDer];
	const size_t len = EncodeEcdsaDer(signature, order, der);
	REQUIRE(len <= kMaxEcdsaDer);
	return std::string(reinterpret_cast<char *>(der), len);
}

} // namespace

TEST_CASE("EcdsaSignaturesOfEveryCurve")
{
	for (const CurveCase &curve : kCurves) {
		const TestKey test_key = TestKey::Ec(curve.crv);
		PublicKeyPtr key = test_key.Public();
		CAPTURE(curve.crv);
		CHECK(key->type() == KeyType::kEc);
		CHECK(key->bits() == curve.bits);
		CheckSignatures(*key, test_key, curve.alg);
		CheckMismatch(test_key, Bit(curve.alg));
	}
}

// Enough signatures to meet r and s with leading zero bytes and with a set top bit.
TEST_CASE("EcdsaManySignatures")
{
	for (const CurveCase &curve : kCurves) {
		const TestKey test_key = TestKey::Ec(curve.crv);
		PublicKeyPtr key = test_key.Public();
		const int rounds = curve.size == 32 ? 2000 : 100;
		for (int i = 0; i < rounds; i++) {
			const std::string input = std::to_string(i);
			REQUIRE(key->Verify(curve.alg, input, test_key.Sign(curve.alg, input)) == Status::kOk);
		}
		CHECK(ERR_peek_error() == 0);
	}
}

// CVE-2022-21449, the psychic signature, and its neighbours.
TEST_CASE("EcdsaScalarsOutOfRangeAreRefused")
{
	for (const CurveCase &curve : kCurves) {
		const TestKey test_key = TestKey::Ec(curve.crv);
		PublicKeyPtr key = test_key.Public();
		const std::string good = test_key.Sign(curve.alg, "m");
		const std::string r = good.substr(0, curve.size);
		const std::string s = good.substr(curve.size);
		const std::string zero(curve.size, '\0');
		const std::string order = Order(test_key, curve.size);
		const std::string max(curve.size, '\xff');
		CAPTURE(curve.crv);

		for (const std::string &out : {zero, order, max}) {
			CHECK(VerifyClean(*key, curve.alg, "m", out + s) == Status::kSignature);
			CHECK(VerifyClean(*key, curve.alg, "m", r + out) == Status::kSignature);
			CHECK(VerifyClean(*key, curve.alg, "m", out + out) == Status::kSignature);
			CHECK(Der(out + s, order).empty());
			CHECK(Der(r + out, order).empty());
		}
		CHECK_FALSE(Der(MinusOne(order) + s, order).empty());
		CHECK(VerifyClean(*key, curve.alg, "m", MinusOne(order) + MinusOne(order)) ==
			  Status::kSignature);
		CHECK(VerifyClean(*key, curve.alg, "m", good) == Status::kOk);
	}
}

TEST_CASE("EcdsaOrdersAreThoseOfTheLibrary")
{
	CHECK(kOrderP256 == Order(TestKey::Ec("P-256"), 32));
	CHECK(kOrderP384 == Order(TestKey::Ec("P-384"), 48));
	CHECK(kOrderP521 == Order(TestKey::Ec("P-521"), 66));
}

TEST_CASE("EcdsaHighSIsAccepted")
{
	// RFC 7518 does not ask for the smaller of s and n - s, and signers do not take care.
	for (const CurveCase &curve : kCurves) {
		const TestKey test_key = TestKey::Ec(curve.crv);
		PublicKeyPtr key = test_key.Public();
		const std::string order = Order(test_key, curve.size);
		const std::string good = test_key.Sign(curve.alg, "m");
		const std::string r = good.substr(0, curve.size);
		const std::string s = good.substr(curve.size);
		CAPTURE(curve.crv);
		CHECK(VerifyClean(*key, curve.alg, "m", r + Negated(s, order)) == Status::kOk);
		CHECK(VerifyClean(*key, curve.alg, "m", Negated(r, order) + s) == Status::kSignature);
	}
}

TEST_CASE("EcdsaDerInsteadOfJwsFormIsRefused")
{
	for (const CurveCase &curve : kCurves) {
		const TestKey test_key = TestKey::Ec(curve.crv);
		PublicKeyPtr key = test_key.Public();
		const std::string order = Order(test_key, curve.size);
		const std::string der = Der(test_key.Sign(curve.alg, "m"), order);
		CAPTURE(curve.crv, der.size());
		REQUIRE(der.size() > 2 * curve.size);
		CHECK(VerifyClean(*key, curve.alg, "m", der) == Status::kSignatureLength);
		CHECK(VerifyClean(*key, curve.alg, "m", der.substr(0, 2 * curve.size)) ==
			  Status::kSignature);
	}
}

TEST_CASE("EcdsaDerIsTheShortest")
{
	const std::string order(32, '\xff');
	const auto number = [](const std::string &tail) {
		return std::string(32 - tail.size(), '\0') + tail;
	};
	CHECK(Der(number("\x01") + number("\x7f"), order) == FromHex("300602010102017f"));
	CHECK(Der(number("\x80") + number("\x01\x00"s), order) == FromHex("300802020080"
																	  "02020100"));
	const std::string big = std::string(31, '\xff') + '\xfe';
	CHECK(Der(big + big, order) == FromHex("3046022100") + big + FromHex("022100") + big);
	// P-521 with r and s in full needs a length of two bytes.
	const std::string order521 = Order(TestKey::Ec("P-521"), 66);
	const std::string max = MinusOne(order521);
	CHECK(Der(max + max, order521) == FromHex("3081880242") + max + FromHex("0242") + max);
	const std::string mid = "\0"s + std::string(65, '\xaa');
	CHECK(Der(mid + mid, order521) ==
		  FromHex("308188024200") + mid.substr(1) + FromHex("024200") + mid.substr(1));
	CHECK(Der(number("\x01"), order).empty());
	CHECK(Der("", order).empty());
}

// A signature of ES256 has the length of Ed25519's; the key decides.
TEST_CASE("EcdsaKeyRefusesOtherCurves")
{
	const TestKey p256 = TestKey::Ec("P-256");
	const TestKey p384 = TestKey::Ec("P-384");
	PublicKeyPtr key = p256.Public();
	CHECK(VerifyClean(*key, Algorithm::kES256, "m", p384.Sign(Algorithm::kES384, "m")) ==
		  Status::kSignatureLength);
	CHECK(VerifyClean(*key, Algorithm::kES384, "m", p384.Sign(Algorithm::kES384, "m")) ==
		  Status::kAlgorithmMismatch);
}

TEST_CASE("EcdsaPointMustBeOnTheCurve")
{
	for (const CurveCase &curve : kCurves) {
		const TestKey test_key = TestKey::Ec(curve.crv);
		const std::string x = test_key.Raw("x");
		const std::string y = test_key.Raw("y");
		std::string bad = y;
		bad.back() = static_cast<char>(bad.back() ^ 1);
		const std::string zero(curve.size, '\0');
		const std::string max(curve.size, '\xff');
		CAPTURE(curve.crv);

		CHECK(LoadStatus(curve.crv, x, y) == Status::kOk);
		CHECK(LoadStatus(curve.crv, x, bad) == Status::kJwkPoint);
		CHECK(LoadStatus(curve.crv, y, x) == Status::kJwkPoint);
		CHECK(LoadStatus(curve.crv, zero, zero) == Status::kJwkPoint);
		CHECK(LoadStatus(curve.crv, max, max) == Status::kJwkPoint);
		CHECK(LoadStatus(curve.crv, x, max) == Status::kJwkPoint);
	}
}

TEST_CASE("EcdsaCoordinatesHaveTheCurvesLength")
{
	for (const CurveCase &curve : kCurves) {
		const TestKey test_key = TestKey::Ec(curve.crv);
		const std::string x = test_key.Raw("x");
		const std::string y = test_key.Raw("y");
		CAPTURE(curve.crv);
		CHECK(LoadStatus(curve.crv, "", "") == Status::kJwkMember);
		CHECK(LoadStatus(curve.crv, x, "") == Status::kJwkMember);
		CHECK(LoadStatus(curve.crv, x.substr(1), y) == Status::kJwkMember);
		CHECK(LoadStatus(curve.crv, "\0"s + x, y) == Status::kJwkMember);
		CHECK(LoadStatus(curve.crv, x, y + "\0"s) == Status::kJwkMember);
	}
}

TEST_CASE("EcdsaUnknownCurvesAreRefused")
{
	const TestKey test_key = TestKey::Ec("P-256");
	for (const char *crv : {"", "p-256", "P-224", "P256", "prime256v1", "secp256k1", "Ed25519"}) {
		CAPTURE(crv);
		CHECK(LoadStatus(crv, test_key.Raw("x"), test_key.Raw("y")) == Status::kJwkType);
	}
}

TEST_CASE("EcdsaKeysDoNotShareContexts")
{
	for (const CurveCase &curve : kCurves) {
		CheckInterleaved(TestKey::Ec(curve.crv), TestKey::Ec(curve.crv), {curve.alg});
	}
}

} // namespace session_jwt
