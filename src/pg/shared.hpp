// What all backends of the cluster share: which signatures were found good, and counters.
#pragma once

#include "pg/prelude.hpp"

namespace session_jwt {

// TokenKey is SHA-256 of a key set's fingerprint and a token.
union TokenKey {
	uint8 bytes[32];
	uint64 words[4];
};

// Counted is what auth.stats() counts besides refusals.
enum class Counted : uint8 { kVerified, kFromBackend, kFromShared };
inline constexpr int num_counted = 3;

// PrepareShared asks for shared memory while the library is being preloaded.
void PrepareShared();

// RemembersTokens reports whether there is such a memory, so that making a key is worth while.
bool RemembersTokens();

// IsRemembered reports whether some backend found this signature good. A key that was never
// remembered cannot be found: a torn read would have to agree with 256 bits of SHA-256.
bool IsRemembered(const TokenKey &key);

// Remember notes that a signature is good. Only "good" is ever noted, and no claim.
void Remember(const TokenKey &key);

// Count and CountRefusal add one to a counter.
void Count(Counted what);
void CountRefusal(Status status);

// CountVerified counts a token that was accepted, and remembers `key` (may be NULL) unless the
// signature was known already.
void CountVerified(bool signature_known, const TokenKey *key);

// Total and TotalRefused add up a counter over all backends since the cluster started; over this
// backend alone where there is no shared memory.
uint64 Total(Counted what);
uint64 TotalRefused(Status status);

// HasSharedMemory reports whether the counters are the cluster's.
bool HasSharedMemory();

} // namespace session_jwt
