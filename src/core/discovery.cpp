#include "core/discovery.hpp"

namespace session_jwt {

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
	if (uri == nullptr || uri->type != JsonType::kString)
		return Status::kDiscoveryUri;
	*out_uri = uri->text;
	return Status::kOk;
}

} // namespace session_jwt
