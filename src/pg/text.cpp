#include "pg/text.hpp"

namespace session_jwt {

namespace {

// Databases in these encodings hold UTF-8 bytes as they are.
bool
NeedsNoConversion(std::string_view text)
{
	int encoding = GetDatabaseEncoding();
	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return true;
	for (char c : text) {
		if (static_cast<signed char>(c) < 0)
			return false;
	}
	return true;
}

// Whether `json` begins with the escape of a UTF-16 code unit.
bool
ReadEscape(std::string_view json, pg_wchar *unit)
{
	if (json.size() < 6 || json[0] != '\\' || json[1] != 'u')
		return false;
	*unit = 0;
	for (char c : json.substr(2, 4)) {
		int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
		*unit = *unit << 4 | static_cast<pg_wchar>(digit);
	}
	return true;
}

// Copy one character of `json`, an escape unescaped unless it is one of ASCII. Returns the number
// of bytes read.
size_t
CopyCharacter(std::string_view json, unsigned char **out)
{
	pg_wchar unit;
	pg_wchar second;
	size_t len = 6;
	bool is_plain = !ReadEscape(json, &unit) || unit < 0x80 || is_utf16_surrogate_second(unit);
	if (!is_plain && is_utf16_surrogate_first(unit)) {
		is_plain = !ReadEscape(json.substr(6), &second) || !is_utf16_surrogate_second(second);
		if (!is_plain)
			unit = surrogate_pair_to_codepoint(unit, second);
		len = 12;
	}
	if (is_plain) {
		// After a backslash comes a character that must not be taken for the start of an escape.
		len = json[0] == '\\' && json.size() > 1 ? 2 : 1;
		memcpy(*out, json.data(), len);
		*out += len;
		return len;
	}
	unicode_to_utf8(unit, *out);
	*out += pg_utf_mblen(*out);
	return len;
}

} // namespace

bool
JsonToServer(std::string_view json, std::string_view *out)
{
	if (GetDatabaseEncoding() == PG_UTF8)
		return ToServer(json, out);
	unsigned char *plain = static_cast<unsigned char *>(palloc(json.size() + 1));
	unsigned char *end = plain;
	for (size_t i = 0; i < json.size();)
		i += CopyCharacter(json.substr(i), &end);
	return ToServer({reinterpret_cast<char *>(plain), static_cast<size_t>(end - plain)}, out);
}

bool
ToServer(std::string_view utf8, std::string_view *out)
{
	*out = utf8;
	if (NeedsNoConversion(utf8))
		return true;

	int len = static_cast<int>(utf8.size());
	Oid proc = FindDefaultConversionProc(PG_UTF8, GetDatabaseEncoding());
	if (!OidIsValid(proc))
		return false;
	Size size = static_cast<Size>(len) * MAX_CONVERSION_GROWTH + 1;
	char *made = static_cast<char *>(palloc(size));
	unsigned char *in = reinterpret_cast<unsigned char *>(const_cast<char *>(utf8.data()));
	int converted = pg_do_encoding_conversion_buf(proc, PG_UTF8, GetDatabaseEncoding(), in, len,
												  reinterpret_cast<unsigned char *>(made),
												  static_cast<int>(size), true);
	*out = std::string_view(made, strlen(made));
	return converted == len;
}

std::string_view
ToUtf8(const char *server, Size len)
{
	char *utf8 = pg_server_to_any(server, static_cast<int>(len), PG_UTF8);
	return utf8 == server ? std::string_view(server, len) : std::string_view(utf8);
}

text *
MakeText(std::string_view utf8)
{
	std::string_view server;
	if (!ToServer(utf8, &server))
		return nullptr;
	return cstring_to_text_with_len(server.data(), static_cast<int>(server.size()));
}

bool
IsUtf8(std::string_view text)
{
	return pg_verify_mbstr(PG_UTF8, text.data(), static_cast<int>(text.size()), true);
}

} // namespace session_jwt
