// The libraries that can check an Ed25519 equation, and the rules that hold whichever does it.
#pragma once

#include "core/public_key.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace session_jwt {

// Ed25519Verifier checks signatures of one key with one library.
class Ed25519Verifier {
public:
	virtual ~Ed25519Verifier() = default;

	// Verify reports whether `signature`, 64 bytes, is good for `input`. The caller has refused
	// what libraries disagree about: S >= L, and small-order or non-canonical A and R.
	[[nodiscard]] virtual bool Verify(std::string_view input, const uint8_t *signature) = 0;
};

// Ed25519BackendEntry is one library. `make` returns null if the library fails; `public_key` is
// 32 bytes.
struct Ed25519BackendEntry {
	std::string_view name;
	std::unique_ptr<Ed25519Verifier> (*make)(const uint8_t *public_key);
};

// Ed25519Backends returns the libraries compiled in, the fastest first.
std::span<const Ed25519BackendEntry> Ed25519Backends();

// MakeEd25519KeyWith is MakeEd25519Key with a library of the caller's choice, for tests.
[[nodiscard]] Status MakeEd25519KeyWith(const Ed25519BackendEntry &backend, std::string_view x,
										PublicKeyPtr *out);

// The makers, each in a file of its own.
std::unique_ptr<Ed25519Verifier> MakeOpensslEd25519(const uint8_t *public_key);
std::unique_ptr<Ed25519Verifier> MakeSodiumEd25519(const uint8_t *public_key);
std::unique_ptr<Ed25519Verifier> MakeLib25519Ed25519(const uint8_t *public_key);

// IsEd25519Point reports whether a point of the curve has the y coordinate that `encoding`, 32
// bytes, holds in its low 255 bits (RFC 8032 section 5.1.3, step 2). The libraries do not say:
// OpenSSL takes any 32 bytes for a key. It throws bad_alloc if memory runs out.
[[nodiscard]] bool IsEd25519Point(const uint8_t *encoding);

} // namespace session_jwt
