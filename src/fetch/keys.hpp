// What becomes of a key set that was fetched before it is stored.
#pragma once

#include "fetch/store.hpp"

namespace session_jwt {

// ReadKeys judges `body`, an answer from `issuer`'s address. It returns what is wrong with it, or
// NULL and the set to be stored in *out. Keys that are broken are left out of that, so that one of
// them does not spoil the others, and the row is one that could also be written by hand, or
// restored from a dump. Private keys spoil the set, and so do symmetric ones that the row would
// allow: what anybody can fetch is no secret.
const char *ReadKeys(const DueIssuer &issuer, std::string_view body, FetchedKeys *out);

} // namespace session_jwt
