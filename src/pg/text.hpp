// Text between core (UTF-8) and the database (its own encoding).
#pragma once

#include "pg/prelude.hpp"

namespace session_jwt {

// ToServer converts `utf8` to the database's encoding. *out points to it or into the current memory
// context. It returns false if a character has no equivalent there; PostgreSQL's own error for that
// would quote bytes of the token.
[[nodiscard]] bool ToServer(std::string_view utf8, std::string_view *out);

// JsonToServer is ToServer for JSON text. In a database that is not UTF-8, escapes of characters
// beyond ASCII become the characters, so that what cannot be represented is found here and not by
// a later reader.
[[nodiscard]] bool JsonToServer(std::string_view json, std::string_view *out);

// ToUtf8 converts `len` bytes in the database's encoding. The result points to them or into the
// current memory context.
std::string_view ToUtf8(const char *text, Size len);

// MakeText makes a text value of `utf8` in the current memory context, or returns NULL where
// ToServer returns false.
text *MakeText(std::string_view utf8);

// IsUtf8 reports whether `text` is valid UTF-8.
bool IsUtf8(std::string_view text);

} // namespace session_jwt
