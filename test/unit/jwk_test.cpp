// JWK: what is accepted, and every refusal by name.
#include "catch.hpp"
#include "key_checks.hpp"
#include "signing.hpp"

#include "../vectors/jose.hpp"

#include "core/base64url.hpp"
#include "core/jwk.hpp"

namespace session_jwt {

namespace {

using namespace std::string_literals;

constexpr JwkRules kHmacAllowed = {true, false};
constexpr JwkRules kConnection = {false, true};

// Parse returns what was read; the document need not outlive it.
Jwk
Parse(const std::string &text, const JwkRules &rules = {})
{
	JsonDocument document;
	CAPTURE(text);
	REQUIRE(document.Parse(text) == JsonError::kNone);
	Jwk jwk = ParseJwk(document, document.root(), rules);
	CHECK((jwk.status == Status::kOk) == (jwk.key != nullptr));
	CHECK((jwk.status == Status::kOk) == (jwk.algorithms != 0));
	CHECK((jwk.status == Status::kOk) == (jwk.thumbprint.size() == 43));
	CHECK(ERR_peek_error() == 0);
	return jwk;
}

void
CheckRefused(const std::string &text, Status status, std::string_view member,
			 const JwkRules &rules = {})
{
	const Jwk jwk = Parse(text, rules);
	CAPTURE(text);
	CHECK(jwk.status == status);
	CHECK(jwk.member == member);
}

// The four kinds of key, one of each.
struct Samples {
	TestKey okp = TestKey::Ed25519();
	TestKey rsa = TestKey::Rsa();
	TestKey ec = TestKey::Ec("P-256");
	TestKey oct = TestKey::Hmac(64);
	const TestKey *all[4] = {&okp, &rsa, &ec, &oct};
};

std::string
Encoded(size_t len, char byte)
{
	return EncodeBase64Url(std::string(len, byte));
}

} // namespace

TEST_CASE("JwkRfcVectorsVerify")
{
	for (const JoseVector &vector : kJoseVectors) {
		CAPTURE(vector.name);
		const Jwk jwk = Parse(vector.jwk, kHmacAllowed);
		REQUIRE(jwk.status == Status::kOk);
		CHECK((jwk.algorithms & Bit(vector.alg)) != 0);

		const std::string_view token = vector.token;
		const size_t dot = token.rfind('.');
		const std::string_view input = token.substr(0, dot);
		std::string signature = FromBase64Url(token.substr(dot + 1));
		CHECK(VerifyClean(*jwk.key, vector.alg, input, signature) == Status::kOk);
		signature[5] = static_cast<char>(signature[5] ^ 1);
		CHECK(VerifyClean(*jwk.key, vector.alg, input, signature) == Status::kSignature);
	}
}

TEST_CASE("JwkReportsWhatItRead")
{
	const TestKey rsa = TestKey::Rsa();
	Jwk jwk = Parse(rsa.Jwk("\"kid\":\"a\\u00e9\",\"use\":\"sig\",\"alg\":\"RS256\",\"x\":[{}]"));
	REQUIRE(jwk.status == Status::kOk);
	CHECK(jwk.has_kid);
	CHECK(jwk.kid == "a\xc3\xa9");
	CHECK(jwk.kty == "RSA");
	CHECK(jwk.crv == "");
	CHECK(jwk.alg == "RS256");
	CHECK(jwk.use == "sig");
	CHECK(jwk.bits == 2048);
	CHECK(jwk.algorithms == Bit(Algorithm::kRS256));
	CHECK(jwk.member == ""s);

	jwk = Parse(TestKey::Ec("P-384").Jwk());
	CHECK_FALSE(jwk.has_kid);
	CHECK(jwk.use.empty());
	CHECK(jwk.kty == "EC");
	CHECK(jwk.crv == "P-384");
	CHECK(jwk.alg == "");
	CHECK(jwk.algorithms == Bit(Algorithm::kES384));

	jwk = Parse(TestKey::Hmac(48).Jwk(), kHmacAllowed);
	CHECK(jwk.kty == "oct");
	CHECK(jwk.bits == 384);
	CHECK(jwk.algorithms == (Bit(Algorithm::kHS256) | Bit(Algorithm::kHS384)));

	// Foreign names are not repeated.
	jwk = Parse("{\"kty\":\"<b>\",\"crv\":\"<i>\",\"alg\":\"<u>\",\"kid\":\"k\"}");
	CHECK(jwk.kty == "");
	CHECK(jwk.crv == "");
	CHECK(jwk.alg == "");
	CHECK(jwk.kid == "k");
}

// Better Auth, Entra ID and others publish keys without alg, use or kid.
TEST_CASE("JwkWithoutOptionalMembersIsAccepted")
{
	const Samples samples;
	for (const TestKey *key : samples.all) {
		const Jwk jwk = Parse(key->Jwk(), kHmacAllowed);
		CHECK(jwk.status == Status::kOk);
		CHECK(jwk.algorithms == key->Public()->algorithms());
	}
}

TEST_CASE("JwkThumbprintsOfTheRfcs")
{
	JsonDocument document;
	REQUIRE(document.Parse(kRfc7517Public) == JsonError::kNone);
	const JsonNode *keys = document.Member(document.root(), "keys");
	const JsonNode *ec = document.NextChild(*keys, nullptr);
	const JsonNode *rsa = document.NextChild(*keys, ec);
	CHECK(ParseJwk(document, *ec, {}).status == Status::kJwkUse);
	CHECK(ParseJwk(document, *rsa, {}).thumbprint == kRfc7638Thumbprint);

	for (const JoseVector &vector : kJoseVectors) {
		if (vector.name == "RFC 8037 A.4"s) {
			CHECK(Parse(vector.jwk).thumbprint == kRfc8037Thumbprint);
		}
	}
}

TEST_CASE("JwkThumbprintDependsOnTheKeyAlone")
{
	const Samples samples;
	for (const TestKey *key : samples.all) {
		const std::string plain = Parse(key->Jwk(), kHmacAllowed).thumbprint;
		CHECK(plain == Parse(key->Jwk("\"kid\":\"x\",\"use\":\"sig\""), kHmacAllowed).thumbprint);
	}
	// A leading zero byte in the modulus is not part of the number.
	const TestKey rsa = TestKey::Rsa();
	const std::string padded = "{\"kty\":\"RSA\",\"e\":\"AAEAAQ\",\"n\":\"" +
							   EncodeBase64Url("\0"s + rsa.Raw("n")) + "\"}";
	CHECK(Parse(padded).thumbprint == Parse(rsa.Jwk()).thumbprint);
	CHECK(Parse(padded).bits == 2048);
}

TEST_CASE("JwkNotAnObjectIsRefused")
{
	for (const char *text :
		 {"[]", "\"x\"", "1", "null", "true",
		  "[\"OKP\",\"Ed25519\",\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"]"}) {
		CheckRefused(text, Status::kJwkJson, "");
	}
}

TEST_CASE("JwkPrivateMembersAreRefused")
{
	const Samples samples;
	for (const TestKey *key : samples.all) {
		for (const char *member : {"d", "p", "q", "dp", "dq", "qi", "oth"}) {
			for (const char *value : {"\"AQAB\"", "null", "[]", "\"\""}) {
				const std::string extra = "\""s + member + "\":" + value;
				CheckRefused(key->Jwk(extra), Status::kJwkPrivate, member, kHmacAllowed);
				CheckRefused(key->Jwk(extra), Status::kJwkPrivate, member, kConnection);
			}
		}
		// First of all, whatever else is wrong.
		CheckRefused(key->Jwk("\"use\":\"enc\",\"d\":\"AQAB\",\"d\":\"AQAB\""), Status::kJwkPrivate,
					 "d");
	}
	CheckRefused("{\"kty\":\"AKP\",\"alg\":\"ML-DSA-44\",\"priv\":\"AA\"}", Status::kJwkPrivate,
				 "priv");
	CheckRefused("{\"kty\":\"new\",\"d\":\"AA\"}", Status::kJwkPrivate, "d");
	CheckRefused("{\"d\":\"AA\"}", Status::kJwkPrivate, "d");
	CheckRefused("{\"kty\":\"OKP\",\"\\u0064\":\"AA\"}", Status::kJwkPrivate, "d");
}

TEST_CASE("JwkDuplicateMembersAreRefused")
{
	const Samples samples;
	for (const TestKey *key : samples.all) {
		CheckRefused(key->Jwk("\"kid\":\"a\",\"kid\":\"a\""), Status::kJwkDuplicate, "",
					 kHmacAllowed);
		CheckRefused(key->Jwk("\"kty\":\"RSA\""), Status::kJwkDuplicate, "", kHmacAllowed);
		CheckRefused(key->Jwk("\"\\u006bty\":\"RSA\""), Status::kJwkDuplicate, "", kHmacAllowed);
		CheckRefused(key->Jwk("\"zzz\":1,\"zzz\":2"), Status::kJwkDuplicate, "", kConnection);
	}
}

TEST_CASE("JwkTypeIsRequiredAndKnown")
{
	CheckRefused("{}", Status::kJwkMember, "kty");
	CheckRefused("{\"kty\":1}", Status::kJwkMember, "kty");
	CheckRefused("{\"kty\":null}", Status::kJwkMember, "kty");
	for (const char *kty : {"", "rsa", "Oct", "AKP", "EC2", "RSA "}) {
		CheckRefused("{\"kty\":\""s + kty + "\"}", Status::kJwkType, "kty");
	}
	for (const char *crv : {"Ed448", "X25519", "ed25519", ""}) {
		CheckRefused("{\"kty\":\"OKP\",\"crv\":\""s + crv + "\",\"x\":\"AA\"}", Status::kJwkType,
					 "crv");
	}
	for (const char *crv : {"secp256k1", "P-192", "Ed25519", ""}) {
		CheckRefused("{\"kty\":\"EC\",\"crv\":\""s + crv + "\",\"x\":\"AA\",\"y\":\"AA\"}",
					 Status::kJwkType, "crv");
	}
	CheckRefused("{\"kty\":\"OKP\",\"x\":\"AA\"}", Status::kJwkMember, "crv");
	CheckRefused("{\"kty\":\"OKP\",\"crv\":[],\"x\":\"AA\"}", Status::kJwkMember, "crv");
	CheckRefused("{\"kty\":\"EC\",\"crv\":7}", Status::kJwkMember, "crv");
}

TEST_CASE("JwkMembersMustBeStrictBase64Url")
{
	const std::string ok32 = Encoded(32, 'a');
	for (const std::string &bad : {""s, "="s, "A"s, ok32 + "="s, ok32 + "\\n"s, " "s + ok32,
								   ok32.substr(0, 42) + "+"s, ok32.substr(0, 42) + "x"s}) {
		CAPTURE(bad);
		CheckRefused("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + bad + "\"}",
					 Status::kJwkMember, "x");
		CheckRefused("{\"kty\":\"RSA\",\"n\":\"" + bad + "\",\"e\":\"AQAB\"}", Status::kJwkMember,
					 "n");
		CheckRefused("{\"kty\":\"RSA\",\"n\":\"" + ok32 + "\",\"e\":\"" + bad + "\"}",
					 Status::kJwkMember, "e");
		CheckRefused("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" + ok32 + "\",\"y\":\"" + bad +
						 "\"}",
					 Status::kJwkMember, "y");
		CheckRefused("{\"kty\":\"oct\",\"k\":\"" + bad + "\"}", Status::kJwkMember, "k",
					 kHmacAllowed);
	}
	CheckRefused("{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", Status::kJwkMember, "x");
	CheckRefused("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":5}", Status::kJwkMember, "x");
	CheckRefused("{\"kty\":\"RSA\",\"e\":\"AQAB\"}", Status::kJwkMember, "n");
	CheckRefused("{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":65537}", Status::kJwkMember, "e");
	CheckRefused("{\"kty\":\"EC\",\"crv\":\"P-256\",\"y\":\"AA\"}", Status::kJwkMember, "x");
	CheckRefused("{\"kty\":\"oct\"}", Status::kJwkMember, "k", kHmacAllowed);
}

TEST_CASE("JwkLimitsOfKeysNameTheMember")
{
	const TestKey ec = TestKey::Ec("P-256");
	const auto ec_jwk = [](const std::string &x, const std::string &y) {
		return "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" + EncodeBase64Url(x) + "\",\"y\":\"" +
			   EncodeBase64Url(y) + "\"}";
	};
	CheckRefused(TestKey::Rsa(1024).Jwk(), Status::kJwkRsaSize, "n");
	CHECK(Parse(TestKey::Rsa(1024).Jwk()).bits == 1024);
	CheckRefused("{\"kty\":\"RSA\",\"n\":\"" + Encoded(1025, '\x01') + "\",\"e\":\"AQAB\"}",
				 Status::kJwkRsaSize, "n");
	for (const char *e : {"AQ", "Ag", "AQAA", "AA"}) {
		CheckRefused("{\"kty\":\"RSA\",\"n\":\"" + Encoded(256, '\x81') + "\",\"e\":\"" + e + "\"}",
					 Status::kJwkRsaExponent, "e");
	}
	CheckRefused("{\"kty\":\"RSA\",\"n\":\"" + Encoded(256, '\x82') + "\",\"e\":\"AQAB\"}",
				 Status::kJwkMember, "n");
	CheckRefused("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + Encoded(31, 'a') + "\"}",
				 Status::kJwkMember, "x");
	CheckRefused("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + Encoded(32, '\0') + "\"}",
				 Status::kJwkPoint, "x");
	CheckRefused(ec_jwk(ec.Raw("x").substr(1), ec.Raw("y")), Status::kJwkMember, "x");
	CheckRefused(ec_jwk(ec.Raw("x"), "\0"s + ec.Raw("y")), Status::kJwkMember, "y");
	CheckRefused(ec_jwk(ec.Raw("x"), ec.Raw("x")), Status::kJwkPoint, "x");
	CheckRefused(TestKey::Hmac(31).Jwk(), Status::kJwkHmacSize, "k", kHmacAllowed);
	CHECK(Parse(TestKey::Hmac(31).Jwk(), kHmacAllowed).bits == 248);
}

TEST_CASE("JwkHmacOnlyWhereListed")
{
	const std::string jwk = TestKey::Hmac(64).Jwk();
	CheckRefused(jwk, Status::kJwkHmacUnlisted, "kty");
	CheckRefused(jwk, Status::kJwkHmacUnlisted, "kty", kConnection);
	CHECK(Parse(jwk, kHmacAllowed).status == Status::kOk);
}

TEST_CASE("JwkUseAndKeyOps")
{
	const Samples samples;
	for (const TestKey *key : samples.all) {
		for (const char *extra :
			 {"\"use\":\"sig\"", "\"key_ops\":[\"verify\"]", "\"key_ops\":[\"sign\",\"verify\"]",
			  "\"use\":\"sig\",\"key_ops\":[\"verify\",\"other\"]"}) {
			CHECK(Parse(key->Jwk(extra), kHmacAllowed).status == Status::kOk);
		}
		for (const char *extra : {"\"use\":\"enc\"", "\"use\":\"\"", "\"use\":\"SIG\"",
								  "\"use\":\"enc\",\"key_ops\":[\"verify\"]"}) {
			CheckRefused(key->Jwk(extra), Status::kJwkUse, "use", kHmacAllowed);
		}
		for (const char *extra :
			 {"\"key_ops\":[]", "\"key_ops\":[\"sign\"]", "\"key_ops\":[\"encrypt\",\"wrapKey\"]",
			  "\"use\":\"sig\",\"key_ops\":[\"Verify\"]"}) {
			CheckRefused(key->Jwk(extra), Status::kJwkUse, "key_ops", kHmacAllowed);
		}
		CheckRefused(key->Jwk("\"use\":1"), Status::kJwkMember, "use", kHmacAllowed);
		CheckRefused(key->Jwk("\"use\":null"), Status::kJwkMember, "use", kHmacAllowed);
		CheckRefused(key->Jwk("\"key_ops\":\"verify\""), Status::kJwkMember, "key_ops",
					 kHmacAllowed);
		CheckRefused(key->Jwk("\"key_ops\":[\"verify\",1]"), Status::kJwkMember, "key_ops",
					 kHmacAllowed);
		CheckRefused(key->Jwk("\"kid\":1"), Status::kJwkMember, "kid", kHmacAllowed);
		CheckRefused(key->Jwk("\"alg\":1"), Status::kJwkMember, "alg", kHmacAllowed);
	}
}

TEST_CASE("JwkAlgorithmMustFitTheKey")
{
	const Samples samples;
	const TestKey p384 = TestKey::Ec("P-384");
	const TestKey *keys[] = {&samples.okp, &samples.rsa, &samples.ec, &samples.oct, &p384};
	for (const TestKey *key : keys) {
		const AlgorithmSet allowed = key->Public()->algorithms();
		for (int i = 0; i < kNumAlgorithms; i++) {
			const Algorithm alg = static_cast<Algorithm>(i);
			const std::string extra = "\"alg\":\"" + std::string(AlgorithmName(alg)) + "\"";
			CAPTURE(extra);
			if ((allowed & Bit(alg)) == 0) {
				CheckRefused(key->Jwk(extra), Status::kJwkAlgorithm, "alg", kHmacAllowed);
				continue;
			}
			const Jwk jwk = Parse(key->Jwk(extra), kHmacAllowed);
			CHECK(jwk.status == Status::kOk);
			// Two names of one scheme.
			CHECK(jwk.algorithms == ((allowed & kEdAlgorithms) != 0 ? kEdAlgorithms : Bit(alg)));
		}
		for (const char *alg : {"none", "RSA-OAEP", "RSA1_5", "ECDH-ES", "ES256K", "rs256", ""}) {
			CheckRefused(key->Jwk("\"alg\":\""s + alg + "\""), Status::kJwkAlgorithm, "alg",
						 kHmacAllowed);
		}
	}
	// The secret is long enough for another algorithm, not for the one it is meant for.
	CheckRefused(TestKey::Hmac(32).Jwk("\"alg\":\"HS384\""), Status::kJwkHmacSize, "k",
				 kHmacAllowed);
	CheckRefused(TestKey::Hmac(63).Jwk("\"alg\":\"HS512\""), Status::kJwkHmacSize, "k",
				 kHmacAllowed);
}

TEST_CASE("JwkCertificateMembersMustBeWellFormed")
{
	const TestKey key = TestKey::Rsa();
	const std::string sha1 = Encoded(20, 'a');
	const std::string sha256 = Encoded(32, 'a');

	CHECK(Parse(kRfc7517Certificate).status == Status::kOk);
	CHECK(Parse(key.Jwk("\"x5t\":\"" + sha1 + "\",\"x5t#S256\":\"" + sha256 + "\"")).status ==
		  Status::kOk);
	// Auth0's older tenants: the hexadecimal digits of the digest, in base64url.
	CHECK(Parse(key.Jwk("\"x5t\":\"NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg\""))
			  .status == Status::kOk);
	for (const std::string &bad :
		 {"\"\""s, "5"s, "null"s, "\"" + sha1 + "=\"", "\"" + sha256 + "\"",
		  "\"" + Encoded(40, 'z') + "\"", "\"" + Encoded(19, 'a') + "\"", "\"a+b/\""s}) {
		CheckRefused(key.Jwk("\"x5t\":" + bad), Status::kJwkMember, "x5t");
	}
	CHECK(Parse(key.Jwk("\"x5t#S256\":\"" + Encoded(64, 'a') + "\"")).status == Status::kOk);
	CheckRefused(key.Jwk("\"x5t#S256\":\"" + Encoded(64, 'g') + "\""), Status::kJwkMember,
				 "x5t#S256");
	for (const std::string &bad : {"\"" + sha1 + "\"", "[]"s, "\"" + Encoded(31, 'a') + "\""}) {
		CheckRefused(key.Jwk("\"x5t#S256\":" + bad), Status::kJwkMember, "x5t#S256");
	}
	for (const char *good : {"[\"MIIB\"]", "[\"MIIBIA==\",\"MIIBIjA=\"]", "[\"+/+/\"]"}) {
		CHECK(Parse(key.Jwk("\"x5c\":"s + good)).status == Status::kOk);
	}
	for (const char *bad :
		 {"\"MIIB\"", "[]", "[1]", "[\"\"]", "[\"MII\"]", "[\"MI-_\"]", "[\"MIIB\",\"=\"]",
		  "[\"M===\"]", "[\"====\"]", "[\"MI=B\"]", "[\"MIIB\\nMIIB\"]", "{}"}) {
		CheckRefused(key.Jwk("\"x5c\":"s + bad), Status::kJwkMember, "x5c");
	}
}

// Behaviour item 18: for the connection key only kty, crv and x count.
TEST_CASE("JwkConnectionKeyIgnoresOtherMembers")
{
	const TestKey key = TestKey::Ed25519();
	for (const char *extra :
		 {"\"use\":\"enc\"", "\"use\":1", "\"key_ops\":[]", "\"key_ops\":\"sign\"",
		  "\"alg\":\"ES256\"", "\"alg\":\"none\"", "\"alg\":{}", "\"kid\":5", "\"x5t\":\"\"",
		  "\"x5c\":[]", "\"x5u\":\"http://127.0.0.1/\"", "\"n\":1"}) {
		const Jwk jwk = Parse(key.Jwk(extra), kConnection);
		CAPTURE(extra);
		CHECK(jwk.status == Status::kOk);
		CHECK(jwk.algorithms == kEdAlgorithms);
	}
	CheckRefused("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"use\":\"sig\"}", Status::kJwkMember, "x",
				 kConnection);
}

} // namespace session_jwt
