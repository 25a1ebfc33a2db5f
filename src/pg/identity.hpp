// Identity: what one verified token says, as values Postgres can use. An identity is never changed
// once published: members are only added, and it is freed no earlier than in a later transaction
// and statement, because a running query may hold pointers into it.
#pragma once

#include "pg/prelude.hpp"

namespace session_jwt {

// Source is who vouches for an identity (design.md section 2).
enum class Source : uint8 { kNone, kRegistry, kConnectionKey, kClaims };

struct ClaimValue; // a claim looked up earlier, in claim_values.cpp

struct Identity {
	uint64 serial; // unique in this backend, never 0
	Source source;
	Subject subject_kind;
	TimestampTz valid_from;  // first microsecond at which it may be used
	TimestampTz valid_until; // last such microsecond
	TimestampTz stale_at;    // from then on the keys it was verified with count no more
	TimestampTz refresh_at;  // from then on they should be fetched anew
	text *user_id;           // NULL unless subject_kind is kText

	// Built on first use; see ClaimsOf and UidOf.
	char *claims_text; // JSON in the database's encoding
	Jsonb *claims;
	bool has_uid; // uid was built, and may be NULL
	pg_uuid_t *uid;
	ClaimValue *claim_values; // most recently added first
	int num_claim_values;

	// What it was verified with.
	std::string_view token;
	uint32 hash;
	std::string_view issuer; // registry: UTF-8
	uint64 issuer_version;
	uint64 confirmed; // registry_generation at which the issuer's row was looked at last
	int64 jti;        // if is_ordered
	bool is_ordered;

	MemoryContext extras; // holds what is built on first use; NULL: nothing yet

	// Its place in the memory of identities (identity_memory.hpp).
	Identity *newer, *older; // by last use
	Identity *next;          // in its bucket, or among the retired
	LocalTransactionId retired_in;
	TimestampTz retired_at;
};

// UnixSeconds returns the second since the Unix epoch that `time` lies in.
int64 UnixSeconds(TimestampTz time);

// Nobody returns the identity of a session that presents none: NULLs, and claims JSON null.
Identity *Nobody();

// IsUsable reports whether `identity` may be used in a statement that began at `now`.
inline bool
IsUsable(const Identity *identity, TimestampTz now)
{
	return identity->valid_from <= now && now <= identity->valid_until && now < identity->stale_at;
}

// NewIdentity makes an identity from what core found; token, issuer and views are copied. One that
// AdoptIdentity does not take over is freed by the next call. It returns NULL if a claim cannot be
// represented in the database's encoding.
Identity *NewIdentity(Source source, std::string_view token, std::string_view issuer,
					  const TokenOutcome &outcome);

// AdoptIdentity takes over the identity made last. It must be freed with FreeIdentity.
void AdoptIdentity(Identity *identity);
void FreeIdentity(Identity *identity);

// ExtrasOf returns the memory context of what is built for `identity` on first use.
MemoryContext ExtrasOf(Identity *identity);

// ClaimsOf returns the claims, building them on first use.
Jsonb *ClaimsOf(Identity *identity);

// UidOf returns the subject as a UUID, or NULL if it is none (behaviour item 55).
pg_uuid_t *UidOf(Identity *identity);

} // namespace session_jwt
