// What is slow on first use, done once before the fork.
#pragma once

#include "core/status.hpp"

namespace session_jwt {

struct State;

// WarmUp verifies one known signature with each kind of key, so that the crypto library has
// fetched what it fetches lazily, and then presents a whole token, so that the loader has found
// the functions that are called on the way and the buffers of *state are there. It keeps no issuer,
// key, token, thread, lock or descriptor. It returns kInternal if a library does not verify what it
// must.
[[nodiscard]] Status WarmUp(State *state);

} // namespace session_jwt
