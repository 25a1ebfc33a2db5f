// HMAC with SHA-2 (RFC 7518 section 3.2) through OpenSSL.
#include "core/public_key.hpp"

#include "core/openssl_util.hpp"

#include <climits>
#include <string>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/crypto.h>

namespace session_jwt {

namespace {

constexpr int kFirst = static_cast<int>(Algorithm::kHS256);
constexpr int kCount = 3;
constexpr Hash kHashes[kCount] = {Hash::kSha256, Hash::kSha384, Hash::kSha512};

class HmacKey final : public PublicKey {
public:
	HmacKey(std::string_view secret, AlgorithmSet algorithms)
		: PublicKey(KeyType::kOct, static_cast<int>(secret.size() * 8), algorithms), secret_(secret)
	{
	}
	~HmacKey() override { OPENSSL_cleanse(secret_.data(), secret_.size()); }

	Status
	Verify(Algorithm alg, std::string_view input, std::string_view signature) override
	{
		ErrorQueueGuard guard;
		uint8_t mac[kMaxHashSize];
		size_t mac_len = 0;

		if ((Bit(alg) & algorithms()) == 0) {
			return Status::kAlgorithmMismatch;
		}
		const int index = static_cast<int>(alg) - kFirst;
		const size_t size = HashSize(kHashes[index]);
		if (signature.size() != size) {
			return Status::kSignatureLength;
		}
		if (!contexts_[index]) {
			contexts_[index] = MakeContext(kHashes[index]);
		}
		EVP_MAC_CTX *ctx = contexts_[index].get();
		// A null key starts over with the one the context has: a third of the cost of a new one.
		if (ctx == nullptr || EVP_MAC_init(ctx, nullptr, 0, nullptr) != 1 ||
			EVP_MAC_update(ctx, Bytes(input), input.size()) != 1 ||
			EVP_MAC_final(ctx, mac, &mac_len, sizeof(mac)) != 1 || mac_len != size) {
			return Status::kInternal;
		}
		const bool equal = CRYPTO_memcmp(mac, signature.data(), size) == 0;
		OPENSSL_cleanse(mac, sizeof(mac)); // a good signature for a refused input
		return equal ? Status::kOk : Status::kSignature;
	}

private:
	MacCtxPtr
	MakeContext(Hash hash) const
	{
		RequireOpenssl();
		MacPtr mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
		MacCtxPtr ctx(mac ? EVP_MAC_CTX_new(mac.get()) : nullptr);
		const OSSL_PARAM params[] = {
			OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
											 const_cast<char *>(HashName(hash)), 0),
			OSSL_PARAM_construct_end(),
		};

		if (!ctx || EVP_MAC_init(ctx.get(), Bytes(secret_), secret_.size(), params) != 1) {
			return nullptr;
		}
		return ctx;
	}

	std::string secret_;
	MacCtxPtr contexts_[kCount];
};

} // namespace

Status
MakeHmacKey(std::string_view secret, PublicKeyPtr *out)
{
	AlgorithmSet algorithms = 0;

	if (secret.size() > INT_MAX / 8) {
		return Status::kJwkHmacSize;
	}
	for (int i = 0; i < kCount; i++) {
		if (secret.size() >= HashSize(kHashes[i])) {
			algorithms |= Bit(static_cast<Algorithm>(kFirst + i));
		}
	}
	if (algorithms == 0) {
		return Status::kJwkHmacSize;
	}
	*out = std::make_unique<HmacKey>(secret, algorithms);
	return Status::kOk;
}

} // namespace session_jwt
