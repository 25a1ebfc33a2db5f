// What the OpenSSL backends share: owners, the error queue, and prefetched digests. Included only
// by the .cpp files of the crypto backends, never by another header.
#pragma once

#include "core/pure.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

namespace session_jwt {

// OpensslDelete frees what a unique_ptr owns with one of OpenSSL's free functions.
template <auto Free> struct OpensslDelete {
	template <typename T>
	void
	operator()(T *object) const
	{
		Free(object);
	}
};

using BnPtr = std::unique_ptr<BIGNUM, OpensslDelete<BN_free>>;
using BnCtxPtr = std::unique_ptr<BN_CTX, OpensslDelete<BN_CTX_free>>;
using MacPtr = std::unique_ptr<EVP_MAC, OpensslDelete<EVP_MAC_free>>;
using MacCtxPtr = std::unique_ptr<EVP_MAC_CTX, OpensslDelete<EVP_MAC_CTX_free>>;
using MdPtr = std::unique_ptr<EVP_MD, OpensslDelete<EVP_MD_free>>;
using MdCtxPtr = std::unique_ptr<EVP_MD_CTX, OpensslDelete<EVP_MD_CTX_free>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, OpensslDelete<EVP_PKEY_free>>;
using PkeyCtxPtr = std::unique_ptr<EVP_PKEY_CTX, OpensslDelete<EVP_PKEY_CTX_free>>;
using ParamBldPtr = std::unique_ptr<OSSL_PARAM_BLD, OpensslDelete<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, OpensslDelete<OSSL_PARAM_free>>;

// ErrorQueueGuard empties this thread's OpenSSL error queue when the scope is left, whichever way.
// The server's own TLS code takes what it finds in the queue for the cause of its own failure.
class ErrorQueueGuard {
public:
	ErrorQueueGuard() = default;
	~ErrorQueueGuard()
	{
		// Clearing touches every entry of the queue, looking does not.
		if (ERR_peek_error() != 0)
			ERR_clear_error();
	}
	ErrorQueueGuard(const ErrorQueueGuard &) = delete;
	ErrorQueueGuard &operator=(const ErrorQueueGuard &) = delete;
};

// HasOpenssl is asked before the first of OpenSSL's objects is fetched or made. If memory runs out
// while the library sets itself up it never tries again, and fetching then follows a null pointer:
// so it returns false, now and ever after in this process.
inline bool
HasOpenssl()
{
	return OSSL_LIB_CTX_get0_global_default() != nullptr;
}

// RequireOpenssl throws bad_alloc where HasOpenssl returns false.
inline void
RequireOpenssl()
{
	if (!HasOpenssl()) {
		throw std::bad_alloc();
	}
}

// ThrowIfOutOfMemory throws bad_alloc if the error queue, which it empties, says that memory ran
// out: OpenSSL returns the same then as for a bad signature or a bad key, and that must not be said
// of those. It returns whether an error is of `library` itself, which does not say so for lack of
// memory.
inline bool
ThrowIfOutOfMemory(int library)
{
	bool is_found = false;
	while (const unsigned long error = ERR_get_error()) {
		if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE) {
			throw std::bad_alloc();
		}
		is_found = is_found || ERR_GET_LIB(error) == library;
	}
	return is_found;
}

// Bytes returns the bytes of `text` as OpenSSL takes them.
inline const uint8_t *
Bytes(std::string_view text)
{
	return reinterpret_cast<const uint8_t *>(text.data());
}

// Hash names a digest of the SHA-2 family.
enum class Hash : uint8_t { kSha256, kSha384, kSha512 };

inline constexpr size_t kMaxHashSize = 64;

// HashSize returns the length of a digest in bytes.
constexpr size_t
HashSize(Hash hash)
{
	return hash == Hash::kSha256 ? 32 : hash == Hash::kSha384 ? 48 : 64;
}

// HashName returns OpenSSL's name of `hash`.
constexpr const char *
HashName(Hash hash)
{
	return hash == Hash::kSha256 ? "SHA2-256" : hash == Hash::kSha384 ? "SHA2-384" : "SHA2-512";
}

// FetchedDigest returns the implementation of `hash`, fetched on first use and kept, or nullptr if
// the library has none.
const EVP_MD *FetchedDigest(Hash hash);

// HashMessage hashes `first` followed by `second` into `out`, HashSize(hash) bytes, with a context
// that is kept. It returns false if the library fails. The error queue is the caller's to clear.
[[nodiscard]] bool HashMessage(Hash hash, std::string_view first, std::string_view second,
							   uint8_t *out);

// MakePublicKey builds a key of `type` ("RSA", "EC") from raw parameters. It returns null, with the
// error queue filled, if OpenSSL refuses them. No decoder is involved: those cost 6 to 25 times
// more.
inline PkeyPtr
MakePublicKey(const char *type, OSSL_PARAM *params)
{
	PkeyCtxPtr ctx(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
	EVP_PKEY *key = nullptr;

	if (!ctx || EVP_PKEY_fromdata_init(ctx.get()) != 1 ||
		EVP_PKEY_fromdata(ctx.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
		EVP_PKEY_free(key);
		return nullptr;
	}
	return PkeyPtr(key);
}

} // namespace session_jwt
