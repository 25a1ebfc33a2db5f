// ECDSA on P-256, P-384 and P-521 (RFC 7518 section 3.4) through OpenSSL.
#include "core/public_key.hpp"

#include "core/ecdsa_der.hpp"
#include "core/openssl_util.hpp"

#include <cstring>
#include <utility>

#include <openssl/core_names.h>

namespace session_jwt {

namespace {

struct Curve {
	std::string_view name;  // RFC 7518 section 6.2.1.1
	const char *group;      // OpenSSL's name
	std::string_view order; // as long as a coordinate
	int bits;
	Algorithm alg;
	Hash hash;
};

constexpr Curve kCurves[] = {
	{"P-256", "prime256v1", kOrderP256, 256, Algorithm::kES256, Hash::kSha256},
	{"P-384", "secp384r1", kOrderP384, 384, Algorithm::kES384, Hash::kSha384},
	{"P-521", "secp521r1", kOrderP521, 521, Algorithm::kES512, Hash::kSha512},
};
constexpr size_t kMaxCoordinate = 66;
static_assert(kCurves[0].order.size() == 32 && kCurves[1].order.size() == 48 &&
			  kCurves[2].order.size() == kMaxCoordinate);

class EcKey final : public PublicKey {
public:
	EcKey(PkeyPtr key, const Curve &curve)
		: PublicKey(KeyType::kEc, curve.bits, Bit(curve.alg)), key_(std::move(key)), curve_(curve)
	{
	}

	Status
	Verify(Algorithm alg, std::string_view input, std::string_view signature) override
	{
		ErrorQueueGuard guard;
		uint8_t der[kMaxEcdsaDer];
		uint8_t digest[kMaxHashSize];

		if (alg != curve_.alg) {
			return Status::kAlgorithmMismatch;
		}
		if (signature.size() != 2 * curve_.order.size()) {
			return Status::kSignatureLength;
		}
		const size_t der_len = EncodeEcdsaDer(signature, curve_.order, der);
		if (der_len == 0) {
			return Status::kSignature;
		}
		if (!context_) {
			context_ = MakeContext();
		}
		if (!context_ || !HashMessage(curve_.hash, input, {}, digest)) {
			return Status::kInternal;
		}
		if (EVP_PKEY_verify(context_.get(), der, der_len, digest, HashSize(curve_.hash)) == 1) {
			return Status::kOk;
		}
		(void)ThrowIfOutOfMemory(ERR_LIB_EC);
		return Status::kSignature;
	}

private:
	PkeyCtxPtr
	MakeContext() const
	{
		PkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
		const EVP_MD *md = FetchedDigest(curve_.hash);

		if (!ctx || md == nullptr || EVP_PKEY_verify_init(ctx.get()) != 1 ||
			EVP_PKEY_CTX_set_signature_md(ctx.get(), md) != 1) {
			return nullptr;
		}
		return ctx;
	}

	PkeyPtr key_;
	const Curve &curve_;
	PkeyCtxPtr context_;
};

const Curve *
FindCurve(std::string_view name)
{
	for (const Curve &curve : kCurves) {
		if (curve.name == name) {
			return &curve;
		}
	}
	return nullptr;
}

} // namespace

Status
MakeEcKey(std::string_view crv, std::string_view x, std::string_view y, PublicKeyPtr *out)
{
	ErrorQueueGuard guard;
	uint8_t point[1 + 2 * kMaxCoordinate] = {0x04}; // uncompressed (SEC 1 section 2.3.3)

	const Curve *curve = FindCurve(crv);
	if (curve == nullptr) {
		return Status::kJwkType;
	}
	const size_t size = curve->order.size();
	if (x.size() != size || y.size() != size) {
		return Status::kJwkMember;
	}
	RequireOpenssl();
	std::memcpy(point + 1, x.data(), size);
	std::memcpy(point + 1 + size, y.data(), size);

	ParamBldPtr builder(OSSL_PARAM_BLD_new());
	if (!builder ||
		OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->group,
										0) != 1 ||
		OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point,
										 1 + 2 * size) != 1) {
		return Status::kInternal;
	}
	ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
	if (!params) {
		return Status::kInternal;
	}
	// Taking the point in, OpenSSL checks the coordinates' range and the curve's equation. The
	// curves' cofactor is 1 and the point at infinity has no such spelling, so nothing is left.
	PkeyPtr key = MakePublicKey("EC", params.get());
	if (!key) {
		return ThrowIfOutOfMemory(ERR_LIB_EC) ? Status::kJwkPoint : Status::kInternal;
	}
	*out = std::make_unique<EcKey>(std::move(key), *curve);
	return Status::kOk;
}

} // namespace session_jwt
