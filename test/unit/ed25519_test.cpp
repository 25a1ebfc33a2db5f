// Ed25519: every library compiled in must answer alike.
#include "catch.hpp"
#include "key_checks.hpp"
#include "signing.hpp"

#include "../vectors/ed25519.hpp"

#include "core/ed25519_backend.hpp"

#include <algorithm>
#include <vector>

namespace session_jwt {

namespace {

constexpr Algorithm kAlg = Algorithm::kEdDSA;

const std::string kPrime =
	FromHex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
const std::string kOrder =
	FromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

// The y coordinates of the small-order points, also those of 1 and 0 written as p + 1 and p.
const char *const kSmallY[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

// WithBothSigns returns the two encodings that share `y`.
std::vector<std::string>
WithBothSigns(std::string y)
{
	std::string negative = y;
	negative[31] = static_cast<char>(negative[31] | 0x80);
	return {y, negative};
}

// NonCanonical returns every encoding with p <= y < 2^255.
std::vector<std::string>
NonCanonical()
{
	std::vector<std::string> all;
	for (int low = 0xed; low <= 0xff; low++) {
		std::string y = kPrime;
		y[0] = static_cast<char>(low);
		for (const std::string &encoding : WithBothSigns(y)) {
			all.push_back(encoding);
		}
	}
	return all;
}

// Sum adds little-endian numbers of 32 bytes.
std::string
Sum(const std::string &a, const std::string &b)
{
	std::string sum(32, '\0');
	int carry = 0;
	for (size_t i = 0; i < 32; i++) {
		carry += static_cast<uint8_t>(a[i]) + static_cast<uint8_t>(b[i]);
		sum[i] = static_cast<char>(carry & 0xff);
		carry >>= 8;
	}
	REQUIRE(carry == 0);
	return sum;
}

PublicKeyPtr
Make(const Ed25519BackendEntry &backend, const std::string &x)
{
	PublicKeyPtr key;
	const Status status = MakeEd25519KeyWith(backend, x, &key);
	REQUIRE(status == Status::kOk);
	CHECK(ERR_peek_error() == 0);
	return key;
}

Status
LoadStatus(const Ed25519BackendEntry &backend, const std::string &x)
{
	PublicKeyPtr key;
	const Status status = MakeEd25519KeyWith(backend, x, &key);
	CHECK((status == Status::kOk) == (key != nullptr));
	CHECK(ERR_peek_error() == 0);
	return status;
}

// AcceptAll stands for a library that checks nothing, so that what is refused is refused by us.
class AcceptAll final : public Ed25519Verifier {
public:
	bool
	Verify(std::string_view, const uint8_t *) override
	{
		return true;
	}
};

} // namespace

TEST_CASE("Ed25519RulesDoNotDependOnTheLibrary")
{
	const Ed25519BackendEntry lax = {
		"none", [](const uint8_t *) { return std::unique_ptr<Ed25519Verifier>(new AcceptAll); }};
	const TestKey test_key = TestKey::Ed25519();
	const std::string good = test_key.Sign(kAlg, "m");
	const std::string r = good.substr(0, 32);
	const std::string s = good.substr(32);
	PublicKeyPtr key = Make(lax, test_key.Raw("x"));

	CHECK(VerifyClean(*key, kAlg, "m", good) == Status::kOk);
	CHECK(VerifyClean(*key, kAlg, "m", r + Sum(s, kOrder)) == Status::kSignature);
	CHECK(VerifyClean(*key, kAlg, "m", r + kOrder) == Status::kSignature);
	std::string below = kOrder;
	below[0] = static_cast<char>(below[0] - 1);
	CHECK(VerifyClean(*key, kAlg, "m", r + below) == Status::kOk);
	for (const char *y : kSmallY) {
		for (const std::string &encoding : WithBothSigns(FromHex(y))) {
			CHECK(VerifyClean(*key, kAlg, "m", encoding + s) == Status::kSignature);
			CHECK(LoadStatus(lax, encoding) == Status::kJwkPoint);
		}
	}
	for (const std::string &encoding : NonCanonical()) {
		CHECK(VerifyClean(*key, kAlg, "m", encoding + s) == Status::kSignature);
		CHECK(LoadStatus(lax, encoding) == Status::kJwkPoint);
	}
	CHECK(VerifyClean(*key, kAlg, "m", good.substr(1)) == Status::kSignatureLength);
	CHECK(VerifyClean(*key, kAlg, "m", good + "x") == Status::kSignatureLength);
	CHECK(VerifyClean(*key, Algorithm::kES256, "m", good) == Status::kAlgorithmMismatch);
}

TEST_CASE("Ed25519BackendsAreListedFastestFirst")
{
	REQUIRE_FALSE(Ed25519Backends().empty());
	CHECK(Ed25519Backends().front().name == Ed25519Backend());
	CHECK(Ed25519Backends().back().name == "OpenSSL");
#ifdef SESSION_JWT_HAVE_LIB25519
	CHECK(Ed25519Backend() == "lib25519");
#elif defined(SESSION_JWT_HAVE_SODIUM)
	CHECK(Ed25519Backend() == "libsodium");
#endif
}

TEST_CASE("Ed25519Rfc8032Vectors")
{
	for (const Ed25519BackendEntry &backend : Ed25519Backends()) {
		for (const Ed25519Vector &vector : kRfc8032) {
			CAPTURE(backend.name, vector.name);
			PublicKeyPtr key = Make(backend, FromHex(vector.public_key));
			const std::string message = FromHex(vector.message);
			const std::string signature = FromHex(vector.signature);
			CHECK(VerifyClean(*key, kAlg, message, signature) == Status::kOk);
			CHECK(VerifyClean(*key, Algorithm::kEd25519, message, signature) == Status::kOk);
			CHECK(VerifyClean(*key, kAlg, message + "x", signature) == Status::kSignature);
		}
	}
}

TEST_CASE("Ed25519EdgeCasesAreJudgedAlike")
{
	int accepted = 0;
	for (const Ed25519BackendEntry &backend : Ed25519Backends()) {
		for (const Ed25519Vector &vector : kEd25519EdgeCases) {
			CAPTURE(backend.name, vector.name, vector.signature);
			PublicKeyPtr key;
			Status status = MakeEd25519KeyWith(backend, FromHex(vector.public_key), &key);
			if (status == Status::kOk) {
				status =
					VerifyClean(*key, kAlg, FromHex(vector.message), FromHex(vector.signature));
			}
			// The only one that verify_strict accepts, too.
			const bool good =
				std::string_view(vector.name) == "mixed order, good without the cofactor";
			CHECK((status == Status::kOk) == good);
			accepted += good ? 1 : 0;
		}
	}
	CHECK(accepted == static_cast<int>(Ed25519Backends().size()));
}

TEST_CASE("Ed25519OpensslAloneIsLaxer")
{
	// Why the rules are ours: left to itself the library takes a signature that any message has.
	bool taken = false;
	for (const Ed25519Vector &vector : kEd25519EdgeCases) {
		const std::string x = FromHex(vector.public_key);
		const std::string signature = FromHex(vector.signature);
		auto verifier = MakeOpensslEd25519(reinterpret_cast<const uint8_t *>(x.data()));
		REQUIRE(verifier);
		taken = taken || (std::string_view(vector.name).starts_with("small-order A") &&
						  verifier->Verify(FromHex(vector.message),
										   reinterpret_cast<const uint8_t *>(signature.data())));
	}
	CHECK(taken);
}

TEST_CASE("Ed25519DamagedSignaturesAreRefused")
{
	const TestKey test_key = TestKey::Ed25519();
	for (const Ed25519BackendEntry &backend : Ed25519Backends()) {
		CAPTURE(backend.name);
		PublicKeyPtr key = Make(backend, test_key.Raw("x"));
		CheckSignatures(*key, test_key, kAlg);
		CheckSignatures(*key, test_key, Algorithm::kEd25519);
	}
	CheckMismatch(test_key, kEdAlgorithms);
	CHECK(test_key.Public()->type() == KeyType::kOkp);
	CHECK(test_key.Public()->bits() == 255);
}

TEST_CASE("Ed25519RandomSignaturesAreJudgedAlike")
{
	for (int i = 0; i < 100; i++) {
		const TestKey test_key = TestKey::Ed25519();
		const std::string input(static_cast<size_t>(i) * 13, static_cast<char>(i));
		const std::string good = test_key.Sign(kAlg, input);
		std::string bad = good;
		bad[static_cast<size_t>(i) % 64] =
			static_cast<char>(bad[static_cast<size_t>(i) % 64] ^ (1 << (i % 8)));
		for (const Ed25519BackendEntry &backend : Ed25519Backends()) {
			CAPTURE(backend.name, i);
			PublicKeyPtr key = Make(backend, test_key.Raw("x"));
			CHECK(VerifyClean(*key, kAlg, input, good) == Status::kOk);
			CHECK(VerifyClean(*key, kAlg, input, bad) == Status::kSignature);
		}
	}
}

TEST_CASE("Ed25519ScalarNotBelowOrderIsRefused")
{
	const TestKey test_key = TestKey::Ed25519();
	const std::string input = "malleable";
	const std::string good = test_key.Sign(kAlg, input);
	const std::string r = good.substr(0, 32);
	const std::string s = good.substr(32);
	for (const Ed25519BackendEntry &backend : Ed25519Backends()) {
		CAPTURE(backend.name);
		PublicKeyPtr key = Make(backend, test_key.Raw("x"));
		std::string sum = s;
		// S + kL satisfies the same equation for every k.
		for (int k = 1; k <= 14; k++) {
			sum = Sum(sum, kOrder);
			CHECK(VerifyClean(*key, kAlg, input, r + sum) == Status::kSignature);
		}
		CHECK(VerifyClean(*key, kAlg, input, r + kOrder) == Status::kSignature);
		CHECK(VerifyClean(*key, kAlg, input, r + s) == Status::kOk);
	}
}

TEST_CASE("Ed25519SmallOrderKeysAndPointsAreRefused")
{
	const TestKey test_key = TestKey::Ed25519();
	for (const Ed25519BackendEntry &backend : Ed25519Backends()) {
		PublicKeyPtr key = Make(backend, test_key.Raw("x"));
		for (const char *y : kSmallY) {
			for (const std::string &encoding : WithBothSigns(FromHex(y))) {
				CAPTURE(backend.name, y);
				CHECK(LoadStatus(backend, encoding) == Status::kJwkPoint);
				// S = 0 makes a small-order R the whole signature.
				CHECK(VerifyClean(*key, kAlg, "m", encoding + std::string(32, '\0')) ==
					  Status::kSignature);
			}
		}
	}
}

TEST_CASE("Ed25519NonCanonicalEncodingsAreRefused")
{
	const TestKey test_key = TestKey::Ed25519();
	const std::string good = test_key.Sign(kAlg, "m");
	for (const Ed25519BackendEntry &backend : Ed25519Backends()) {
		PublicKeyPtr key = Make(backend, test_key.Raw("x"));
		for (const std::string &encoding : NonCanonical()) {
			CAPTURE(backend.name, static_cast<int>(static_cast<uint8_t>(encoding[0])));
			CHECK(LoadStatus(backend, encoding) == Status::kJwkPoint);
			CHECK(VerifyClean(*key, kAlg, "m", encoding + good.substr(32)) == Status::kSignature);
		}
	}
}

TEST_CASE("Ed25519KeyMustBeOnTheCurve")
{
	// The y below 40 that belong to a point, by RFC 8032 section 5.1.3.
	const std::vector<int> on_curve = {3,  4,  5,  6,  9,  10, 14, 15, 16, 18, 19, 21, 23,
									   24, 25, 26, 27, 28, 29, 30, 32, 33, 35, 37, 39};
	for (int y = 2; y < 40; y++) {
		std::string encoding(32, '\0');
		encoding[0] = static_cast<char>(y);
		const bool is_point = std::find(on_curve.begin(), on_curve.end(), y) != on_curve.end();
		for (const std::string &x : WithBothSigns(encoding)) {
			CAPTURE(y);
			CHECK(LoadStatus(Ed25519Backends().back(), x) ==
				  (is_point ? Status::kOk : Status::kJwkPoint));
		}
	}
}

TEST_CASE("Ed25519KeyOfWrongLengthIsRefused")
{
	const std::string good = TestKey::Ed25519().Raw("x");
	for (const Ed25519BackendEntry &backend : Ed25519Backends()) {
		CHECK(LoadStatus(backend, "") == Status::kJwkMember);
		CHECK(LoadStatus(backend, good.substr(1)) == Status::kJwkMember);
		CHECK(LoadStatus(backend, good + '\0') == Status::kJwkMember);
	}
}

TEST_CASE("Ed25519KeysDoNotShareContexts")
{
	CheckInterleaved(TestKey::Ed25519(), TestKey::Ed25519(), {kAlg, Algorithm::kEd25519});

	const TestKey first = TestKey::Ed25519();
	const TestKey second = TestKey::Ed25519();
	for (const Ed25519BackendEntry &backend : Ed25519Backends()) {
		PublicKeyPtr a = Make(backend, first.Raw("x"));
		PublicKeyPtr b = Make(backend, second.Raw("x"));
		for (int round = 0; round < 3; round++) {
			CAPTURE(backend.name, round);
			CHECK(VerifyClean(*a, kAlg, "m", first.Sign(kAlg, "m")) == Status::kOk);
			CHECK(VerifyClean(*b, kAlg, "m", second.Sign(kAlg, "m")) == Status::kOk);
			CHECK(VerifyClean(*a, kAlg, "m", second.Sign(kAlg, "m")) == Status::kSignature);
			CHECK(VerifyClean(*b, kAlg, "m", first.Sign(kAlg, "m")) == Status::kSignature);
		}
	}
}

} // namespace session_jwt
