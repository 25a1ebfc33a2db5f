// What bounds the presenting of a token: its bare parsing, and its bare signature. Plain data in
// and out, as src/core's port, so that PostgreSQL's headers and core's stay apart.
#pragma once

#include <string_view>

namespace bench {

// SplitAndParse splits a token and parses its header and payload, with core's own parsers.
bool SplitAndParse(std::string_view token) noexcept;

// KeepKey keeps a public key (SubjectPublicKeyInfo, DER) for VerifyRaw, in the contexts that are
// fastest to use again. `scheme` is RS256, ES256, EdDSA (OpenSSL), EdDSA/lib25519 or
// EdDSA/libsodium.
bool KeepKey(std::string_view scheme, std::string_view der) noexcept;

// VerifyRaw checks the signature of a token with the kept key, and does nothing else.
bool VerifyRaw(std::string_view token) noexcept;

} // namespace bench
