// White space, quotes and escapes of JSON text (RFC 8259 sections 2 and 7).
#pragma once

#include "core/pure.hpp"
#include "core/json.hpp"

#include <string_view>

namespace session_jwt {

// WithoutSpace returns `text` without the white space that JSON allows at its ends.
std::string_view WithoutSpace(std::string_view text);

// WithoutSpaceBehind removes it at the end only.
std::string_view WithoutSpaceBehind(std::string_view text);

// Quoted returns the string that starts at text[0], quotes included. It returns an empty view if
// the string does not end, or holds a control character that must be escaped.
std::string_view Quoted(std::string_view text);

// ResolveEscapes replaces the escapes of a string's contents [begin, end) in place, since no escape
// is shorter than what it stands for, and sets *out to what is left. It returns kNul for \u0000 and
// kSyntax for an unknown escape or half a surrogate pair. Other bytes are not looked at.
[[nodiscard]] JsonError ResolveEscapes(char *begin, char *end, std::string_view *out);

} // namespace session_jwt
