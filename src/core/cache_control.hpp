// Cache-Control (RFC 9111 section 5.2.2), as far as a key set's age goes.
#pragma once

#include "core/pure.hpp"

#include <cstdint>
#include <string_view>

namespace session_jwt {

// Freshness gathers what the Cache-Control lines of one response say.
struct Freshness {
	int64_t max_age = -1;  // seconds; -1: not said
	bool no_store = false; // no-store or no-cache
};

// ReadCacheControl adds one field value to *freshness. Of several max-age the smallest counts, so
// no later line can undo an earlier one; what cannot be read is ignored.
void ReadCacheControl(std::string_view value, Freshness *freshness);

// FreshSeconds returns how long a response may be used: max-age, or 600 where none is given, or 0
// for no-store, within 60 seconds and 24 hours.
int64_t FreshSeconds(const Freshness &freshness);

} // namespace session_jwt
