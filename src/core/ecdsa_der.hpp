// The two spellings of an ECDSA signature: r||s in a JWS (RFC 7518 section 3.4), DER in OpenSSL.
#pragma once

#include "core/pure.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace session_jwt {

// kMaxEcdsaDer is the longest result of EncodeEcdsaDer: two 66-byte integers with their heads, and
// a head of three bytes.
inline constexpr size_t kMaxEcdsaDer = 3 + 2 * (2 + 67);

// EncodeEcdsaDer writes `signature`, r and s of equal length, as the DER of an ECDSA-Sig-Value to
// `out`, which has room for kMaxEcdsaDer bytes, and returns its length. `order` is the order of the
// curve's base point, as long as r. It returns 0 if r or s is zero or not below `order` (FIPS 186-5
// section 6.4.2, step 1): such a signature never reaches the library.
[[nodiscard]] size_t EncodeEcdsaDer(std::string_view signature, std::string_view order,
									uint8_t *out);

} // namespace session_jwt
