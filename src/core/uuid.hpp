// UUID text, read as the original's Rust uuid crate reads it (behaviour item 55).
#pragma once

#include "core/pure.hpp"

#include <cstdint>
#include <string_view>

namespace session_jwt {

// ParseUuid reads a UUID in one of four forms, hexadecimal digits in any case: hyphenated
// (8-4-4-4-12), 32 digits, the hyphenated form in braces, and the hyphenated form after
// "urn:uuid:". It returns false, and leaves `out` alone, for anything else.
[[nodiscard]] bool ParseUuid(std::string_view text, uint8_t (&out)[16]);

} // namespace session_jwt
