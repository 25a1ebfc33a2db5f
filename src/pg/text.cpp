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

} // namespace

char *
ToServer(std::string_view utf8)
{
	if (NeedsNoConversion(utf8))
		return pnstrdup(utf8.data(), utf8.size());

	int len = static_cast<int>(utf8.size());
	Oid proc = FindDefaultConversionProc(PG_UTF8, GetDatabaseEncoding());
	if (!OidIsValid(proc))
		return nullptr;
	Size size = static_cast<Size>(len) * MAX_CONVERSION_GROWTH + 1;
	unsigned char *out = static_cast<unsigned char *>(palloc(size));
	unsigned char *in = reinterpret_cast<unsigned char *>(const_cast<char *>(utf8.data()));
	int converted = pg_do_encoding_conversion_buf(proc, PG_UTF8, GetDatabaseEncoding(), in, len,
												  out, static_cast<int>(size), true);
	return converted == len ? reinterpret_cast<char *>(out) : nullptr;
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
	if (NeedsNoConversion(utf8))
		return cstring_to_text_with_len(utf8.data(), static_cast<int>(utf8.size()));
	char *server = ToServer(utf8);
	return server == nullptr ? nullptr : cstring_to_text(server);
}

bool
IsUtf8(std::string_view text)
{
	return pg_verify_mbstr(PG_UTF8, text.data(), static_cast<int>(text.size()), true);
}

} // namespace session_jwt
