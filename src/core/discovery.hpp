// OpenID Connect Discovery 1.0: from an issuer to the address of its key set.
#pragma once

#include "core/json.hpp"
#include "core/status.hpp"

#include <string_view>

namespace session_jwt {

// ParseDiscovery reads the provider configuration `text` into `document`. It returns
// kDiscoveryJson, kDiscoveryIssuer unless its issuer is `issuer` byte for byte (section 4.3), or
// kDiscoveryUri if jwks_uri is no URI. *out_uri points into the document.
[[nodiscard]] Status ParseDiscovery(std::string_view text, std::string_view issuer,
									JsonDocument *document, std::string_view *out_uri);

} // namespace session_jwt
