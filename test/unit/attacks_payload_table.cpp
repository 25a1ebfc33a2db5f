// Attacks by what the payload is made of, and by its claims. All are signed by a trusted key, as an
// identity provider that can be talked into signing them would.
#include "attack_table.hpp"

namespace session_jwt {

namespace {

Status
Ed(std::string_view payload)
{
	return AtRegistry(Keys().ed.Token(Algorithm::kEdDSA, payload, Kid("ed")));
}

// With adds members to good claims.
Status
With(std::string_view extra)
{
	return Ed(Claims(extra));
}

// Dated has no dates but `dates`.
Status
Dated(std::string_view dates)
{
	return Ed("{\"iss\":\"" + std::string(kIssuer) + "\"" + std::string(dates) + "}");
}

// For presents a token to an issuer that asks for the audience "api".
Status
For(std::string_view extra)
{
	TestRow row(PublicSet());
	row.audiences = {"api"};
	return Present(row, Keys().ed.Token(Algorithm::kEdDSA, Claims(extra), Kid("ed"))).status;
}

std::string
Repeated(std::string_view text, size_t count)
{
	std::string out;
	for (size_t i = 0; i < count; i++) {
		out += text;
	}
	return out;
}

constexpr Attack kAttacks[] = {
	{"payload as an array", "RFC 7519 7.2", Status::kPayloadJson, [] { return Ed("[]"); }},
	{"payload as text", "RFC 7519 7.2", Status::kPayloadJson, [] { return Ed("sub=user"); }},
	{"payload with bytes behind", "RFC 8259 2", Status::kPayloadJson,
	 [] { return Ed(Claims() + Claims()); }},
	{"payload cut short", "RFC 8259 2", Status::kPayloadJson,
	 [] { return Ed(Claims().substr(0, Claims().size() - 1)); }},
	{"single quotes", "RFC 8259 7", Status::kPayloadJson, [] { return Ed("{'sub':'user'}"); }},
	{"trailing comma", "RFC 8259 4", Status::kPayloadJson, [] { return Ed("{\"sub\":\"a\",}"); }},
	{"byte order mark", "RFC 8259 8.1", Status::kPayloadJson,
	 [] { return Ed("\xef\xbb\xbf" + Claims()); }},
	{"overlong UTF-8", "RFC 3629 3", Status::kPayloadJson,
	 [] { return With("\"x\":\"\xc0\xaf\""); }},
	{"surrogate in UTF-8", "RFC 3629 3", Status::kPayloadJson,
	 [] { return With("\"x\":\"\xed\xa0\x80\""); }},
	{"byte 0xFF", "RFC 3629 3", Status::kPayloadJson, [] { return With("\"x\":\"\xff\""); }},
	{"lone surrogate", "RFC 8259 8.2", Status::kPayloadJson,
	 [] { return With(R"("x":"\udc00")"); }},
	{"half a pair", "RFC 8259 8.2", Status::kPayloadJson,
	 [] { return With(R"("x":"\ud83d\u0041")"); }},
	{"control character", "RFC 8259 7", Status::kPayloadJson, [] { return With("\"x\":\"\n\""); }},
	{"NaN", "RFC 8259 6", Status::kPayloadJson, [] { return With("\"x\":NaN"); }},
	{"leading zero", "RFC 8259 6", Status::kPayloadJson, [] { return With("\"x\":017"); }},
	{"number of a million digits", "resource exhaustion", Status::kPayloadJson,
	 [] { return With("\"x\":" + std::string(1'000'000, '9')); }},
	{"exponent of a billion", "resource exhaustion", Status::kPayloadJson,
	 [] { return With("\"x\":1e1000000000"); }},
	{"exponent of a billion below", "resource exhaustion", Status::kPayloadJson,
	 [] { return With("\"x\":1e-1000000000"); }},
	{"exp of a billion digits", "resource exhaustion", Status::kPayloadJson,
	 [] { return Dated(",\"exp\":1e1000000000"); }},
	{"escaped NUL in sub", "behaviour 53", Status::kPayloadNul,
	 [] { return With(R"("o":{"id":"admin\u0000"})"); }},
	{"escaped NUL in a name", "behaviour 53", Status::kPayloadNul,
	 [] { return With(R"("x\u0000":1)"); }},
	{"deep array", "resource exhaustion", Status::kPayloadDepth,
	 [] { return With("\"x\":" + std::string(128, '[') + std::string(128, ']')); }},
	{"very deep array", "resource exhaustion", Status::kPayloadDepth,
	 [] { return With("\"x\":" + std::string(400'000, '[') + std::string(400'000, ']')); }},
	{"very deep object", "resource exhaustion", Status::kPayloadDepth,
	 [] {
		 return With("\"x\":" + Repeated("{\"x\":", 100'000) + "1" + std::string(100'000, '}'));
	 }},
	{"sub twice", "RFC 7519 4", Status::kPayloadDuplicate,
	 [] { return With("\"sub\":\"admin\""); }},
	{"sub twice, once escaped", "RFC 7519 4", Status::kPayloadDuplicate,
	 [] { return With(R"("\u0073ub":"admin")"); }},
	{"exp twice", "RFC 7519 4", Status::kPayloadDuplicate,
	 [] { return With("\"exp\":9999999999"); }},
	{"iss twice", "RFC 7519 4", Status::kPayloadDuplicate,
	 [] { return With("\"iss\":\"https://evil.example/\""); }},
	{"iss absent", "RFC 8725 3.8", Status::kIssuerMissing, [] { return Ed("{\"sub\":\"user\"}"); }},
	{"iss null", "RFC 7519 4.1.1", Status::kIssuerMissing, [] { return Ed("{\"iss\":null}"); }},
	{"iss as an array", "RFC 7519 4.1.1", Status::kIssuerMissing,
	 [] { return Ed("{\"iss\":[\"" + std::string(kIssuer) + "\"]}"); }},
	{"exp absent", "RFC 8725 3.10", Status::kExpMissing, [] { return Dated(""); }},
	{"exp null", "RFC 7519 4.1.4", Status::kExpType, [] { return Dated(",\"exp\":null"); }},
	{"exp as a string", "RFC 7519 4.1.4", Status::kExpType,
	 [] { return Dated(",\"exp\":\"9999999999\""); }},
	{"exp true", "RFC 7519 4.1.4", Status::kExpType, [] { return Dated(",\"exp\":true"); }},
	{"exp long past", "RFC 7519 4.1.4", Status::kExpired, [] { return Dated(",\"exp\":1"); }},
	{"exp zero", "RFC 7519 4.1.4", Status::kExpired, [] { return Dated(",\"exp\":0"); }},
	{"exp negative", "RFC 7519 4.1.4", Status::kExpired, [] { return Dated(",\"exp\":-1e300"); }},
	{"exp just above zero", "RFC 7519 4.1.4", Status::kExpired,
	 [] { return Dated(",\"exp\":1e-300"); }},
	{"nbf to come", "RFC 7519 4.1.5", Status::kNotYetValid,
	 [] { return With("\"nbf\":9999999999"); }},
	{"nbf huge", "RFC 7519 4.1.5", Status::kNotYetValid, [] { return With("\"nbf\":1e300"); }},
	{"nbf as a string", "RFC 7519 4.1.5", Status::kNbfType, [] { return With("\"nbf\":\"0\""); }},
	{"nbf null", "RFC 7519 4.1.5", Status::kNbfType, [] { return With("\"nbf\":null"); }},
	{"aud absent", "RFC 8725 3.9", Status::kAudienceMissing, [] { return For(""); }},
	{"aud null", "RFC 8725 3.9", Status::kAudienceMissing, [] { return For("\"aud\":null"); }},
	{"aud empty", "RFC 8725 3.9", Status::kAudienceMissing, [] { return For("\"aud\":[]"); }},
	{"aud of another service", "RFC 8725 3.9", Status::kAudienceForeign,
	 [] { return For("\"aud\":\"other\""); }},
	{"aud in another case", "RFC 8725 3.9", Status::kAudienceForeign,
	 [] { return For("\"aud\":\"API\""); }},
	{"aud that begins alike", "RFC 8725 3.9", Status::kAudienceForeign,
	 [] { return For("\"aud\":\"api.evil.example\""); }},
	{"aud within an array within an array", "RFC 7519 4.1.3", Status::kAudienceForeign,
	 [] { return For("\"aud\":[[\"api\"]]"); }},
	{"aud as an object", "RFC 7519 4.1.3", Status::kAudienceForeign,
	 [] { return For("\"aud\":{\"api\":true}"); }},
};

} // namespace

std::span<const Attack>
PayloadAttacks()
{
	return kAttacks;
}

} // namespace session_jwt
