// The JWS signature algorithms (RFC 7518 section 3, RFC 8037, RFC 9864) and sets of them.
#pragma once

#include "core/pure.hpp"

#include <cstdint>
#include <string_view>

namespace session_jwt {

// Algorithm names one signature scheme. "Ed25519" (RFC 9864) and "EdDSA" (RFC 8037) with an
// Ed25519 key are the same scheme under two names; both are kept, because a row may list one.
enum class Algorithm : uint8_t {
	kEdDSA,
	kEd25519,
	kRS256,
	kRS384,
	kRS512,
	kPS256,
	kPS384,
	kPS512,
	kES256,
	kES384,
	kES512,
	kHS256,
	kHS384,
	kHS512,
};

inline constexpr int kNumAlgorithms = 14;

// AlgorithmSet is a set of Algorithm values, one bit each.
using AlgorithmSet = uint32_t;

constexpr AlgorithmSet
Bit(Algorithm alg)
{
	return AlgorithmSet{1} << static_cast<uint8_t>(alg);
}

inline constexpr AlgorithmSet kEdAlgorithms = Bit(Algorithm::kEdDSA) | Bit(Algorithm::kEd25519);
inline constexpr AlgorithmSet kRsaAlgorithms = Bit(Algorithm::kRS256) | Bit(Algorithm::kRS384) |
											   Bit(Algorithm::kRS512) | Bit(Algorithm::kPS256) |
											   Bit(Algorithm::kPS384) | Bit(Algorithm::kPS512);
inline constexpr AlgorithmSet kEcAlgorithms =
	Bit(Algorithm::kES256) | Bit(Algorithm::kES384) | Bit(Algorithm::kES512);
inline constexpr AlgorithmSet kHmacAlgorithms =
	Bit(Algorithm::kHS256) | Bit(Algorithm::kHS384) | Bit(Algorithm::kHS512);
inline constexpr AlgorithmSet kAsymmetricAlgorithms =
	kEdAlgorithms | kRsaAlgorithms | kEcAlgorithms;

// AlgorithmName returns the JOSE name of `alg`, a static string.
std::string_view AlgorithmName(Algorithm alg);

// ParseAlgorithm looks `name` up, case-sensitively (RFC 7515 section 4.1.1). It returns false,
// and leaves *out_alg alone, if `name` is none of those above.
bool ParseAlgorithm(std::string_view name, Algorithm *out_alg);

} // namespace session_jwt
