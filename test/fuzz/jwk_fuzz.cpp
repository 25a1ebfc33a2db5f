// Property: a JWK that is accepted, written anew from its material in the shortest form, is read as
// the same key; its thumbprint is the digest of that form (RFC 7638); with a private member it is
// refused; its material is what OpenSSL takes for a point of the curve or a modulus in range; its
// certificate members are what they must be; reading it again, or without regard to its usage,
// gives the same key. What is refused has no key.
//
// Input: rules, then a JWK; or (bit 2) which key of a test to take, and what to change its members
// with.
#include "property.hpp"
#include "script.hpp"

#include "core/base64url.hpp"
#include "core/jwk.hpp"

#include <memory>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

using namespace session_jwt;

namespace {

// Parsed is a JWK with the document that it came from.
struct Parsed {
	Parsed(const std::string &text, const JwkRules &rules)
	{
		if (document.Parse(text) == JsonError::kNone) {
			jwk = ParseJwk(document, document.root(), rules);
		}
		Must(ERR_peek_error() == 0, "OpenSSL's error queue is empty");
		Must((jwk.status == Status::kOk) == (jwk.key != nullptr), "a key if and only if good");
		Must(jwk.key == nullptr || (jwk.key->algorithms() & jwk.algorithms) == jwk.algorithms,
			 "algorithms of its type");
		Must((jwk.status == Status::kOk) == (jwk.algorithms != 0), "algorithms likewise");
		Must((jwk.status == Status::kOk) == (jwk.thumbprint.size() == 43), "thumbprint likewise");
	}

	const JsonNode *
	Member(std::string_view name) const
	{
		return document.Member(document.root(), name);
	}

	std::string
	Bytes(std::string_view name, bool is_number = false) const
	{
		const JsonNode *member = Member(name);
		std::string bytes;
		Must(member != nullptr && DecodeBase64Url(member->text, &bytes), "material is base64url");
		if (is_number) {
			bytes.erase(0, bytes.find_first_not_of('\0'));
		}
		return bytes;
	}

	JsonDocument document;
	Jwk jwk;
};

// Canonical writes the required members in order (RFC 7638 section 3).
std::string
Canonical(const Parsed &parsed)
{
	const auto member = [&](std::string_view name) {
		const bool is_number = name == "n" || name == "e";
		return "\"" + std::string(name) + "\":\"" + EncodeBase64Url(parsed.Bytes(name, is_number)) +
			   "\"";
	};
	const std::string crv = "\"crv\":\"" + std::string(parsed.jwk.crv) + "\",";
	if (parsed.jwk.kty == "OKP") {
		return "{" + crv + "\"kty\":\"OKP\"," + member("x") + "}";
	}
	if (parsed.jwk.kty == "EC") {
		return "{" + crv + "\"kty\":\"EC\"," + member("x") + "," + member("y") + "}";
	}
	return parsed.jwk.kty == "RSA" ? "{" + member("e") + ",\"kty\":\"RSA\"," + member("n") + "}"
								   : "{" + member("k") + ",\"kty\":\"oct\"}";
}

std::string
Digest(const std::string &text)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	Must(EVP_Digest(text.data(), text.size(), digest, &len, EVP_sha256(), nullptr) == 1, "digest");
	return EncodeBase64Url(Text(digest, len));
}

bool
IsOnCurve(std::string_view crv, const std::string &point)
{
	const int nid = crv == "P-256"   ? NID_X9_62_prime256v1
					: crv == "P-384" ? NID_secp384r1
									 : NID_secp521r1;
	const std::unique_ptr<EC_GROUP, decltype(&EC_GROUP_free)> group(EC_GROUP_new_by_curve_name(nid),
																	EC_GROUP_free);
	const std::unique_ptr<EC_POINT, decltype(&EC_POINT_free)> made(EC_POINT_new(group.get()),
																   EC_POINT_free);
	const std::string text = "\x04" + point;
	const bool is_on =
		EC_POINT_oct2point(group.get(), made.get(), reinterpret_cast<const uint8_t *>(text.data()),
						   text.size(), nullptr) == 1 &&
		EC_POINT_is_on_curve(group.get(), made.get(), nullptr) == 1;
	ERR_clear_error();
	return is_on;
}

void
CheckMaterial(const Parsed &parsed)
{
	const Jwk &jwk = parsed.jwk;
	const bool is_good = jwk.status == Status::kOk;
	if (jwk.kty == "EC" && (is_good || jwk.status == Status::kJwkPoint)) {
		Must(is_good == IsOnCurve(jwk.crv, parsed.Bytes("x") + parsed.Bytes("y")), "on the curve");
	} else if (jwk.kty == "RSA" && is_good) {
		const std::string n = parsed.Bytes("n", true);
		const std::string e = parsed.Bytes("e", true);
		const std::unique_ptr<BIGNUM, decltype(&BN_free)> modulus(
			BN_bin2bn(reinterpret_cast<const uint8_t *>(n.data()), static_cast<int>(n.size()),
					  nullptr),
			BN_free);
		const int bits = BN_num_bits(modulus.get());
		Must(bits == jwk.bits && bits == jwk.key->bits() && bits >= 2048 && bits <= 8192,
			 "size of the modulus");
		Must(BN_is_odd(modulus.get()) == 1, "odd modulus");
		Must((e.back() & 1) == 1 && e != "\x01" && e.size() <= 8, "exponent");
	} else if (jwk.kty == "oct" && is_good) {
		Must(jwk.key->bits() == jwk.bits, "size of the secret, as reported");
		Must(parsed.Bytes("k").size() >= 32, "size of the secret");
		Must((jwk.algorithms & ~kHmacAlgorithms) == 0, "a secret does HMAC alone");
	}
}

