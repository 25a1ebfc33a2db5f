// What must hold of a token that the port accepted, found out anew from what was signed.
#pragma once

#include "property.hpp"
#include "script.hpp"

#include "core/base64url.hpp"
#include "core/key_set.hpp"

#include <algorithm>

namespace session_jwt {

// HasKey reports whether `jwks` has the public key of `key`, by its thumbprint, under the kid that
// `header` names, if any.
inline bool
HasKey(const std::string &jwks, const TestKey &key, std::string_view header)
{
	JsonDocument document;
	Must(document.Parse(header) == JsonError::kNone, "a header that was accepted is JSON");
	const JsonNode *kid = document.Member(document.root(), "kid");
	JwkRules rules;
	rules.allow_hmac = true;
	rules.ignore_usage = true;
	int bad_key = -1;
	KeySet set;
	KeySet one;
	Must(one.Parse(key.Jwk(), rules, true, &bad_key) == Status::kOk, "a test's key is good");
	(void)set.Parse(jwks, rules, false, &bad_key);
	return std::any_of(set.keys().begin(), set.keys().end(), [&](const Jwk &jwk) {
		return jwk.key != nullptr && jwk.thumbprint == one.keys()[0].thumbprint &&
			   (kid == nullptr || (jwk.has_kid && jwk.kid == kid->text));
	});
}

inline void
MustSayNothing(const TokenOutcome &out)
{
	Must(out.claims.empty() && out.subject.empty(), "a refusal says nothing");
	Must(out.subject_kind == Subject::kAbsent, "a refusal has no subject");
	Must(out.number == 0 || out.status == Status::kExpired || out.status == Status::kNotYetValid,
		 "a number only with a time");
}

inline bool
IsSame(const TokenOutcome &a, const TokenOutcome &b)
{
	return a.status == b.status && a.number == b.number && a.valid_from == b.valid_from &&
		   a.valid_until == b.valid_until && a.jti == b.jti && a.subject_kind == b.subject_kind;
}

// CheckClaims reads what an accepted token says once more, and compares it with `row`.
inline void
CheckClaims(const Script &row, std::string_view claims, int64_t now, std::string_view issuer)
{
	JsonDocument document;
	Must(document.Parse(claims) == JsonError::kNone, "claims are JSON");
	const JsonNode &root = document.root();
	const JsonNode *iss = document.Member(root, "iss");
	const JsonNode *exp = document.Member(root, "exp");
	const JsonNode *aud = document.Member(root, row.audience_claim);
	int64_t end = 0;
	Must(iss != nullptr && iss->text == issuer && issuer == row.issuer, "iss is the row's");
	Must(exp != nullptr && exp->type == JsonType::kNumber, "exp is there");
	Must(ParseNumericDate(exp->text, false, &end), "exp is a date");
	Must(end > INT64_MAX - 1000 || now < end + row.leeway, "not expired");
	Must(row.is_enabled, "the row is enabled");
	const std::vector<std::string_view> accepted = CutAll(row.audiences, ',');
	bool found = accepted.empty();
	for (std::string_view one : accepted) {
		found = found || (aud != nullptr && aud->type == JsonType::kString && aud->text == one);
		const JsonNode *element = aud == nullptr || aud->type != JsonType::kArray
									  ? nullptr
									  : document.NextChild(*aud, nullptr);
		for (; element != nullptr; element = document.NextChild(*aud, element)) {
			found = found || (element->type == JsonType::kString && element->text == one);
		}
	}
	Must(found, "audience is one of the row's");
}

// CheckSigned finds the key that signed an accepted token in `jwks`.
inline void
CheckSigned(const Script &script, const std::string &jwks, std::string_view algorithms,
			std::string_view claims, bool has_set)
{
	CompactToken parts;
	Must(SplitToken(script.token, &parts) == Status::kOk, "three parts");
	Must(EncodeBase64Url(claims) == parts.payload, "claims as presented");
	const std::string header = has_set ? FromBase64Url(parts.header) : "{}"; // kid chooses in a set
	const std::vector<std::string_view> names = CutAll(algorithms, ',');
	bool found = false;
	for (const Signed &one : script.SignedBy(parts.signing_input)) {
		bool is_named = names.empty() && (Bit(one.alg) & kHmacAlgorithms) == 0;
		for (std::string_view name : names) {
			Algorithm alg = Algorithm::kEdDSA;
			Must(ParseAlgorithm(name, &alg), "a row that was taken has good names");
			is_named = is_named || alg == one.alg ||
					   ((Bit(alg) & kEdAlgorithms) != 0 && (Bit(one.alg) & kEdAlgorithms) != 0);
		}
		found = found || (is_named && HasKey(jwks, *one.key, header));
	}
	Must(found, "signed by a key of the row, with an algorithm of the row");
}

} // namespace session_jwt
