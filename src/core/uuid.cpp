// The four forms that the Rust uuid crate reads, told apart by their length.
#include "core/uuid.hpp"

#include <cstddef>
#include <cstring>

namespace session_jwt {

namespace {

constexpr size_t kSimpleLen = 32;
constexpr size_t kHyphenatedLen = 36;
constexpr std::string_view kUrnPrefix = "urn:uuid:";

// HexValue returns a digit's value, or -1. The ctype functions would ask the locale.
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

// HasHyphen reports whether the hyphenated form has a hyphen before the byte number `byte`.
bool
HasHyphen(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

bool
ParseDigits(std::string_view text, bool hyphenated, uint8_t (&out)[16])
{
	size_t at = 0;
	for (size_t i = 0; i < 16; i++) {
		if (hyphenated && HasHyphen(i) && text[at++] != '-') {
			return false;
		}
		int high = HexValue(text[at]);
		int low = HexValue(text[at + 1]);
		if (high < 0 || low < 0) {
			return false;
		}
		out[i] = static_cast<uint8_t>(high << 4 | low);
		at += 2;
	}
	return true;
}

} // namespace

bool
ParseUuid(std::string_view text, uint8_t (&out)[16])
{
	if (text.size() == kHyphenatedLen + 2 && text.front() == '{' && text.back() == '}') {
		text = text.substr(1, kHyphenatedLen);
	} else if (text.size() == kUrnPrefix.size() + kHyphenatedLen && text.starts_with(kUrnPrefix)) {
		text.remove_prefix(kUrnPrefix.size());
	} else if (text.size() != kSimpleLen && text.size() != kHyphenatedLen) {
		return false;
	}
	uint8_t bytes[16];
	if (!ParseDigits(text, text.size() == kHyphenatedLen, bytes)) {
		return false;
	}
	std::memcpy(out, bytes, sizeof(bytes));
	return true;
}

} // namespace session_jwt
