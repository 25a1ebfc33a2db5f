// Property: decode and encode are inverse, so each byte string has exactly one spelling; and what
// is accepted consists of the alphabet alone.
#include "property.hpp"

#include "core/base64url.hpp"

using namespace session_jwt;

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	constexpr std::string_view kAlphabet =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const std::string_view text = Text(data, size);
	std::string bytes;
	if (DecodeBase64Url(text, &bytes)) {
		Must(text.find_first_not_of(kAlphabet) == std::string_view::npos, "alphabet");
		Must(bytes.size() == DecodedSize(text.size()), "size");
		Must(EncodeBase64Url(bytes) == text, "encode(decode(x)) = x");
	}
	const std::string encoded = EncodeBase64Url(text);
	Must(DecodeBase64Url(encoded, &bytes), "what is encoded can be decoded");
	Must(bytes == text, "decode(encode(x)) = x");
	return 0;
}
