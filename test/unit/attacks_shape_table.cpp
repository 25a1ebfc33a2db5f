// Attacks on the shape of a token: parts, encoding, size.
#include "attack_table.hpp"

#include "core/base64url.hpp"

namespace session_jwt {

namespace {

std::string
Good()
{
	return Keys().ed.Token(Algorithm::kEdDSA, Claims(), Kid("ed"));
}

// Inserted returns a good token with `text` before its first, second or third part.
std::string
Inserted(int part, std::string_view text)
{
	std::string token = Good();
	size_t at = 0;
	for (int i = 0; i < part; i++) {
		at = token.find('.', at) + 1;
	}
	return token.insert(at, text);
}

// Appended returns a good token with `text` behind its first or second part.
std::string
Appended(int part, std::string_view text)
{
	std::string token = Good();
	return token.insert(part == 0 ? token.find('.') : token.rfind('.'), text);
}

// WithTrailingBit sets the lowest of the bits that the last character of a 64-byte signature does
// not use: a lax decoder reads the same bytes.
std::string
WithTrailingBit()
{
	constexpr std::string_view kAlphabet =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	std::string token = Good();
	token.back() = kAlphabet[kAlphabet.find(token.back()) + 1];
	return token;
}

std::string
Replaced(std::string token, char from, char to)
{
	for (char &c : token) {
		c = c == from ? to : c;
	}
	return token;
}

// A header of 3n + 1 bytes leaves four unused bits, which a sloppy encoder may set.
std::string
HeaderWithTrailingBits()
{
	std::string header = EncodeBase64Url("{\"alg\":\"EdDSA\" }");
	header.back() = 'R';
	const std::string input = header + "." + EncodeBase64Url(Claims());
	return input + "." + EncodeBase64Url(Keys().ed.Sign(Algorithm::kEdDSA, input));
}

constexpr Attack kAttacks[] = {
	{"empty token", "RFC 7515 7.1", Status::kTokenOpaque, [] { return AtRegistry(""); }},
	{"opaque token", "RFC 6749 1.4", Status::kTokenOpaque, [] { return AtRegistry("opaque"); }},
	{"one dot", "RFC 7515 7.1", Status::kTokenParts, [] { return AtRegistry("a.b"); }},
	{"four parts", "RFC 7515 7.1", Status::kTokenParts, [] { return AtRegistry(Good() + ".AA"); }},
	{"six parts", "RFC 7515 7.1", Status::kTokenParts,
	 [] { return AtRegistry(Good() + ".AA.AA.AA"); }},
	{"JWE shape", "RFC 7516 7.1", Status::kTokenEncrypted,
	 [] { return AtRegistry(Good() + ".AA.AA"); }},
	{"leading dot", "RFC 7515 7.1", Status::kTokenParts, [] { return AtRegistry("." + Good()); }},
	{"trailing dot", "RFC 7515 7.1", Status::kTokenParts, [] { return AtRegistry(Good() + "."); }},
	{"two dots alone", "RFC 7515 7.1", Status::kHeaderJson, [] { return AtRegistry(".."); }},
	{"a million dots", "CVE-2025-30204", Status::kTokenParts,
	 [] { return AtRegistry(std::string(1'000'000, '.')); }},
	{"empty header", "RFC 7515 4", Status::kHeaderJson,
	 [] { return AtRegistry(Good().substr(Good().find('.'))); }},
	{"empty payload", "RFC 7519 7.2", Status::kPayloadEncoding,
	 [] {
		 return AtRegistry(SignedParts(Keys().ed, Algorithm::kEdDSA, R"({"alg":"EdDSA"})", ""));
	 }},
	{"empty signature", "CVE-2020-28042", Status::kSignatureLength,
	 [] { return AtRegistry(WithSignature(Good(), "")); }},
	{"padded header", "RFC 7515 2", Status::kHeaderEncoding,
	 [] { return AtRegistry(Appended(0, "=")); }},
	{"padded payload", "RFC 7515 2", Status::kPayloadEncoding,
	 [] { return AtRegistry(Appended(1, "==")); }},
	{"padded signature", "RFC 7515 2", Status::kSignatureEncoding,
	 [] { return AtRegistry(Good() + "=="); }},
	{"space in front", "RFC 7515 2", Status::kHeaderEncoding,
	 [] { return AtRegistry(Inserted(0, " ")); }},
	{"line end behind", "RFC 7515 2", Status::kSignatureEncoding,
	 [] { return AtRegistry(Good() + "\n"); }},
	{"line end inside the payload", "RFC 7515 2", Status::kPayloadEncoding,
	 [] { return AtRegistry(Inserted(1, "\r\n")); }},
	{"NUL behind", "RFC 7515 2", Status::kSignatureEncoding,
	 [] { return AtRegistry(Good() + std::string(1, '\0')); }},
	{"Bearer in front", "RFC 6750 2.1", Status::kHeaderEncoding,
	 [] { return AtRegistry("Bearer " + Good()); }},
	{"quoted", "RFC 7515 2", Status::kHeaderEncoding,
	 [] { return AtRegistry("\"" + Good() + "\""); }},
	{"base64 alphabet", "RFC 4648 5", Status::kSignatureEncoding,
	 [] { return AtRegistry(Good().substr(0, Good().rfind('.') + 1) + std::string(86, '+')); }},
	{"percent encoding", "RFC 7515 2", Status::kHeaderEncoding,
	 [] { return AtRegistry(Inserted(0, "%65")); }},
	{"byte over 127", "RFC 7515 2", Status::kPayloadEncoding,
	 [] { return AtRegistry(Inserted(1, "\xc3\xa4")); }},
	{"trailing bits of the signature", "RFC 4648 3.5", Status::kSignatureEncoding,
	 [] { return AtRegistry(WithTrailingBit()); }},
	{"trailing bits of the header", "RFC 4648 3.5", Status::kHeaderEncoding,
	 [] { return AtRegistry(HeaderWithTrailingBits()); }},
	{"dots as commas", "RFC 7515 7.1", Status::kTokenOpaque,
	 [] { return AtRegistry(Replaced(Good(), '.', ',')); }},
	{"JSON serialization", "RFC 7515 7.2", Status::kTokenOpaque,
	 [] { return AtRegistry(R"({"payload":"e30","protected":"e30","signature":""})"); }},
};

} // namespace

std::span<const Attack>
ShapeAttacks()
{
	return kAttacks;
}

} // namespace session_jwt
