// RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 7518 sections 3.3 and 3.5) through OpenSSL.
#include "core/public_key.hpp"

#include "core/openssl_util.hpp"

#include <algorithm>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/rsa.h>

namespace session_jwt {

namespace {

constexpr int kMinBits = 2048; // RFC 7518 section 3.3
constexpr int kMaxBits = 8192; // a bound on what one signature may cost
constexpr int kMaxExponentBits = 64;

constexpr int kFirst = static_cast<int>(Algorithm::kRS256);
constexpr int kCount = static_cast<int>(Algorithm::kPS512) - kFirst + 1;

struct Scheme {
	Hash hash;
	bool pss;
};

// In the order of enum Algorithm, from RS256.
constexpr Scheme kSchemes[kCount] = {
	{Hash::kSha256, false}, {Hash::kSha384, false}, {Hash::kSha512, false},
	{Hash::kSha256, true},  {Hash::kSha384, true},  {Hash::kSha512, true},
};

// RsaKey keeps one context per algorithm used: setting a context up costs a fifth of a 2048-bit
// verification, and a context set up again may keep what it was first given.
class RsaKey final : public PublicKey {
public:
	RsaKey(PkeyPtr key, int bits)
		: PublicKey(KeyType::kRsa, bits, kRsaAlgorithms), key_(std::move(key)),
		  size_(static_cast<size_t>(bits + 7) / 8)
	{
	}

	Status
	Verify(Algorithm alg, std::string_view input, std::string_view signature) override
	{
		ErrorQueueGuard guard;
		uint8_t digest[kMaxHashSize];

		if ((Bit(alg) & algorithms()) == 0) {
			return Status::kAlgorithmMismatch;
		}
		// RFC 8017 sections 8.1.2 and 8.2.2, step 1: exactly the modulus's length.
		if (signature.size() != size_) {
			return Status::kSignatureLength;
		}
		const int index = static_cast<int>(alg) - kFirst;
		const Scheme &scheme = kSchemes[index];
		if (!contexts_[index]) {
			contexts_[index] = MakeContext(scheme);
		}
		if (!contexts_[index] || !HashMessage(scheme.hash, input, {}, digest)) {
			return Status::kInternal;
		}
		if (EVP_PKEY_verify(contexts_[index].get(), Bytes(signature), signature.size(), digest,
							HashSize(scheme.hash)) == 1) {
			return Status::kOk;
		}
		return ThrowIfOutOfMemory(ERR_LIB_RSA) ? Status::kSignature : Status::kInternal;
	}

private:
	PkeyCtxPtr
	MakeContext(const Scheme &scheme) const
	{
		PkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
		const EVP_MD *md = FetchedDigest(scheme.hash);

		if (!ctx || md == nullptr || EVP_PKEY_verify_init(ctx.get()) != 1 ||
			EVP_PKEY_CTX_set_rsa_padding(ctx.get(), scheme.pss ? RSA_PKCS1_PSS_PADDING
															   : RSA_PKCS1_PADDING) != 1 ||
			EVP_PKEY_CTX_set_signature_md(ctx.get(), md) != 1) {
			return nullptr;
		}
		// RFC 7518 section 3.5: MGF1 with the same hash, a salt as long as the hash.
		if (scheme.pss &&
			(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx.get(), md) != 1 ||
			 EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx.get(), RSA_PSS_SALTLEN_DIGEST) != 1)) {
			return nullptr;
		}
		return ctx;
	}

	PkeyPtr key_;
	size_t size_;
	PkeyCtxPtr contexts_[kCount];
};

BnPtr
MakeNumber(std::string_view bytes)
{
	return BnPtr(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

} // namespace

Status
MakeRsaKey(std::string_view n, std::string_view e, PublicKeyPtr *out)
{
	ErrorQueueGuard guard;

	RequireOpenssl();
	// RFC 7518 section 2 asks for the shortest form, but keys with a leading zero byte are seen.
	n.remove_prefix(std::min(n.find_first_not_of('\0'), n.size()));
	e.remove_prefix(std::min(e.find_first_not_of('\0'), e.size()));
	if (n.size() > kMaxBits / 8) {
		return Status::kJwkRsaSize;
	}
	if (e.size() > kMaxExponentBits / 8) {
		return Status::kJwkRsaExponent;
	}

	BnPtr modulus = MakeNumber(n);
	BnPtr exponent = MakeNumber(e);
	if (!modulus || !exponent) {
		return Status::kInternal;
	}
	const int bits = BN_num_bits(modulus.get());
	if (bits < kMinBits || bits > kMaxBits) {
		return Status::kJwkRsaSize;
	}
	if (!BN_is_odd(exponent.get()) || BN_is_one(exponent.get())) {
		return Status::kJwkRsaExponent;
	}
	// A product of two odd primes is odd; OpenSSL's arithmetic needs it so.
	if (!BN_is_odd(modulus.get())) {
		return Status::kJwkMember;
	}

	ParamBldPtr builder(OSSL_PARAM_BLD_new());
	if (!builder ||
		OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
		OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
		return Status::kInternal;
	}
	ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
	PkeyPtr key = params ? MakePublicKey("RSA", params.get()) : nullptr;
	if (!key) {
		return Status::kInternal;
	}
	*out = std::make_unique<RsaKey>(std::move(key), bits);
	return Status::kOk;
}

} // namespace session_jwt
