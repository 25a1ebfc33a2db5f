// Checks that hold for keys of every type.
#pragma once

#include "catch.hpp"
#include "signing.hpp"

#include <initializer_list>
#include <string>

#include <openssl/err.h>

namespace session_jwt {

// VerifyClean verifies, and checks that OpenSSL's error queue is left empty.
inline Status
VerifyClean(PublicKey &key, Algorithm alg, std::string_view input, std::string_view signature)
{
	const Status status = key.Verify(alg, input, signature);
	CHECK(ERR_peek_error() == 0);
	return status;
}

// CheckSignatures signs with `key` and checks what every key must do: accept it, again and again,
// and refuse every damage.
inline void
CheckSignatures(PublicKey &key, const TestKey &test_key, Algorithm alg)
{
	const std::string input = "eyJhbGciOiJ4In0.eyJzdWIiOiJhIn0";
	const std::string good = test_key.Sign(alg, input);
	CAPTURE(AlgorithmName(alg));

	CHECK(VerifyClean(key, alg, input, good) == Status::kOk);
	for (size_t at : {size_t{0}, good.size() / 2, good.size() - 1}) {
		std::string bad = good;
		bad[at] = static_cast<char>(bad[at] ^ 1);
		CHECK(VerifyClean(key, alg, input, bad) == Status::kSignature);
		CHECK(VerifyClean(key, alg, input, good) == Status::kOk);
	}
	CHECK(VerifyClean(key, alg, input + "x", good) == Status::kSignature);
	CHECK(VerifyClean(key, alg, "", good) == Status::kSignature);
	CHECK(VerifyClean(key, alg, "", test_key.Sign(alg, "")) == Status::kOk);
	CHECK(VerifyClean(key, alg, input, std::string(good.size(), '\0')) == Status::kSignature);
	CHECK(VerifyClean(key, alg, input, std::string(good.size(), '\xff')) == Status::kSignature);
	CHECK(VerifyClean(key, alg, input, "") == Status::kSignatureLength);
	CHECK(VerifyClean(key, alg, input, good + '\0') == Status::kSignatureLength);
	CHECK(VerifyClean(key, alg, input, '\0' + good) == Status::kSignatureLength);
	CHECK(VerifyClean(key, alg, input, good.substr(1)) == Status::kSignatureLength);
	CHECK(VerifyClean(key, alg, input, good.substr(0, good.size() - 1)) ==
		  Status::kSignatureLength);
	CHECK(VerifyClean(key, alg, input, good) == Status::kOk);
}

// CheckInterleaved uses two keys in turn: a context that leaked from one to the other would accept
// what it must refuse, or the reverse.
inline void
CheckInterleaved(const TestKey &first, const TestKey &second,
				 std::initializer_list<Algorithm> algorithms)
{
	const std::string input = "interleaved";
	PublicKeyPtr a = first.Public();
	PublicKeyPtr b = second.Public();

	for (int round = 0; round < 3; round++) {
		for (Algorithm alg : algorithms) {
			CAPTURE(round, AlgorithmName(alg));
			CHECK(VerifyClean(*a, alg, input, first.Sign(alg, input)) == Status::kOk);
			CHECK(VerifyClean(*b, alg, input, second.Sign(alg, input)) == Status::kOk);
			CHECK(VerifyClean(*a, alg, input, second.Sign(alg, input)) == Status::kSignature);
			CHECK(VerifyClean(*b, alg, input, first.Sign(alg, input)) == Status::kSignature);
		}
	}
	// The survivor must not depend on what the other one owned.
	a.reset();
	for (Algorithm alg : algorithms) {
		CHECK(VerifyClean(*b, alg, input, second.Sign(alg, input)) == Status::kOk);
	}
}

// CheckMismatch checks that every algorithm outside `allowed` is refused, whatever the signature.
inline void
CheckMismatch(const TestKey &test_key, AlgorithmSet allowed)
{
	PublicKeyPtr key = test_key.Public();

	CHECK(key->algorithms() == allowed);
	for (int i = 0; i < kNumAlgorithms; i++) {
		const Algorithm alg = static_cast<Algorithm>(i);
		CAPTURE(AlgorithmName(alg));
		for (size_t len : {size_t{0}, size_t{32}, size_t{64}, size_t{256}}) {
			const Status status = VerifyClean(*key, alg, "input", std::string(len, 'x'));
			CHECK((status == Status::kAlgorithmMismatch) == ((allowed & Bit(alg)) == 0));
			CHECK(status != Status::kOk);
		}
	}
}

} // namespace session_jwt
