// Property: r||s is written as the very DER that OpenSSL writes for the two numbers, and as none if
// one of them is zero or not below the order; a key accepts r||s if and only if OpenSSL accepts
// that DER, which is what was signed, or that with order - s for s (the two are one to ECDSA).
//
// Input: curve; what to do with a good signature; bytes that change it or take its place.
#include "property.hpp"
#include "tokens.hpp"

#include "core/ecdsa_der.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

using namespace session_jwt;

namespace {

using Bn = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

struct Curve {
	const TestKey &key;
	Algorithm alg;
	std::string_view order;
	const EVP_MD *md;
	std::string signature; // of kInput
};

constexpr std::string_view kInput = "header.payload";

const Curve &
CurveAt(unsigned index)
{
	static const Curve curves[] = {
		{Keys().es256, Algorithm::kES256, kOrderP256, EVP_sha256(),
		 Keys().es256.Sign(Algorithm::kES256, kInput)},
		{Keys().es384, Algorithm::kES384, kOrderP384, EVP_sha384(),
		 Keys().es384.Sign(Algorithm::kES384, kInput)},
		{Keys().es512, Algorithm::kES512, kOrderP521, EVP_sha512(),
		 Keys().es512.Sign(Algorithm::kES512, kInput)},
	};
	return curves[index % std::size(curves)];
}

Bn
ToNumber(std::string_view bytes)
{
	return Bn(BN_bin2bn(reinterpret_cast<const uint8_t *>(bytes.data()),
						static_cast<int>(bytes.size()), nullptr),
			  BN_free);
}

void
Negate(std::string *scalar, std::string_view order)
{
	const Bn number = ToNumber(*scalar);
	const Bn modulus = ToNumber(order);
	if (BN_cmp(number.get(), modulus.get()) <= 0) {
		BN_sub(number.get(), modulus.get(), number.get());
		BN_bn2binpad(number.get(), reinterpret_cast<uint8_t *>(scalar->data()),
					 static_cast<int>(scalar->size()));
	}
}

// Reference returns the DER that OpenSSL makes of `signature`, or nothing if a number is out of
// range.
std::string
Reference(std::string_view signature, std::string_view order)
{
	const size_t size = order.size();
	if (signature.size() != 2 * size) {
		return {};
	}
	Bn r = ToNumber(signature.substr(0, size));
	Bn s = ToNumber(signature.substr(size));
	const Bn end = ToNumber(order);
	if (BN_is_zero(r.get()) || BN_is_zero(s.get()) || BN_cmp(r.get(), end.get()) >= 0 ||
		BN_cmp(s.get(), end.get()) >= 0) {
		return {};
	}
	const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> sig(ECDSA_SIG_new(),
																	ECDSA_SIG_free);
	ECDSA_SIG_set0(sig.get(), r.release(), s.release());
	uint8_t *der = nullptr;
	const int len = i2d_ECDSA_SIG(sig.get(), &der);
	const std::string out(reinterpret_cast<char *>(der), static_cast<size_t>(std::max(len, 0)));
	OPENSSL_free(der);
	return out;
}

bool
OpensslAccepts(const Curve &curve, const std::string &der)
{
	const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> ctx(EVP_MD_CTX_new(),
																	  EVP_MD_CTX_free);
	const bool accepted =
		EVP_DigestVerifyInit(ctx.get(), nullptr, curve.md, nullptr, curve.key.pkey()) == 1 &&
		EVP_DigestVerify(ctx.get(), reinterpret_cast<const uint8_t *>(der.data()), der.size(),
						 reinterpret_cast<const uint8_t *>(kInput.data()), kInput.size()) == 1;
	ERR_clear_error();
	return accepted;
}

// MakeSignature starts from the good signature, and does what `how` and `bytes` say.
std::string
MakeSignature(const Curve &curve, unsigned how, std::string_view bytes)
{
	const size_t size = curve.order.size();
	std::string signature = curve.signature;
	if ((how & 1) != 0) {
		signature = bytes;
	} else {
		for (size_t i = 0; i < std::min(bytes.size(), signature.size()); i++) {
			signature[i] = static_cast<char>(signature[i] ^ bytes[i]);
		}
	}
	if ((how & 2) != 0 && signature.size() == 2 * size) {
		std::string s = signature.substr(size);
		Negate(&s, curve.order);
		signature.replace(size, size, s);
	}
	if ((how & 4) != 0 && signature.size() == 2 * size) {
		signature.replace((how & 8) != 0 ? 0 : size, size, curve.order);
	}
	return signature;
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2) {
		return 0;
	}
	const Curve &curve = CurveAt(data[0]);
	const std::string signature = MakeSignature(curve, data[1], Text(data + 2, size - 2));
	uint8_t der[kMaxEcdsaDer] = {};
	const size_t der_len = EncodeEcdsaDer(signature, curve.order, der);
	Must(der_len <= sizeof der, "room");
	const std::string reference = Reference(signature, curve.order);
	Must(Text(der, der_len) == reference, "the DER that OpenSSL writes");

	PublicKeyPtr none;
	Must(MakeEcKey("secp256k1", Text(der, 32), Text(der, 32), &none) == Status::kJwkType && !none,
		 "no other curve");
	static const PublicKeyPtr keys[] = {CurveAt(0).key.Public(), CurveAt(1).key.Public(),
										CurveAt(2).key.Public()};
	PublicKey &key = *keys[data[0] % std::size(keys)];
	const Status status = key.Verify(curve.alg, kInput, signature);
	Must(ERR_peek_error() == 0, "OpenSSL's error queue is empty");
	const bool is_good = status == Status::kOk;
	Must(is_good == (!reference.empty() && OpensslAccepts(curve, reference)), "OpenSSL's verdict");
	Must((status == Status::kSignatureLength) == (signature.size() != 2 * curve.order.size()),
		 "length");
	for (int i = 0; i < kNumAlgorithms; i++) {
		const auto alg = static_cast<Algorithm>(i);
		Must(alg == curve.alg || key.Verify(alg, kInput, signature) == Status::kAlgorithmMismatch,
			 "no other algorithm");
	}
	std::string other = curve.signature;
	std::string s = other.substr(curve.order.size());
	Negate(&s, curve.order);
	other.replace(curve.order.size(), curve.order.size(), s);
	Must(is_good == (signature == curve.signature || signature == other),
		 "nothing else was signed");
	return 0;
}
