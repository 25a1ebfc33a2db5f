// PublicKey: a key that can verify, whatever library does it. One backend per file.
#pragma once

#include "core/algorithm.hpp"
#include "core/status.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace session_jwt {

enum class KeyType : uint8_t { kOkp, kRsa, kEc, kOct };

// PublicKey verifies JWS signatures with one key. Contexts belong to one key for life: a used
// OpenSSL context that is set up again with another key silently keeps the first. Not
// thread-safe; a backend has one thread.
class PublicKey {
public:
	virtual ~PublicKey() = default;
	PublicKey(const PublicKey &) = delete;
	PublicKey &operator=(const PublicKey &) = delete;

	// Verify checks `signature`, in JWS form (RFC 7518 section 3: r||s for ECDSA), over `input`.
	// It returns kOk; kSignature if it does not verify; kSignatureLength if no signature of this
	// key can have that length; kAlgorithmMismatch if algorithms() lacks `alg`. OpenSSL's error
	// queue is empty afterwards. HMAC results are compared in constant time.
	[[nodiscard]] virtual Status Verify(Algorithm alg, std::string_view input,
										std::string_view signature) = 0;

	// algorithms returns every algorithm this key can be used with, whatever its JWK says.
	AlgorithmSet
	algorithms() const
	{
		return algorithms_;
	}
	KeyType
	type() const
	{
		return type_;
	}
	// bits returns the size: RSA modulus, curve, or HMAC key, in bits.
	int
	bits() const
	{
		return bits_;
	}

protected:
	PublicKey(KeyType type, int bits, AlgorithmSet algorithms)
		: type_(type), bits_(bits), algorithms_(algorithms)
	{
	}

private:
	KeyType type_;
	int bits_;
	AlgorithmSet algorithms_;
};

using PublicKeyPtr = std::unique_ptr<PublicKey>;

// The makers below take the raw members of a JWK, already base64url-decoded, big-endian. They
// return kOk and set *out, or a kJwk... status and leave *out alone.

// MakeEd25519Key takes the 32-byte public key (RFC 8032 section 5.1.5). Small-order points and
// non-canonical encodings are refused (kJwkPoint), by every backend alike; a wrong length is
// kJwkMember.
[[nodiscard]] Status MakeEd25519Key(std::string_view x, PublicKeyPtr *out);

// Ed25519Backend names the library this build verifies Ed25519 with: "lib25519", "libsodium" or
// "OpenSSL".
std::string_view Ed25519Backend();

// MakeRsaKey takes modulus and exponent. Accepted: 2048 to 8192 bits, exponent odd and at least
// 3, at most 64 bits.
[[nodiscard]] Status MakeRsaKey(std::string_view n, std::string_view e, PublicKeyPtr *out);

// MakeEcKey takes crv ("P-256", "P-384", "P-521"; others are kJwkType) and the coordinates, each
// exactly the curve's size in bytes (RFC 7518 section 6.2.1.2; else kJwkMember).
[[nodiscard]] Status MakeEcKey(std::string_view crv, std::string_view x, std::string_view y,
							   PublicKeyPtr *out);

// MakeHmacKey takes the secret. Its algorithms() are those whose hash is no longer than the
// secret (RFC 7518 section 3.2); a secret under 32 bytes is kJwkHmacSize.
[[nodiscard]] Status MakeHmacKey(std::string_view secret, PublicKeyPtr *out);

} // namespace session_jwt
