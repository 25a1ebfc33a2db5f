// SHA-256 with a context that is kept, for thumbprints and the shared memory of verified tokens.
#pragma once

#include "core/pure.hpp"

#include <cstdint>
#include <string_view>

namespace session_jwt {

// Sha256 hashes `first` followed by `second` into `out`. It returns false if the library fails.
[[nodiscard]] bool Sha256(std::string_view first, std::string_view second, uint8_t (&out)[32]);

// OpenSslVersion returns the version of the OpenSSL library that is loaded, a static string.
std::string_view OpenSslVersion();

} // namespace session_jwt
