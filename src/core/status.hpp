// Every way a call into core can end. src/pg/report.cpp maps each to SQLSTATE and text.
#pragma once

#include "core/pure.hpp"

#include <cstdint>

namespace session_jwt {

// Status is the result of a core function. A new value needs a row in report.cpp
// (a switch without default) and a test.
enum class Status : uint8_t {
	kOk,
	kInternal,    // an exception that is not bad_alloc, or a library call that cannot fail did
	kOutOfMemory, // bad_alloc

	// The token is malformed.
	kTokenTooLong,      // more bytes than the caller allows
	kTokenParts,        // not three parts separated by dots (RFC 7515 section 7.1)
	kTokenOpaque,       // one part: an opaque token
	kTokenEncrypted,    // five parts: a JWE (RFC 7516 section 7.1)
	kHeaderEncoding,    // header is not strict base64url
	kHeaderJson,        // header is not a JSON object
	kHeaderDuplicate,   // header names a member twice
	kHeaderType,        // a header member has the wrong type (alg, kid, crit, b64)
	kSignatureEncoding, // signature is not strict base64url
	kSignatureLength,   // signature has a length that its algorithm cannot produce
	kPayloadEncoding,   // payload is not strict base64url
	kPayloadJson,       // payload is not a JSON object
	kPayloadDuplicate,  // payload names a top-level member twice
	kPayloadNul,        // payload holds \u0000, which no text value can hold
	kPayloadDepth,      // payload is nested too deeply
	kJtiType,           // connection key: jti is not an integer
	kNbfType,           // nbf is not a NumericDate
	kExpType,           // exp is not a NumericDate

	// The token is well-formed and refused.
	kAlgorithmMissing,    // header without alg where it is mandatory
	kAlgorithmNone,       // alg is "none" (RFC 8725 section 3.1)
	kAlgorithmUnknown,    // alg is not one that this module verifies
	kAlgorithmNotAllowed, // alg is not among those allowed for this issuer
	kAlgorithmMismatch,   // alg contradicts the key
	kHeaderCritical,      // crit is present (RFC 7515 section 4.1.11)
	kHeaderB64,           // b64 is present and not true (RFC 7797)
	kSignature,           // signature does not verify
	kJtiOrder,            // connection key: jti is not above the highest accepted so far
	kNotYetValid,         // nbf; number holds it
	kExpired,             // exp; number holds it
	kExpMissing,          // registry: exp is required
	kIssuerMissing,       // registry: iss is absent or no string
	kIssuerUnknown,       // registry: no row has this issuer
	kIssuerDisabled,      // registry: the row is not enabled
	kIssuerNoKeys,        // registry: the row has no key set yet
	kIssuerStale,         // registry: the key set was fetched too long ago; found by the caller
	kAudienceMissing,     // registry: the audience claim is absent
	kAudienceForeign,     // registry: no audience is one of the row's
	kKeyUnknown,          // registry: no usable key has this kid
	kKeyAmbiguous,        // registry: no kid, and several keys fit alg
	kKeyUnfit,            // registry: the key named by kid, or every key, cannot be used with alg
	kRequiredClaims,      // registry: the payload does not contain the row's required_claims

	// A JWK or JWK Set (RFC 7517) is bad.
	kJwkJson,         // not a JSON object
	kJwkDuplicate,    // a member twice
	kJwkMember,       // a member is missing or has the wrong type or encoding
	kJwkType,         // kty or crv that is not supported here
	kJwkPrivate,      // private key material
	kJwkPoint,        // not a point of the curve, or a small-order or non-canonical one
	kJwkRsaSize,      // RSA modulus below 2048 or above 8192 bits
	kJwkRsaExponent,  // RSA exponent even or below 3
	kJwkHmacSize,     // HMAC key shorter than its hash (RFC 7518 section 3.2)
	kJwkHmacUnlisted, // oct key where no HMAC algorithm is listed
	kJwkUse,          // use is not "sig" or key_ops has no "verify"
	kJwkAlgorithm,    // alg is unknown or contradicts the key
	kJwkSetEmpty,     // keys is an empty array
	kJwkSetTooMany,   // more keys than allowed
	kJwkSetUnusable,  // a set with no usable key

	// An OpenID Provider\'s configuration is bad.
	kDiscoveryJson,   // not a JSON object
	kDiscoveryIssuer, // its issuer is another
	kDiscoveryUri,    // jwks_uri is missing or no string
};

} // namespace session_jwt
