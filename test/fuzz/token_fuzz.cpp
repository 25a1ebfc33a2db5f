// Property: a token that is split is put together again by its dots; a header that is accepted has
// no crit, and names no algorithm but ours; a payload that is accepted is an object and is what its
// base64url decodes to. The first byte says how much of the input is decoded already.
#include "property.hpp"

#include "core/base64url.hpp"
#include "core/token.hpp"

using namespace session_jwt;

namespace {

void
CheckHeader(std::string_view encoded)
{
	static JsonDocument document;
	static std::string buffer;
	Header header;
	if (ParseHeader(encoded, &document, &buffer, &header) != Status::kOk) {
		return;
	}
	const JsonNode &root = document.root();
	Must(document.Member(root, "crit") == nullptr, "no crit");
	Must(EncodeBase64Url(buffer) == encoded, "header is what was encoded");
	const JsonNode *alg = document.Member(root, "alg");
	Must(header.has_alg == (alg != nullptr), "alg");
	Must(alg == nullptr || AlgorithmName(header.alg) == alg->text, "alg is the one named");
	const JsonNode *kid = document.Member(root, "kid");
	Must(header.has_kid == (kid != nullptr) && (kid == nullptr || kid->text == header.kid), "kid");
}

void
CheckPayload(std::string_view encoded)
{
	static JsonDocument document;
	static std::string buffer;
	if (ParsePayload(encoded, &document, &buffer) == Status::kOk) {
		Must(EncodeBase64Url(buffer) == encoded, "payload is what was encoded");
		Must(document.root().type == JsonType::kObject, "payload is an object");
		Must(!document.HasDuplicate(document.root()), "no member twice");
	}
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0) {
		return 0;
	}
	const std::string_view text = Text(data + 1, size - 1);
	if (data[0] & 1) {
		CheckHeader(EncodeBase64Url(text));
		CheckPayload(EncodeBase64Url(text));
		return 0;
	}
	CompactToken parts;
	if (SplitToken(text, &parts) == Status::kOk) {
		const std::string input = std::string(parts.header) + "." + std::string(parts.payload);
		Must(input == parts.signing_input, "signing input");
		Must(input + "." + std::string(parts.signature) == text, "parts");
		CheckHeader(parts.header);
		CheckPayload(parts.payload);
	}
	return 0;
}
