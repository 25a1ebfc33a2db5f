// SHA-2 with prefetched implementations and kept contexts.
#include "core/digest.hpp"

#include "core/openssl_util.hpp"

namespace session_jwt {

namespace {

// KeptDigest is one fetched implementation and a context for it. Fetching costs more than hashing
// a short token, so both live as long as the process and are deliberately never freed: freeing
// them at exit would race with OpenSSL's own atexit clean-up.
struct KeptDigest {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

constinit KeptDigest kept_digests[3] = {};

KeptDigest *
Kept(Hash hash)
{
	KeptDigest *kept = &kept_digests[static_cast<uint8_t>(hash)];
	if (kept->ctx != nullptr) {
		return kept;
	}

	// No exception: the port's digests are not guarded.
	if (!HasOpenssl()) {
		return nullptr;
	}
	MdPtr md(EVP_MD_fetch(nullptr, HashName(hash), nullptr));
	MdCtxPtr ctx(EVP_MD_CTX_new());
	if (!md || !ctx) {
		return nullptr;
	}
	kept->md = md.release();
	kept->ctx = ctx.release();
	return kept;
}

} // namespace

const EVP_MD *
FetchedDigest(Hash hash)
{
	const KeptDigest *kept = Kept(hash);
	return kept == nullptr ? nullptr : kept->md;
}

bool
HashMessage(Hash hash, std::string_view first, std::string_view second, uint8_t *out)
{
	const KeptDigest *kept = Kept(hash);
	return kept != nullptr && EVP_DigestInit_ex2(kept->ctx, kept->md, nullptr) == 1 &&
		   EVP_DigestUpdate(kept->ctx, first.data(), first.size()) == 1 &&
		   EVP_DigestUpdate(kept->ctx, second.data(), second.size()) == 1 &&
		   EVP_DigestFinal_ex(kept->ctx, out, nullptr) == 1;
}

bool
Sha256(std::string_view first, std::string_view second, uint8_t (&out)[32])
{
	ErrorQueueGuard guard;
	return HashMessage(Hash::kSha256, first, second, out);
}

std::string_view
OpenSslVersion()
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}

} // namespace session_jwt
