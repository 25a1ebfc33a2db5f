#include "raw.hpp"

#include "core/base64url.hpp"
#include "core/ecdsa_der.hpp"
#include "core/token.hpp"

#include <cstdint>
#include <cstring>
#include <string>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#ifdef SESSION_JWT_HAVE_LIB25519
#include <lib25519.h>
#endif
#ifdef SESSION_JWT_HAVE_SODIUM
#include <sodium.h>
#endif

namespace bench {

namespace {

using namespace session_jwt;

enum class Scheme { kNone, kRsa, kEcdsa, kOpensslEd25519, kLib25519, kSodiumEd25519 };

constexpr size_t kMaxToken = 64 * 1024; // bytes

// Kept is the key in use. It lives as long as the backend.
struct Kept {
	Scheme scheme = Scheme::kNone;
	EVP_PKEY_CTX *pkey = nullptr;
	EVP_MD_CTX *digest = nullptr;
	EVP_MD *sha256 = nullptr;
	uint8_t ed25519[32] = {};
};
Kept kept;

const uint8_t *
Bytes(std::string_view view)
{
	return reinterpret_cast<const uint8_t *>(view.data());
}

bool
KeepPrehashed(EVP_PKEY *key, bool is_rsa)
{
	kept.pkey = EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr);
	kept.sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
	kept.digest = EVP_MD_CTX_new();
	return kept.pkey != nullptr && kept.sha256 != nullptr && kept.digest != nullptr &&
		   EVP_PKEY_verify_init(kept.pkey) == 1 &&
		   (!is_rsa || EVP_PKEY_CTX_set_rsa_padding(kept.pkey, RSA_PKCS1_PADDING) == 1) &&
		   EVP_PKEY_CTX_set_signature_md(kept.pkey, kept.sha256) == 1;
}

bool
KeepEd25519(EVP_PKEY *key)
{
	size_t len = sizeof kept.ed25519;
	kept.digest = EVP_MD_CTX_new();
	return EVP_PKEY_get_raw_public_key(key, kept.ed25519, &len) == 1 &&
		   EVP_DigestVerifyInit(kept.digest, nullptr, nullptr, nullptr, key) == 1;
}

// lib25519 has one call only, which takes the signature and the message in one piece and copies the
// message out.
bool
VerifyLib25519([[maybe_unused]] std::string_view input, [[maybe_unused]] std::string_view signature)
{
#ifdef SESSION_JWT_HAVE_LIB25519
	static uint8_t joined[kMaxToken];
	static uint8_t copied[kMaxToken];
	long long copied_len = 0;
	if (signature.size() != 64 || signature.size() + input.size() > kMaxToken)
		return false;
	std::memcpy(joined, signature.data(), signature.size());
	std::memcpy(joined + signature.size(), input.data(), input.size());
	return lib25519_sign_open(copied, &copied_len, joined,
							  static_cast<long long>(signature.size() + input.size()),
							  kept.ed25519) == 0;
#else
	return false;
#endif
}

bool
VerifyPrehashed(std::string_view input, std::string_view signature)
{
	uint8_t digest[32];
	uint8_t der[kMaxEcdsaDer];
	if (EVP_DigestInit_ex2(kept.digest, kept.sha256, nullptr) != 1 ||
		EVP_DigestUpdate(kept.digest, input.data(), input.size()) != 1 ||
		EVP_DigestFinal_ex(kept.digest, digest, nullptr) != 1)
		return false;
	if (kept.scheme == Scheme::kRsa)
		return EVP_PKEY_verify(kept.pkey, Bytes(signature), signature.size(), digest,
							   sizeof digest) == 1;
	size_t len = EncodeEcdsaDer(signature, kOrderP256, der);
	return len != 0 && EVP_PKEY_verify(kept.pkey, der, len, digest, sizeof digest) == 1;
}

} // namespace

bool
SplitAndParse(std::string_view token) noexcept
try {
	static JsonDocument header_json, payload_json;
	static std::string header_text, payload_text, signature;
	CompactToken parts;
	Header header;
	return SplitToken(token, &parts) == Status::kOk &&
		   ParseHeader(parts.header, &header_json, &header_text, &header) == Status::kOk &&
		   DecodeBase64Url(parts.signature, &signature) &&
		   ParsePayload(parts.payload, &payload_json, &payload_text) == Status::kOk;
} catch (...) {
	return false;
}

bool
KeepKey(std::string_view scheme, std::string_view der) noexcept
{
	const uint8_t *at = Bytes(der);
	EVP_PKEY *key = d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size()));
	if (key == nullptr)
		return false;
	kept = Kept{};
	bool is_kept = false;
	if (scheme == "RS256") {
		kept.scheme = Scheme::kRsa;
		is_kept = KeepPrehashed(key, true);
	} else if (scheme == "ES256") {
		kept.scheme = Scheme::kEcdsa;
		is_kept = KeepPrehashed(key, false);
	} else if (scheme == "EdDSA") {
		kept.scheme = Scheme::kOpensslEd25519;
		is_kept = KeepEd25519(key);
	}
#ifdef SESSION_JWT_HAVE_LIB25519
	else if (scheme == "EdDSA/lib25519") {
		kept.scheme = Scheme::kLib25519;
		is_kept = KeepEd25519(key);
	}
#endif
#ifdef SESSION_JWT_HAVE_SODIUM
	else if (scheme == "EdDSA/libsodium") {
		kept.scheme = Scheme::kSodiumEd25519;
		is_kept = sodium_init() >= 0 && KeepEd25519(key);
	}
#endif
	EVP_PKEY_free(key);
	return is_kept;
}

bool
VerifyRaw(std::string_view token) noexcept
{
	char buffer[1024];
	size_t dot = token.rfind('.');
	if (dot == std::string_view::npos || token.size() - dot > sizeof buffer)
		return false;
	std::string_view input = token.substr(0, dot);
	std::string_view encoded = token.substr(dot + 1);
	if (!DecodeBase64Url(encoded, buffer))
		return false;
	std::string_view signature(buffer, DecodedSize(encoded.size()));
	switch (kept.scheme) {
	case Scheme::kNone:
		return false;
	case Scheme::kRsa:
	case Scheme::kEcdsa:
		return VerifyPrehashed(input, signature);
	case Scheme::kOpensslEd25519:
		// Newer versions want the context initialized anew; it keeps its key.
		return EVP_DigestVerifyInit(kept.digest, nullptr, nullptr, nullptr, nullptr) == 1 &&
			   EVP_DigestVerify(kept.digest, Bytes(signature), signature.size(), Bytes(input),
								input.size()) == 1;
	case Scheme::kLib25519:
		return VerifyLib25519(input, signature);
	case Scheme::kSodiumEd25519:
#ifdef SESSION_JWT_HAVE_SODIUM
		return signature.size() == 64 &&
			   crypto_sign_verify_detached(Bytes(signature), Bytes(input), input.size(),
										   kept.ed25519) == 0;
#else
		return false;
#endif
	}
	return false;
}

} // namespace bench
