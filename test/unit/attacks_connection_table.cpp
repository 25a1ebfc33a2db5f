// Attacks on a connection key: behaviour items 38 to 50 as refusals.
#include "attack_table.hpp"

namespace session_jwt {

namespace {

// Ed is signed by the connection key; 5 is the highest jti so far.
Status
Ed(std::string_view payload)
{
	return AtConnection(Keys().ed.Token(Algorithm::kEdDSA, payload));
}

Status
Header(std::string_view header)
{
	return AtConnection(SignedParts(Keys().ed, Algorithm::kEdDSA, header, "{\"jti\":6}"));
}

constexpr Attack kAttacks[] = {
	{"alg none", "behaviour 39; RFC 8725 3.1", Status::kAlgorithmNone,
	 [] { return Header(R"({"alg":"none"})"); }},
	{"alg of another key type", "behaviour 50", Status::kAlgorithmMismatch,
	 [] { return Header(R"({"alg":"RS256"})"); }},
	{"HS256 at an RSA key", "RFC 8725 2.1", Status::kAlgorithmMismatch,
	 [] {
		 const TestKeys &keys = Keys();
		 return AtConnection(keys.hs.Token(Algorithm::kHS256, "{}"), keys.rsa);
	 }},
	{"PS256 at an RSA key", "RFC 8725 3.1", Status::kAlgorithmMismatch,
	 [] {
		 const TestKeys &keys = Keys();
		 return AtConnection(keys.rsa.Token(Algorithm::kPS256, "{}"), keys.rsa);
	 }},
	{"crit", "behaviour 39", Status::kHeaderCritical,
	 [] { return Header(R"({"crit":["exp"],"exp":1})"); }},
	{"b64 false", "RFC 7797 3", Status::kHeaderB64, [] { return Header(R"({"b64":false})"); }},
	{"header that is no JSON", "behaviour 39", Status::kHeaderJson, [] { return Header("JWT"); }},
	{"header named twice", "RFC 7515 4", Status::kHeaderDuplicate,
	 [] { return Header(R"({"alg":"EdDSA","alg":"EdDSA"})"); }},
	{"secret as the connection key", "behaviour 18", Status::kJwkType,
	 [] { return AtConnection("a.b.c", Keys().hs); }},
	{"P-384 as the connection key", "behaviour 18", Status::kJwkType,
	 [] { return AtConnection("a.b.c", Keys().es384); }},
	{"zero-filled signature", "behaviour 41", Status::kSignatureLength,
	 [] {
		 const std::string token = Keys().ed.Token(Algorithm::kEdDSA, "{\"jti\":6}");
		 const std::string signature = FromBase64Url(token.substr(token.rfind('.') + 1));
		 return AtConnection(WithSignature(token, signature.substr(0, 63)));
	 }},
	{"another key", "behaviour 42", Status::kSignature,
	 [] { return AtConnection(Keys().other_ed.Token(Algorithm::kEdDSA, "{\"jti\":6}")); }},
	{"jti absent", "behaviour 44", Status::kJtiType, [] { return Ed("{}"); }},
	{"jti as a string", "behaviour 44", Status::kJtiType, [] { return Ed("{\"jti\":\"6\"}"); }},
	{"jti as a float", "behaviour 44", Status::kJtiType, [] { return Ed("{\"jti\":6.0}"); }},
	{"jti with an exponent", "behaviour 44", Status::kJtiType, [] { return Ed("{\"jti\":6e0}"); }},
	{"jti beyond int64", "behaviour 44", Status::kJtiType,
	 [] { return Ed("{\"jti\":9223372036854775808}"); }},
	{"jti null", "behaviour 44", Status::kJtiType, [] { return Ed("{\"jti\":null}"); }},
	{"jti of an older token", "behaviour 45", Status::kJtiOrder, [] { return Ed("{\"jti\":4}"); }},
	{"jti again", "behaviour 45", Status::kJtiOrder, [] { return Ed("{\"jti\":5}"); }},
	{"jti negative", "behaviour 45", Status::kJtiOrder,
	 [] { return Ed("{\"jti\":-9223372036854775808}"); }},
	{"expired", "behaviour 47", Status::kExpired, [] { return Ed("{\"jti\":6,\"exp\":1}"); }},
	{"not yet valid", "behaviour 46", Status::kNotYetValid,
	 [] { return Ed("{\"jti\":6,\"nbf\":9999999999}"); }},
	{"jti twice", "behaviour 52", Status::kPayloadDuplicate,
	 [] { return Ed("{\"jti\":6,\"jti\":7}"); }},
};

} // namespace

std::span<const Attack>
ConnectionAttacks()
{
	return kAttacks;
}

} // namespace session_jwt
