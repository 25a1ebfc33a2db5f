// Own code rather than simdjson's: in place, and the same with every version of it.
#include "core/json_string.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace session_jwt {

namespace {

constexpr uint32_t kHighSurrogate = 0xD800;
constexpr uint32_t kLowSurrogate = 0xDC00;
constexpr uint32_t kSurrogateEnd = 0xE000;

bool
IsSpace(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int
HexValue(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	if (c >= 'A' && c <= 'F') {
		return c - 'A' + 10;
	}
	return -1;
}

// TakeUnit reads the four digits of a \u escape and moves *from behind them.
bool
TakeUnit(const char **from, const char *end, uint32_t *out)
{
	if (end - *from < 4) {
		return false;
	}
	uint32_t unit = 0;
	for (int i = 0; i < 4; i++) {
		int digit = HexValue(*(*from)++);
		if (digit < 0) {
			return false;
		}
		unit = unit << 4 | static_cast<uint32_t>(digit);
	}
	*out = unit;
	return true;
}

// TakeCodePoint reads what follows "\u": one unit, or two that form a surrogate pair.
bool
TakeCodePoint(const char **from, const char *end, uint32_t *out)
{
	uint32_t unit = 0;
	if (!TakeUnit(from, end, &unit)) {
		return false;
	}
	*out = unit;
	if (unit < kHighSurrogate || unit >= kSurrogateEnd) {
		return true;
	}
	uint32_t low = 0;
	if (unit >= kLowSurrogate || end - *from < 2 || (*from)[0] != '\\' || (*from)[1] != 'u') {
		return false;
	}
	*from += 2;
	if (!TakeUnit(from, end, &low) || low < kLowSurrogate || low >= kSurrogateEnd) {
		return false;
	}
	*out = 0x10000 + ((unit - kHighSurrogate) << 10) + (low - kLowSurrogate);
	return true;
}

char *
PutUtf8(uint32_t code_point, char *to)
{
	auto put = [&to](uint32_t byte) { *to++ = static_cast<char>(byte); };
	if (code_point < 0x80) {
		put(code_point);
	} else if (code_point < 0x800) {
		put(0xC0 | code_point >> 6);
		put(0x80 | (code_point & 0x3F));
	} else if (code_point < 0x10000) {
		put(0xE0 | code_point >> 12);
		put(0x80 | (code_point >> 6 & 0x3F));
		put(0x80 | (code_point & 0x3F));
	} else {
		put(0xF0 | code_point >> 18);
		put(0x80 | (code_point >> 12 & 0x3F));
		put(0x80 | (code_point >> 6 & 0x3F));
		put(0x80 | (code_point & 0x3F));
	}
	return to;
}

// SimpleEscape returns what a one-letter escape stands for, or NUL if there is none such.
char
SimpleEscape(char c)
{
	switch (c) {
	case '"':
	case '\\':
	case '/':
		return c;
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return '\0';
	}
}

// TakeEscape resolves the escape whose backslash is at *from.
JsonError
TakeEscape(const char **from, const char *end, char **to)
{
	if (end - *from < 2) {
		return JsonError::kSyntax;
	}
	char letter = (*from)[1];
	*from += 2;
	if (letter == 'u') {
		uint32_t code_point = 0;
		if (!TakeCodePoint(from, end, &code_point)) {
			return JsonError::kSyntax;
		}
		if (code_point == 0) {
			return JsonError::kNul;
		}
		*to = PutUtf8(code_point, *to);
		return JsonError::kNone;
	}
	char c = SimpleEscape(letter);
	*(*to)++ = c;
	return c == '\0' ? JsonError::kSyntax : JsonError::kNone;
}

} // namespace

std::string_view
WithoutSpaceBehind(std::string_view text)
{
	while (!text.empty() && IsSpace(text.back())) {
		text.remove_suffix(1);
	}
	return text;
}

std::string_view
WithoutSpace(std::string_view text)
{
	while (!text.empty() && IsSpace(text.front())) {
		text.remove_prefix(1);
	}
	return WithoutSpaceBehind(text);
}

std::string_view
Quoted(std::string_view text)
{
	for (size_t i = 1; i < text.size(); i++) {
		if (text[i] == '"') {
			return text.substr(0, i + 1);
		}
		if (text[i] == '\\') {
			i++;
		} else if (static_cast<unsigned char>(text[i]) < 0x20) {
			break;
		}
	}
	return {};
}

JsonError
ResolveEscapes(char *begin, char *end, std::string_view *out)
{
	char *to = begin;
	const char *from = begin;
	while (from < end) {
		auto left = static_cast<size_t>(end - from);
		const void *found = std::memchr(from, '\\', left);
		size_t len =
			found == nullptr ? left : static_cast<size_t>(static_cast<const char *>(found) - from);
		if (to != from) {
			std::memmove(to, from, len);
		}
		to += len;
		from += len;
		if (found == nullptr) {
			break;
		}
		JsonError error = TakeEscape(&from, end, &to);
		if (error != JsonError::kNone) {
			return error;
		}
	}
	*out = {begin, static_cast<size_t>(to - begin)};
	return JsonError::kNone;
}

} // namespace session_jwt
