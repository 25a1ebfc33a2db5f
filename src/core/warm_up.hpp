// What is slow on first use, done once before the fork.
#pragma once

#include "core/status.hpp"

namespace session_jwt {

// WarmUp verifies one known signature with each kind of key, so that the crypto library has
// fetched what it fetches lazily. It keeps no key, thread, lock or descriptor. It returns
// kInternal if a library does not verify what it must.
[[nodiscard]] Status WarmUp();

} // namespace session_jwt
