// What the fetcher reads from and writes to the registry. Static SQL only, each call in a short
// transaction of its own with the rights of the extension's owner.
#pragma once

#include "pg/fetch_worker.hpp"
#include "pg/registry_table.hpp"

namespace session_jwt {

// DueIssuer is an issuer whose key set is to be fetched. Its texts are in the database's encoding.
struct DueIssuer {
	char *issuer;
	char *jwks_uri; // NULL: by discovery
	bool has_jwks;
	int64 jwks_hash;                    // of the key set as it was read
	const std::string_view *algorithms; // UTF-8
	size_t num_algorithms;
	int failures;
	DueIssuer *next;
};

// ReadDue returns the issuers that are due, and the one that `request` urges, in `context`.
DueIssuer *ReadDue(const FetchRequest &request, MemoryContext context);

// FetchedKeys is a key set to be stored.
struct FetchedKeys {
	Datum set;      // jsonb
	int num_broken; // keys that were left out
};

// StoreKeys stores a key set that is fresh for `fresh_seconds`, unless the row was changed since
// it was read. `uri` is where it came from.
void StoreKeys(const DueIssuer &issuer, const char *uri, const FetchedKeys &keys,
			   int64 fresh_seconds);

// StoreFailure notes that fetching failed; the next try is `pause_seconds` later. Keys that the row
// has stay.
void StoreFailure(const DueIssuer &issuer, const char *uri, const char *error,
				  double pause_seconds);

} // namespace session_jwt
