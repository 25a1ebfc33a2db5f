// Attacks by key sets and rows: weak, broken and private keys, and rows that hold none.
#include "attack_table.hpp"

#include "core/base64url.hpp"

namespace session_jwt {

namespace {

std::string
Rsa(std::string_view n, std::string_view e)
{
	return R"({"kty":"RSA","n":")" + EncodeBase64Url(n) + R"(","e":")" + EncodeBase64Url(e) + "\"}";
}

std::string
Okp(std::string_view x)
{
	return R"({"kty":"OKP","crv":"Ed25519","x":")" + EncodeBase64Url(x) + "\"}";
}

std::string
Ec(std::string_view x, std::string_view y)
{
	return R"({"kty":"EC","crv":"P-256","x":")" + EncodeBase64Url(x) + R"(","y":")" +
		   EncodeBase64Url(y) + "\"}";
}

// Ed returns the good Ed25519 key with more members.
std::string
Ed(std::string_view extra)
{
	return Keys().ed.Jwk(extra);
}

Status
Hmac(size_t len, std::string_view algorithm)
{
	TestRow row(TestKey::Hmac(len).Jwk("\"alg\":\"" + std::string(algorithm) + "\""));
	row.algorithms = {algorithm};
	return CheckIssuerRow(row.View()).status;
}

std::string
ManyKeys(size_t count)
{
	std::string set = "{\"keys\":[" + Keys().ed.Jwk();
	for (size_t i = 1; i < count; i++) {
		set += "," + Keys().ed.Jwk();
	}
	return set + "]}";
}

// WrittenFor has a row checked that lists `algorithm`.
Status
WrittenFor(std::string jwks, std::string_view algorithm)
{
	TestRow row(std::move(jwks));
	row.algorithms = {algorithm};
	return CheckIssuerRow(row.View()).status;
}

Status
PresentedTo(TestRow row)
{
	return Present(row, Keys().ed.Token(Algorithm::kEdDSA, Claims())).status;
}

Status
Discovered(std::string_view text)
{
	return ReadDiscovery(text, kIssuer).status;
}

