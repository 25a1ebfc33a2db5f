#include "core/discovery.hpp"

namespace session_jwt {

namespace {

// A URI is printable ASCII without spaces (RFC 3986 section 2).
bool
IsUri(std::string_view text)
{
	for (char c : text) {
		if (c <= ' ' || c > '~')
			return false;
	}
	return !text.empty();
}

} // namespace

Status
ParseDiscovery(std::string_view text, std::string_view issuer, JsonDocument *document,
			   std::string_view *out_uri)
{
	if (document->Parse(text) != JsonError::kNone || document->root().type != JsonType::kObject ||
		document->HasDuplicate(document->root()))
		return Status::kDiscoveryJson;
	const JsonNode *named = document->Member(document->root(), "issuer");
	if (named == nullptr || named->type != JsonType::kString || named->text != issuer)
		return Status::kDiscoveryIssuer;
	const JsonNode *uri = document->Member(document->root(), "jwks_uri");
	if (uri == nullptr || uri->type != JsonType::kString || !IsUri(uri->text))
		return Status::kDiscoveryUri;
	*out_uri = uri->text;
	return Status::kOk;
}

} // namespace session_jwt
