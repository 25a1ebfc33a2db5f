// The connection key: the trust of a database without an issuer (behaviour C2 to C4).
#pragma once

#include "pg/gucs.hpp"
#include "pg/identity.hpp"

namespace session_jwt {

// KeyWasGiven reports whether pg_session_jwt.jwk is set for this connection. It raises 02000 if a
// key was given in a way that lost it: "configured but lost" never means "unsigned".
bool KeyWasGiven();

// LoadKey parses the connection's key, once. It raises 42804 if it is no key.
void LoadKey();

// ResolveConnection verifies `token`, the value that `instance` belongs to, with the connection's
// key. `now` is the statement's start. It raises if the token is refused.
Identity *ResolveConnection(std::string_view token, TokenInstance *instance, TimestampTz now);

} // namespace session_jwt