constexpr Attack kAttacks[] = {
	{"no JSON", "RFC 7517 4", Status::kJwkJson,
	 [] { return AtWrite("-----BEGIN PUBLIC KEY-----"); }},
	{"array form", "behaviour 18", Status::kJwkJson,
	 [] { return AtWrite(R"(["OKP","Ed25519","AAAA"])"); }},
	{"member twice", "RFC 7517 4", Status::kJwkDuplicate,
	 [] { return AtWrite(Ed(R"("kty":"OKP")")); }},
	{"member twice, once escaped", "RFC 7517 4", Status::kJwkDuplicate,
	 [] { return AtWrite(Ed(R"("\u0078":"AAAA")")); }},
	{"keys twice", "RFC 7517 5", Status::kJwkDuplicate,
	 [] { return AtWrite("{\"keys\":[],\"keys\":[" + Ed("") + "]}"); }},
	{"kty absent", "RFC 7517 4.1", Status::kJwkMember, [] { return AtWrite("{}"); }},
	{"keys as an object", "RFC 7517 5.1", Status::kJwkMember,
	 [] { return AtWrite("{\"keys\":{}}"); }},
	{"x too short", "RFC 8037 2", Status::kJwkMember,
	 [] { return AtWrite(Okp(Keys().ed.Raw("x").substr(1))); }},
	{"x padded", "RFC 8037 2", Status::kJwkMember,
	 [] { return AtWrite(R"({"kty":"OKP","crv":"Ed25519","x":"AA=="})"); }},
	{"EC coordinate with a zero in front", "RFC 7518 6.2.1.2", Status::kJwkMember,
	 [] {
		 return AtWrite(Ec(std::string(1, '\0') + Keys().es256.Raw("x"), Keys().es256.Raw("y")));
	 }},
	{"kty of another kind", "RFC 7517 4.1", Status::kJwkType,
	 [] { return AtWrite(R"({"kty":"LWE"})"); }},
	{"curve secp256k1", "RFC 8812", Status::kJwkType,
	 [] { return AtWrite(R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})"); }},
	{"curve Ed448", "RFC 8037 2", Status::kJwkType,
	 [] { return AtWrite(R"({"kty":"OKP","crv":"Ed448","x":"AA"})"); }},
	{"private Ed25519 key", "RFC 8037 2", Status::kJwkPrivate,
	 [] { return AtWrite(Ed(R"("d":"AAAA")")); }},
	{"private RSA member", "RFC 7518 6.3.2", Status::kJwkPrivate,
	 [] { return AtWrite(Keys().rsa.Jwk(R"("qi":"AAAA")")); }},
	{"private key beside a good one", "RFC 7517 9.2", Status::kJwkPrivate,
	 [] {
		 return AtWrite(JwkSet({Keys().rsa.Jwk(), Ed(R"("d":"AAAA")")}));
	 }},
	{"identity point", "RFC 8032 5.1.7", Status::kJwkPoint,
	 [] { return AtWrite(Okp(std::string(1, '\1') + std::string(31, '\0'))); }},
	{"point of order 4", "RFC 8032 8.1", Status::kJwkPoint,
	 [] { return AtWrite(Okp(std::string(32, '\0'))); }},
	{"not a point", "RFC 8032 5.1.3", Status::kJwkPoint,
	 [] { return AtWrite(Okp(std::string(1, '\2') + std::string(31, '\0'))); }},
	{"non-canonical point", "RFC 8032 5.1.3", Status::kJwkPoint,
	 [] { return AtWrite(Okp(std::string(31, '\xff') + '\x7f')); }},
	{"point off the curve", "RFC 8725 3.4", Status::kJwkPoint,
	 [] { return AtWrite(Ec(Keys().es256.Raw("x"), Keys().other_es256.Raw("y"))); }},
	{"point (0, 0)", "RFC 8725 3.4", Status::kJwkPoint,
	 [] { return AtWrite(Ec(std::string(32, '\0'), std::string(32, '\0'))); }},
	{"RSA of 1024 bits", "RFC 7518 3.3", Status::kJwkRsaSize,
	 [] { return AtWrite(TestKey::Rsa(1024).Jwk()); }},
	{"RSA of 1024 bits with zeros in front", "RFC 7518 3.3", Status::kJwkRsaSize,
	 [] { return AtWrite(Rsa(std::string(128, '\0') + TestKey::Rsa(1024).Raw("n"), "\3")); }},
	{"RSA of 16384 bits", "resource exhaustion", Status::kJwkRsaSize,
	 [] { return AtWrite(Rsa(std::string(2048, '\xff'), "\3")); }},
	{"RSA exponent 1", "RFC 8017 3.1", Status::kJwkRsaExponent,
	 [] { return AtWrite(Rsa(Keys().rsa.Raw("n"), "\1")); }},
	{"RSA exponent even", "RFC 8017 3.1", Status::kJwkRsaExponent,
	 [] { return AtWrite(Rsa(Keys().rsa.Raw("n"), "\4")); }},
	{"RSA exponent 0", "RFC 8017 3.1", Status::kJwkRsaExponent,
	 [] { return AtWrite(Rsa(Keys().rsa.Raw("n"), std::string(1, '\0'))); }},
	{"RSA exponent of 2048 bits", "resource exhaustion", Status::kJwkRsaExponent,
	 [] { return AtWrite(Rsa(Keys().rsa.Raw("n"), Keys().rsa.Raw("n"))); }},
	{"secret of 31 bytes", "RFC 7518 3.2", Status::kJwkHmacSize, [] { return Hmac(31, "HS256"); }},
	{"secret shorter than its hash", "RFC 7518 3.2", Status::kJwkHmacSize,
	 [] { return Hmac(32, "HS512"); }},
	{"secret where none is listed", "RFC 8725 2.1", Status::kJwkHmacUnlisted,
	 [] { return AtWrite(Keys().hs.Jwk()); }},
	{"key for encryption", "RFC 7517 4.2", Status::kJwkUse,
	 [] { return AtWrite(Ed(R"("use":"enc")")); }},
	{"key for signing alone", "RFC 7517 4.3", Status::kJwkUse,
	 [] { return AtWrite(Ed(R"("key_ops":["sign"])")); }},
	{"alg of another kty", "RFC 8725 3.1", Status::kJwkAlgorithm,
	 [] { return AtWrite(Keys().rsa.Jwk(R"("alg":"HS256")")); }},
	{"alg of another curve", "RFC 7518 3.4", Status::kJwkAlgorithm,
	 [] { return AtWrite(Keys().es256.Jwk(R"("alg":"ES384")")); }},
	{"alg none", "RFC 8725 3.1", Status::kJwkAlgorithm,
	 [] { return AtWrite(Ed(R"("alg":"none")")); }},
	{"empty set", "RFC 7517 5.1", Status::kJwkSetEmpty, [] { return AtWrite("{\"keys\":[]}"); }},
	{"101 keys", "resource exhaustion", Status::kJwkSetTooMany,
	 [] { return AtWrite(ManyKeys(101)); }},
	{"no key to verify with", "RFC 7517 5", Status::kJwkSetUnusable,
	 [] {
		 return AtWrite(JwkSet({Ed(R"("use":"enc")"), R"({"kty":"LWE"})"}));
	 }},
	{"no key for what is listed", "RFC 8725 3.1", Status::kJwkSetUnusable,
	 [] { return WrittenFor(JwkSet({Keys().ed.Jwk()}), "RS256"); }},
	{"the one key is not for what is listed", "RFC 8725 3.1", Status::kAlgorithmNotAllowed,
	 [] { return WrittenFor(Keys().ed.Jwk(), "RS256"); }},
	{"row that lists none", "RFC 8725 3.1", Status::kAlgorithmUnknown,
	 [] { return WrittenFor(PublicSet(), "none"); }},
	{"row that lists an unknown name", "RFC 8725 3.1", Status::kAlgorithmUnknown,
	 [] { return WrittenFor(PublicSet(), "rs256"); }},
	{"configuration that is no JSON", "OIDC Discovery 4.2", Status::kDiscoveryJson,
	 [] { return Discovered("<html>"); }},
	{"configuration of another issuer", "OIDC Discovery 4.3", Status::kDiscoveryIssuer,
	 [] { return Discovered(R"({"issuer":"https://evil.example/","jwks_uri":"https://x/"})"); }},
	{"configuration without the last slash", "OIDC Discovery 4.3", Status::kDiscoveryIssuer,
	 [] { return Discovered(R"({"issuer":"https://idp.example","jwks_uri":"https://x/"})"); }},
	{"configuration without jwks_uri", "OIDC Discovery 3", Status::kDiscoveryUri,
	 [] { return Discovered(R"({"issuer":"https://idp.example/"})"); }},
	{"row without keys", "fail closed", Status::kIssuerNoKeys,
	 [] { return PresentedTo(TestRow("")); }},
	{"row with a broken set", "fail closed", Status::kIssuerNoKeys,
	 [] { return PresentedTo(TestRow("{\"keys\":")); }},
	{"row with a private key", "RFC 7517 9.2", Status::kIssuerNoKeys,
	 [] { return PresentedTo(TestRow(Ed(R"("d":"AAAA")"))); }},
	{"row that is disabled", "fail closed", Status::kIssuerDisabled,
	 [] {
		 TestRow row(PublicSet());
		 row.is_enabled = false;
		 return PresentedTo(row);
	 }},
};

} // namespace

std::span<const Attack>
KeyAttacks()
{
	return kAttacks;
}

} // namespace session_jwt