// CheckCertificates reads x5c with OpenSSL's base64, and the digests' lengths.
void
CheckCertificates(const Parsed &parsed)
{
	for (const char *name : {"x5t", "x5t#S256"}) {
		const size_t size = std::string_view(name) == "x5t" ? 20 : 32;
		const size_t len = parsed.Member(name) == nullptr ? size : parsed.Bytes(name).size();
		Must(len == size || len == 2 * size, "a digest, or its digits");
	}
	const JsonNode *x5c = parsed.Member("x5c");
	if (x5c == nullptr) {
		return;
	}
	const JsonNode *entry = parsed.document.NextChild(*x5c, nullptr);
	Must(x5c->type == JsonType::kArray && entry != nullptr, "x5c is an array");
	for (; entry != nullptr; entry = parsed.document.NextChild(*x5c, entry)) {
		std::string bytes(entry->text.size(), '\0');
		Must(entry->type == JsonType::kString &&
				 EVP_DecodeBlock(reinterpret_cast<uint8_t *>(bytes.data()),
								 reinterpret_cast<const uint8_t *>(entry->text.data()),
								 static_cast<int>(entry->text.size())) > 0,
			 "x5c is base64");
	}
}

void
CheckAccepted(const Parsed &parsed, std::string text, JwkRules rules)
{
	const Jwk &jwk = parsed.jwk;
	const std::string canonical = Canonical(parsed);
	Must(Digest(canonical) == jwk.thumbprint, "thumbprint");
	const Parsed anew(canonical, rules);
	Must(anew.jwk.thumbprint == jwk.thumbprint && anew.jwk.bits == jwk.bits, "read anew");
	Must((jwk.algorithms & ~anew.jwk.algorithms) == 0, "alg only restricts");

	text.insert(text.rfind('}'), ",\"d\":\"\"");
	Must(Parsed(text, rules).jwk.status == Status::kJwkPrivate, "no private member");
	if (!rules.ignore_usage) {
		CheckCertificates(parsed);
	}
	rules.ignore_usage = true;
	text.erase(text.rfind(",\"d\":\"\""), 7);
	Must(Parsed(text, rules).jwk.thumbprint == jwk.thumbprint, "usage only restricts");
}

// FromTest returns the JWK of a test's key, the bytes of its members changed.
std::string
FromTest(unsigned index, std::string_view change)
{
	constexpr std::string_view kNames[] = {"ed", "rsa", "es256", "es384", "es512", "hs"};
	const TestKey &key = *NamedKey(kNames[index % std::size(kNames)]);
	JsonDocument document;
	Must(document.Parse(key.Jwk()) == JsonError::kNone, "a test's key is JSON");
	std::string jwk = "{\"kid\":\"a\"";
	const JsonNode *member = document.NextChild(document.root(), nullptr);
	for (; member != nullptr; member = document.NextChild(document.root(), member)) {
		std::string bytes(member->text);
		const bool is_material = member->name.size() == 1;
		if (is_material) {
			bytes = FromBase64Url(member->text);
			for (char &c : bytes) {
				c = static_cast<char>(c ^ (change.empty() ? '\0' : change.front()));
				change.remove_prefix(change.empty() ? 0 : 1);
			}
		}
		jwk += ",\"" + std::string(member->name) + "\":\"" +
			   (is_material ? EncodeBase64Url(bytes) : bytes) + "\"";
	}
	return jwk + "}";
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2) {
		return 0;
	}
	JwkRules rules;
	rules.allow_hmac = data[0] & 1;
	rules.ignore_usage = data[0] & 2;
	const std::string text = (data[0] & 4) != 0 ? FromTest(data[1], Text(data + 2, size - 2))
												: std::string(Text(data + 1, size - 1));
	const Parsed parsed(text, rules);
	const Parsed again(text, rules);
	Must(parsed.jwk.status == again.jwk.status && parsed.jwk.thumbprint == again.jwk.thumbprint &&
			 std::string_view(parsed.jwk.member) == again.jwk.member,
		 "the same again");
	if (parsed.document.empty()) {
		return 0;
	}
	CheckMaterial(parsed);
	if (parsed.jwk.status == Status::kOk) {
		CheckAccepted(parsed, text, rules);
	}
	return 0;
}
