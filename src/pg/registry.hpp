// The issuer registry: rows of auth.issuers, and what core knows of them.
#pragma once

#include "pg/registry_table.hpp"

namespace session_jwt {

// Columns of auth.issuers, in the order of the install script.
enum IssuersColumn : AttrNumber {
	kIssuerColumn = 1,
	kJwksColumn,
	kJwksUriColumn,
	kAudiencesColumn,
	kAudienceClaimColumn,
	kAlgorithmsColumn,
	kSubjectClaimColumn,
	kRequiredClaimsColumn,
	kLeewayColumn,
	kEnabledColumn,
	kCommentColumn,
};

// Columns of auth.issuer_fetches.
enum FetchesColumn : AttrNumber {
	kFetchIssuerColumn = 1,
	kFetchHashColumn,
	kFetchFetchedColumn,
	kFetchRefreshColumn,
	kFetchAttemptedColumn,
};

// RefreshIssuer makes core's knowledge of `issuer` (UTF-8) that of its row and returns it.
IssuerState RefreshIssuer(std::string_view issuer);

// HashedRow is what decides whether a row's key set is the fetcher's.
struct HashedRow {
	bool has_jwks;
	bool has_uri;
	bool is_enabled;
	int64 jwks_hash; // jsonb_hash_extended, which is the same in every version
};
void HashRow(HeapTuple tuple, TupleDesc desc, HashedRow *row);

// MeetsRequiredClaims reports whether `claims` contain what the row of `issuer` demands.
bool MeetsRequiredClaims(std::string_view issuer, Jsonb *claims);

// ReadIssuerRow fills *row from a tuple of auth.issuers, in the current memory context.
void ReadIssuerRow(HeapTuple tuple, TupleDesc desc, IssuerRow *row);

// ReadTextArray turns a text[] into UTF-8 views in the current memory context. NULL elements are
// left out.
const std::string_view *ReadTextArray(Datum array, size_t *count);

// JsonText returns the text of a jsonb value in UTF-8, in the current memory context.
std::string_view JsonText(Jsonb *value);

} // namespace session_jwt
