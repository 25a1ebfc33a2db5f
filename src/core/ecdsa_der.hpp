// The two spellings of an ECDSA signature: r||s in a JWS (RFC 7518 section 3.4), DER in OpenSSL.
#pragma once

#include "core/pure.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace session_jwt {

// The orders of the curves' base points (FIPS 186-4 section D.1.2), big-endian.
inline constexpr std::string_view
	kOrderP256("\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"
			   "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51",
			   32);
inline constexpr std::string_view
	kOrderP384("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
			   "\xff\xff\xff\xff\xff\xff\xff\xff\xc7\x63\x4d\x81\xf4\x37\x2d\xdf"
			   "\x58\x1a\x0d\xb2\x48\xb0\xa7\x7a\xec\xec\x19\x6a\xcc\xc5\x29\x73",
			   48);
inline constexpr std::string_view
	kOrderP521("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
			   "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
			   "\xff\xfa\x51\x86\x87\x83\xbf\x2f\x96\x6b\x7f\xcc\x01\x48\xf7\x09"
			   "\xa5\xd0\x3b\xb5\xc9\xb8\x89\x9c\x47\xae\xbb\x6f\xb7\x1e\x91\x38"
			   "\x64\x09",
			   66);

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
