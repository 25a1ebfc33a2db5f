// Identities that the registry vouches for.
#pragma once

#include "pg/identity.hpp"

namespace session_jwt {

// ResolveWithRegistry verifies `token` with the row of its issuer, or finds it among the tokens
// verified before. `now` is the statement's start. If the issuer's keys are fetched and the token
// needs a newer one, it waits for that. It raises if the token is refused.
Identity *ResolveWithRegistry(std::string_view token, TimestampTz now);

} // namespace session_jwt
