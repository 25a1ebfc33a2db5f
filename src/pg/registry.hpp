// The issuer registry: the table auth.issuers of this database.
#pragma once

#include "pg/prelude.hpp"

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
inline constexpr int num_issuers_columns = kCommentColumn;

// registry_generation counts the changes of the registry that this backend has heard of.
extern uint64 registry_generation;

// WatchRegistry asks the relation cache to tell of changes. Call it once per process.
void WatchRegistry();

// RegistryHasRows reports whether auth.issuers has a row, enabled or not. It is false where this
// extension has no such table (versions before 1.0.0).
bool RegistryHasRows();

// IsRegistry reports whether `relation` is auth.issuers.
bool IsRegistry(Oid relation);

// RefreshIssuer makes core's knowledge of `issuer` (UTF-8) that of its row and returns it. Rows
// are read with a fresh snapshot, as catalogs are, so that a revoked key is gone whatever
// snapshot the transaction has. Row-level security, search_path and roles have no part in it.
IssuerState RefreshIssuer(std::string_view issuer);

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
