// Strict base64url without padding (RFC 4648 section 5, RFC 7515 appendix C).
#pragma once

#include "core/pure.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace session_jwt {

// DecodedSize returns the number of bytes that `len` base64url characters decode to, for any
// `len` that DecodeBase64Url accepts.
constexpr size_t
DecodedSize(size_t len)
{
	return len / 4 * 3 + (len % 4 * 3) / 4;
}

// DecodeBase64Url decodes `text` into `out`, which must have room for DecodedSize(text.size())
// bytes. It returns false, with `out` in an unspecified state, on any character outside the
// alphabet (padding, white space and line ends included), on a length that is 1 modulo 4, and on
// non-zero trailing bits, so that every byte string has exactly one spelling.
[[nodiscard]] bool DecodeBase64Url(std::string_view text, char *out);

// The same, replacing the contents of *out.
[[nodiscard]] bool DecodeBase64Url(std::string_view text, std::string *out);

// EncodeBase64Url returns the base64url spelling of `bytes`, without padding.
std::string EncodeBase64Url(std::string_view bytes);

} // namespace session_jwt
