#include "core/token.hpp"

#include "core/base64url.hpp"

#include <algorithm>

namespace session_jwt {

namespace {

constexpr char
Lower(char c)
{
	return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// "None" and "NONE" are no algorithm names either; they get the message of what they try.
bool
IsNone(std::string_view name)
{
	constexpr std::string_view none = "none";
	return std::equal(name.begin(), name.end(), none.begin(), none.end(),
					  [](char a, char b) { return Lower(a) == b; });
}

Status
ReadAlgorithm(const JsonNode &alg, Header *out)
{
	if (alg.type != JsonType::kString)
		return Status::kHeaderType;
	if (!ParseAlgorithm(alg.text, &out->alg))
		return IsNone(alg.text) ? Status::kAlgorithmNone : Status::kAlgorithmUnknown;
	out->has_alg = true;
	return Status::kOk;
}

Status
PayloadStatus(JsonError error)
{
	switch (error) {
	case JsonError::kNone:
		return Status::kOk;
	case JsonError::kSyntax:
		return Status::kPayloadJson;
	case JsonError::kNul:
		return Status::kPayloadNul;
	case JsonError::kDepth:
		return Status::kPayloadDepth;
	}
	return Status::kInternal;
}

} // namespace

Status
SplitToken(std::string_view token, CompactToken *out)
{
	// find is memchr, which looks at many bytes a step; counting and rfind would look at each.
	constexpr size_t max_parts = 6; // more are told apart from nothing
	size_t dots[max_parts - 1] = {};
	size_t num_parts = 1;
	for (size_t at = token.find('.'); at != token.npos && num_parts < max_parts;
		 at = token.find('.', at + 1))
		dots[num_parts++ - 1] = at;
	if (num_parts == 1)
		return Status::kTokenOpaque;
	if (num_parts == 5)
		return Status::kTokenEncrypted;
	if (num_parts != 3)
		return Status::kTokenParts;

	size_t first = dots[0];
	size_t last = dots[1];
	out->header = token.substr(0, first);
	out->payload = token.substr(first + 1, last - first - 1);
	out->signature = token.substr(last + 1);
	out->signing_input = token.substr(0, last);
	return Status::kOk;
}

Status
ParseHeader(std::string_view encoded, JsonDocument *document, std::string *buffer, Header *out)
{
	if (!DecodeBase64Url(encoded, buffer))
		return Status::kHeaderEncoding;
	if (document->Parse(*buffer) != JsonError::kNone || document->root().type != JsonType::kObject)
		return Status::kHeaderJson;

	const JsonNode &root = document->root();
	if (document->HasDuplicate(root))
		return Status::kHeaderDuplicate;
	if (document->Member(root, "crit") != nullptr)
		return Status::kHeaderCritical;
	const JsonNode *b64 = document->Member(root, "b64");
	if (b64 != nullptr && b64->type != JsonType::kTrue)
		return Status::kHeaderB64;

	*out = Header{};
	if (const JsonNode *kid = document->Member(root, "kid")) {
		if (kid->type != JsonType::kString)
			return Status::kHeaderType;
		out->has_kid = true;
		out->kid = kid->text;
	}
	const JsonNode *alg = document->Member(root, "alg");
	return alg == nullptr ? Status::kOk : ReadAlgorithm(*alg, out);
}

Status
ParsePayload(std::string_view encoded, JsonDocument *document, std::string *buffer)
{
	if (encoded.empty() || !DecodeBase64Url(encoded, buffer))
		return Status::kPayloadEncoding;
	if (Status status = PayloadStatus(document->Parse(*buffer)); status != Status::kOk)
		return status;
	if (document->root().type != JsonType::kObject)
		return Status::kPayloadJson;
	if (document->HasDuplicate(document->root()))
		return Status::kPayloadDuplicate;
	return Status::kOk;
}

} // namespace session_jwt
