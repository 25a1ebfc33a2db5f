// Attacks by what the header claims.
#include "attack_table.hpp"

#include "core/base64url.hpp"

namespace session_jwt {

namespace {

// Ed signs `header` with the key that the issuer trusts: the header alone must be the reason.
Status
Ed(std::string_view header)
{
	return AtRegistry(SignedParts(Keys().ed, Algorithm::kEdDSA, header, Claims()));
}

// None is an unsecured token (RFC 7519 section 6).
Status
None(std::string_view alg)
{
	return AtRegistry(Parts("{\"alg\":\"" + std::string(alg) + "\"}", Claims(), ""));
}

// With adds members to a header that is good but for them.
Status
With(std::string_view extra)
{
	return Ed(R"({"alg":"EdDSA","kid":"ed",)" + std::string(extra) + "}");
}

// ByOther signs with a key of the attacker, which `extra` carries or points to.
Status
ByOther(std::string_view extra)
{
	return AtRegistry(
		Keys().other_ed.Token(Algorithm::kEdDSA, Claims(), Kid("ed") + "," + std::string(extra)));
}

Status
ByKid(std::string_view json)
{
	return Ed("{\"alg\":\"EdDSA\",\"kid\":" + std::string(json) + "}");
}

constexpr Attack kAttacks[] = {
	{"alg none", "RFC 8725 3.1, 2.1; CVE-2015-9235", Status::kAlgorithmNone,
	 [] { return None("none"); }},
	{"alg None", "CVE-2018-1000531", Status::kAlgorithmNone, [] { return None("None"); }},
	{"alg NONE", "RFC 8725 3.1", Status::kAlgorithmNone, [] { return None("NONE"); }},
	{"alg nOnE", "RFC 8725 3.1", Status::kAlgorithmNone, [] { return None("nOnE"); }},
	{"alg none with a good signature", "RFC 8725 3.1", Status::kAlgorithmNone,
	 [] { return Ed(R"({"alg":"none"})"); }},
	{"alg none with a space", "RFC 8725 3.1", Status::kAlgorithmUnknown,
	 [] { return None("none "); }},
	{"alg empty", "RFC 7515 4.1.1", Status::kAlgorithmUnknown, [] { return None(""); }},
	{"alg absent", "RFC 7515 4.1.1", Status::kAlgorithmMissing,
	 [] { return Ed(R"({"kid":"ed"})"); }},
	{"alg null", "RFC 7515 4.1.1", Status::kHeaderType, [] { return Ed(R"({"alg":null})"); }},
	{"alg as an array", "RFC 7515 4.1.1", Status::kHeaderType,
	 [] { return Ed(R"({"alg":["EdDSA"]})"); }},
	{"alg in another case", "RFC 7515 4.1.1", Status::kAlgorithmUnknown,
	 [] { return Ed(R"({"alg":"eddsa"})"); }},
	{"ALG as the name", "RFC 7515 4", Status::kAlgorithmMissing,
	 [] { return Ed(R"({"ALG":"EdDSA"})"); }},
	{"alg ES256K", "RFC 8812", Status::kAlgorithmUnknown, [] { return Ed(R"({"alg":"ES256K"})"); }},
	{"alg of a JWE", "RFC 7518 4", Status::kAlgorithmUnknown,
	 [] { return Ed(R"({"alg":"RSA-OAEP","enc":"A256GCM"})"); }},
	{"alg with a NUL", "RFC 8259 7", Status::kHeaderJson,
	 [] { return Ed(R"({"alg":"EdDSA\u0000"})"); }},
	{"alg twice", "RFC 7515 4", Status::kHeaderDuplicate,
	 [] { return Ed(R"({"alg":"none","alg":"EdDSA"})"); }},
	{"alg twice, once escaped", "RFC 7515 4", Status::kHeaderDuplicate,
	 [] { return Ed(R"({"alg":"EdDSA","\u0061lg":"none"})"); }},
	{"kid twice", "RFC 7515 4", Status::kHeaderDuplicate,
	 [] { return Ed(R"({"alg":"EdDSA","kid":"ed","kid":"rsa"})"); }},
	{"crit", "RFC 7515 4.1.11; CVE-2025-59420", Status::kHeaderCritical,
	 [] { return With(R"("crit":["exp"],"exp":1)"); }},
	{"crit empty", "RFC 7515 4.1.11", Status::kHeaderCritical, [] { return With(R"("crit":[])"); }},
	{"crit of another type", "RFC 7515 4.1.11", Status::kHeaderCritical,
	 [] { return With(R"("crit":null)"); }},
	{"crit b64", "RFC 7797 6", Status::kHeaderCritical,
	 [] { return With(R"("crit":["b64"],"b64":false)"); }},
	{"b64 false", "RFC 7797 3", Status::kHeaderB64, [] { return With(R"("b64":false)"); }},
	{"b64 of another type", "RFC 7797 3", Status::kHeaderB64,
	 [] { return With(R"("b64":"true")"); }},
	{"embedded jwk", "CVE-2018-0114; RFC 8725 3.10", Status::kSignature,
	 [] { return ByOther("\"jwk\":" + Keys().other_ed.Jwk()); }},
	{"embedded jwk, no kid in the header", "CVE-2018-0114", Status::kSignature,
	 [] {
		 return AtRegistry(Keys().other_ed.Token(Algorithm::kEdDSA, Claims(),
												 "\"jwk\":" + Keys().other_ed.Jwk()));
	 }},
	{"jku", "RFC 8725 3.10", Status::kSignature,
	 [] { return ByOther(R"("jku":"https://evil.example/jwks.json")"); }},
	{"x5u", "RFC 8725 3.10", Status::kSignature,
	 [] { return ByOther(R"("x5u":"https://evil.example/cert.pem")"); }},
	{"x5c", "RFC 7515 4.1.6", Status::kSignature, [] { return ByOther(R"("x5c":["MIIB"])"); }},
	{"x5t", "RFC 7515 4.1.7", Status::kSignature, [] { return ByOther(R"("x5t":"AAAA")"); }},
	{"kid unknown", "RFC 8725 3.10", Status::kKeyUnknown, [] { return ByKid(R"("nobody")"); }},
	{"kid as a path", "RFC 8725 3.10", Status::kKeyUnknown,
	 [] { return ByKid(R"("../../../../dev/null")"); }},
	{"kid as SQL", "RFC 8725 3.10", Status::kKeyUnknown,
	 [] { return ByKid(R"("x' UNION SELECT 'key'--")"); }},
	{"kid as a command", "RFC 8725 3.10", Status::kKeyUnknown,
	 [] { return ByKid(R"("|/usr/bin/id")"); }},
	{"kid cut by a NUL", "RFC 8259 7", Status::kHeaderJson, [] { return ByKid(R"("ed\u0000x")"); }},
	{"kid empty", "RFC 7515 4.1.4", Status::kKeyUnknown, [] { return ByKid(R"("")"); }},
	{"kid in another case", "RFC 7515 4.1.4", Status::kKeyUnknown, [] { return ByKid(R"("ED")"); }},
	{"kid of a million bytes", "resource exhaustion", Status::kKeyUnknown,
	 [] { return ByKid("\"" + std::string(1'000'000, 'k') + "\""); }},
	{"kid as a number", "RFC 7515 4.1.4", Status::kHeaderType, [] { return ByKid("0"); }},
	{"kid as null", "RFC 7515 4.1.4", Status::kHeaderType, [] { return ByKid("null"); }},
	{"kid as an object", "RFC 7515 4.1.4", Status::kHeaderType, [] { return ByKid("{}"); }},
	{"kid of a key of another type", "RFC 8725 3.1", Status::kKeyUnfit,
	 [] { return ByKid(R"("rsa")"); }},
	{"header as an array", "RFC 7515 4", Status::kHeaderJson, [] { return Ed(R"(["EdDSA"])"); }},
	{"header as a string", "RFC 7515 4", Status::kHeaderJson, [] { return Ed(R"("EdDSA")"); }},
	{"header with bytes behind", "RFC 8259 2", Status::kHeaderJson,
	 [] { return Ed(R"({"alg":"EdDSA"}{})"); }},
	{"header with a comment", "RFC 8259 2", Status::kHeaderJson,
	 [] { return Ed(R"({"alg":"EdDSA"/**/})"); }},
	{"header with a byte order mark", "RFC 8259 8.1", Status::kHeaderJson,
	 [] { return Ed("\xef\xbb\xbf{\"alg\":\"EdDSA\"}"); }},
	{"header in UTF-16", "RFC 8259 8.1", Status::kHeaderJson,
	 [] { return Ed(std::string_view("{\0}\0", 4)); }},
	{"header that is deep", "resource exhaustion", Status::kHeaderJson,
	 [] { return With("\"x\":" + std::string(500'000, '[') + std::string(500'000, ']')); }},
	{"header with a lone surrogate", "RFC 8259 8.2", Status::kHeaderJson,
	 [] { return With(R"("x":"\ud800")"); }},
};

} // namespace

std::span<const Attack>
HeaderAttacks()
{
	return kAttacks;
}

} // namespace session_jwt
