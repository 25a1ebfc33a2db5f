// Ed25519 through lib25519: a third of OpenSSL's time.
#include "core/ed25519_backend.hpp"

#ifdef SESSION_JWT_HAVE_LIB25519

#include <cstring>
#include <vector>

#include <lib25519.h>

namespace session_jwt {

namespace {

constexpr size_t kSignatureSize = 64;

class Lib25519Ed25519 final : public Ed25519Verifier {
public:
	explicit Lib25519Ed25519(const uint8_t *public_key)
	{
		std::memcpy(public_key_, public_key, sizeof(public_key_));
	}

	// The library has only the NaCl call: signature and message in one piece, the message copied
	// out. Its output may use as many bytes as its input has.
	bool
	Verify(std::string_view input, const uint8_t *signature) override
	{
		const size_t size = kSignatureSize + input.size();
		long long recovered_len = 0;

		// Each by its own size: memory may run out between the two.
		if (signed_.size() < size) {
			signed_.resize(size);
		}
		if (recovered_.size() < size) {
			recovered_.resize(size);
		}
		std::memcpy(signed_.data(), signature, kSignatureSize);
		if (!input.empty()) {
			std::memcpy(signed_.data() + kSignatureSize, input.data(), input.size());
		}
		return lib25519_sign_open(recovered_.data(), &recovered_len, signed_.data(),
								  static_cast<long long>(size), public_key_) == 0 &&
			   recovered_len == static_cast<long long>(input.size());
	}

private:
	uint8_t public_key_[lib25519_sign_PUBLICKEYBYTES];
	std::vector<uint8_t> signed_;
	std::vector<uint8_t> recovered_;
};

} // namespace

std::unique_ptr<Ed25519Verifier>
MakeLib25519Ed25519(const uint8_t *public_key)
{
	return std::make_unique<Lib25519Ed25519>(public_key);
}

} // namespace session_jwt

#endif // SESSION_JWT_HAVE_LIB25519
