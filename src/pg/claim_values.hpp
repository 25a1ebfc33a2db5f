// Single claims of an identity, as values that a policy can compare without building them again.
#pragma once

#include "pg/identity.hpp"

namespace session_jwt {

// ClaimForm is what a claim is wanted as.
enum class ClaimForm : uint8 {
	kText,       // text of a string, NULL for any other type
	kJsonb,      // any value
	kJsonObject, // an object, NULL for any other type
	kUuid,       // uuid of a string, NULL if it is none
};

// ClaimPath is a list of member names in the database's encoding, one level each.
struct ClaimPath {
	const std::string_view *names;
	int len;
};

// FindClaim returns the claim at `path`, or false if it is missing or of another type. The value
// is kept with the identity, so that asking again costs a lookup; past a bounded number of
// different claims it is made in the current memory context instead.
bool FindClaim(Identity *identity, ClaimForm form, ClaimPath path, Datum *out);

// FixedClaim is FindClaim for a function whose path is always the same: the answer is kept at the
// place of the call. The Datum is what that function returns.
Datum FixedClaim(FunctionCallInfo fcinfo, ClaimForm form, ClaimPath path);

// KeepsClaims reports whether what FindClaim returned lives as long as the identity.
bool KeepsClaims(const Identity *identity);

// HasScope reports whether the claim "scope" or "scp" has `scope` among its words (a string
// separated by spaces, RFC 8693 section 4.2) or its elements (an array of strings).
bool HasScope(Identity *identity, std::string_view scope);

} // namespace session_jwt
