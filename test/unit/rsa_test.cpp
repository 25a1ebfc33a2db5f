// RS256 to PS512.
#include "catch.hpp"
#include "key_checks.hpp"
#include "signing.hpp"

#include <vector>

#include <openssl/evp.h>
#include <openssl/rsa.h>

namespace session_jwt {

namespace {

using namespace std::string_literals;

constexpr Algorithm kAll[] = {Algorithm::kRS256, Algorithm::kRS384, Algorithm::kRS512,
							  Algorithm::kPS256, Algorithm::kPS384, Algorithm::kPS512};

const std::string kE = "\x01\x00\x01"s;

// Modulus returns an odd number of exactly `bits`. No test needs its factors.
std::string
Modulus(int bits)
{
	std::string n(static_cast<size_t>(bits + 7) / 8, '\x5b');
	n[0] = static_cast<char>(1 << ((bits - 1) % 8));
	return n;
}

Status
LoadStatus(const std::string &n, const std::string &e)
{
	PublicKeyPtr key;
	const Status status = MakeRsaKey(n, e, &key);
	CHECK((status == Status::kOk) == (key != nullptr));
	CHECK(ERR_peek_error() == 0);
	return status;
}

// SignRaw applies the private key to `block`, padding and all.
std::string
SignRaw(const TestKey &test_key, const std::string &block)
{
	std::string signature(block.size(), '\0');
	size_t len = signature.size();
	std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> ctx(
		EVP_PKEY_CTX_new(test_key.pkey(), nullptr), EVP_PKEY_CTX_free);
	REQUIRE(EVP_PKEY_sign_init(ctx.get()) == 1);
	REQUIRE(EVP_PKEY_CTX_set_rsa_padding(ctx.get(), RSA_NO_PADDING) == 1);
	REQUIRE(EVP_PKEY_sign(ctx.get(), reinterpret_cast<unsigned char *>(signature.data()), &len,
						  reinterpret_cast<const unsigned char *>(block.data()),
						  block.size()) == 1);
	return signature;
}

// DigestInfo of SHA-256 (RFC 8017 section 9.2), and one without the NULL parameters.
const std::string kInfo = FromHex("3031300d060960864801650304020105000420");
const std::string kInfoNoNull = FromHex("302f300b06096086480165030402010420");

std::string
Sha256Of(const std::string &input)
{
	unsigned char digest[32];
	REQUIRE(EVP_Digest(input.data(), input.size(), digest, nullptr, EVP_sha256(), nullptr) == 1);
	return std::string(reinterpret_cast<char *>(digest), sizeof(digest));
}

// Block builds 00 01 FF.. 00 || tail, with `padding` bytes FF, filled with zeros to the end.
std::string
Block(size_t padding, const std::string &tail)
{
	std::string block = "\x00\x01"s + std::string(padding, '\xff') + '\0' + tail;
	block.resize(256, '\0');
	return block;
}

} // namespace

TEST_CASE("RsaSignaturesOfEveryAlgorithm")
{
	for (int bits : {2048, 3072}) {
		const TestKey test_key = TestKey::Rsa(bits);
		PublicKeyPtr key = test_key.Public();
		CHECK(key->type() == KeyType::kRsa);
		CHECK(key->bits() == bits);
		for (Algorithm alg : kAll) {
			CAPTURE(bits);
			CheckSignatures(*key, test_key, alg);
		}
	}
	CheckMismatch(TestKey::Rsa(), kRsaAlgorithms);
}

TEST_CASE("RsaAlgorithmsAreNotInterchangeable")
{
	const TestKey test_key = TestKey::Rsa();
	PublicKeyPtr key = test_key.Public();
	for (Algorithm signed_with : kAll) {
		const std::string signature = test_key.Sign(signed_with, "m");
		for (Algorithm alg : kAll) {
			CAPTURE(AlgorithmName(signed_with), AlgorithmName(alg));
			CHECK(VerifyClean(*key, alg, "m", signature) ==
				  (alg == signed_with ? Status::kOk : Status::kSignature));
		}
	}
}

TEST_CASE("RsaPssSaltMustBeAsLongAsTheHash")
{
	const TestKey test_key = TestKey::Rsa();
	PublicKeyPtr key = test_key.Public();
	for (int salt : {0, 1, 20, 31, 33, 48, 64, 222}) {
		CAPTURE(salt);
		const std::string signature = test_key.Sign(Algorithm::kPS256, "m", salt);
		CHECK(VerifyClean(*key, Algorithm::kPS256, "m", signature) == Status::kSignature);
	}
	CHECK(VerifyClean(*key, Algorithm::kPS256, "m", test_key.Sign(Algorithm::kPS256, "m", 32)) ==
		  Status::kOk);
	CHECK(VerifyClean(*key, Algorithm::kPS384, "m", test_key.Sign(Algorithm::kPS384, "m", 32)) ==
		  Status::kSignature);
	CHECK(VerifyClean(*key, Algorithm::kPS512, "m", test_key.Sign(Algorithm::kPS512, "m", 64)) ==
		  Status::kOk);
}

// CVE-2006-4339 and its kin: a block that is right up to the hash, and then free.
TEST_CASE("RsaPkcs1TrailingGarbageIsRefused")
{
	const TestKey test_key = TestKey::Rsa();
	PublicKeyPtr key = test_key.Public();
	const std::string input = "m";
	const std::string hash = Sha256Of(input);
	const size_t full = 256 - 3 - kInfo.size() - hash.size();
	const auto verify = [&](const std::string &block) {
		return VerifyClean(*key, Algorithm::kRS256, input, SignRaw(test_key, block));
	};

	REQUIRE(verify(Block(full, kInfo + hash)) == Status::kOk);
	for (size_t padding : {size_t{0}, size_t{8}, size_t{100}, full - 1}) {
		CAPTURE(padding);
		CHECK(verify(Block(padding, kInfo + hash)) == Status::kSignature);
		CHECK(verify(Block(padding, kInfo + hash + "garbage")) == Status::kSignature);
	}
	CHECK(verify(Block(full + 2, kInfoNoNull + hash)) == Status::kSignature);
	CHECK(verify(Block(full + kInfo.size(), hash)) == Status::kSignature);
	// Garbage hidden in the parameters: the sequence is longer by 8, its parameters are bytes.
	std::string hidden = FromHex("30393015060960864801650304020104080000000000000000"
								 "0420") +
						 hash;
	CHECK(verify(Block(256 - 3 - hidden.size(), hidden)) == Status::kSignature);
	std::string block_type = Block(full, kInfo + hash);
	block_type[1] = 2;
	CHECK(verify(block_type) == Status::kSignature);
}

TEST_CASE("RsaSignatureNotBelowModulusIsRefused")
{
	const TestKey test_key = TestKey::Rsa();
	PublicKeyPtr key = test_key.Public();
	for (Algorithm alg : kAll) {
		CHECK(VerifyClean(*key, alg, "m", test_key.Raw("n")) == Status::kSignature);
		std::string one(256, '\0');
		one.back() = 1;
		CHECK(VerifyClean(*key, alg, "m", one) == Status::kSignature);
	}
	// The leading zero byte of a good signature belongs to it.
	for (int i = 0; i < 20000; i++) {
		const std::string input = "m" + std::to_string(i);
		const std::string signature = test_key.Sign(Algorithm::kRS256, input);
		if (signature[0] == '\0') {
			CHECK(VerifyClean(*key, Algorithm::kRS256, input, signature) == Status::kOk);
			CHECK(VerifyClean(*key, Algorithm::kRS256, input, signature.substr(1)) ==
				  Status::kSignatureLength);
			return;
		}
	}
	FAIL("no signature with a leading zero byte in 20000");
}

TEST_CASE("RsaModulusSizeIsBounded")
{
	for (int bits : {1, 8, 512, 1024, 2040, 2047, 8193, 8200, 16384, 65536}) {
		CAPTURE(bits);
		CHECK(LoadStatus(Modulus(bits), kE) == Status::kJwkRsaSize);
	}
	for (int bits : {2048, 2049, 3072, 4096, 8191, 8192}) {
		CAPTURE(bits);
		CHECK(LoadStatus(Modulus(bits), kE) == Status::kOk);
	}
	CHECK(LoadStatus("", kE) == Status::kJwkRsaSize);
	CHECK(LoadStatus(std::string(256, '\0'), kE) == Status::kJwkRsaSize);
	CHECK(LoadStatus(std::string(1024, '\0') + Modulus(1024), kE) == Status::kJwkRsaSize);
	CHECK(LoadStatus(TestKey::Rsa(1024).Raw("n"), kE) == Status::kJwkRsaSize);

	std::string even = Modulus(2048);
	even.back() = '\x5a';
	CHECK(LoadStatus(even, kE) == Status::kJwkMember);
}

TEST_CASE("RsaExponentIsOddAndAtLeastThree")
{
	const std::string n = Modulus(2048);
	for (const std::string &e :
		 {""s, "\x00"s, "\x01"s, "\x00\x01"s, "\x02"s, "\x04"s, "\x01\x00\x00"s,
		  "\x80\x00\x00\x00\x00\x00\x00\x00"s, "\x01\x00\x00\x00\x00\x00\x00\x00\x01"s}) {
		CAPTURE(e.size());
		CHECK(LoadStatus(n, e) == Status::kJwkRsaExponent);
	}
	for (const std::string &e :
		 {"\x03"s, "\x05"s, "\x11"s, kE, "\x00"s + kE, "\xff\xff\xff\xff\xff\xff\xff\xff"s}) {
		CAPTURE(e.size());
		CHECK(LoadStatus(n, e) == Status::kOk);
	}
}

TEST_CASE("RsaLeadingZerosOfModulusAreTaken")
{
	const TestKey test_key = TestKey::Rsa();
	PublicKeyPtr key;
	REQUIRE(MakeRsaKey("\0\0"s + test_key.Raw("n"), "\0"s + test_key.Raw("e"), &key) ==
			Status::kOk);
	CHECK(key->bits() == 2048);
	CheckSignatures(*key, test_key, Algorithm::kRS256);
}

TEST_CASE("RsaKeysDoNotShareContexts")
{
	CheckInterleaved(TestKey::Rsa(2048, 0), TestKey::Rsa(2048, 1),
					 {Algorithm::kRS256, Algorithm::kPS256, Algorithm::kRS512, Algorithm::kPS512,
					  Algorithm::kRS384, Algorithm::kPS384});
}

} // namespace session_jwt
