// The backend's memory of the last 64 identities, found by their tokens.
#pragma once

#include "pg/identity.hpp"

namespace session_jwt {

// FindIdentity looks `token` up among the last identities of `source` and makes it the most
// recently used. It returns NULL if it is not there.
Identity *FindIdentity(Source source, std::string_view token);

// RememberIdentity adds the identity made last, retiring the least recently used one.
void RememberIdentity(Identity *identity);

// ForgetIdentity takes `identity` out of the memory and retires it.
void ForgetIdentity(Identity *identity);

// FreeRetired frees what was retired in an earlier transaction and an earlier statement. Before
// that it retires what makes the memory too large, so call it only where no identity is in force.
void FreeRetired();

} // namespace session_jwt
