// What has changed since: the two counters that everything kept is compared with.
#pragma once

#include "pg/prelude.hpp"

namespace session_jwt {

// generation counts everything that can change who the session is: assignments of the token and
// of the claims, and changes of the registry.
extern uint64 generation;

// registry_generation counts the changes of the registry that this backend has heard of.
extern uint64 registry_generation;

} // namespace session_jwt
