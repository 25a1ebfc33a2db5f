// JWK Sets: what spoils one, what is skipped, and which key a token gets.
#include "catch.hpp"
#include "key_checks.hpp"
#include "signing.hpp"

#include "../vectors/jose.hpp"

#include "core/key_set.hpp"

#include <vector>

namespace session_jwt {

namespace {

using namespace std::string_literals;

constexpr JwkRules kHmacAllowed = {true, false};

std::string
Set(const std::vector<std::string> &keys)
{
	std::string text = "{\"keys\":[";
	for (const std::string &key : keys) {
		text += (text.back() == '[' ? "" : ",") + key;
	}
	return text + "]}";
}

struct Result {
	Status status;
	int bad_key = 77;
	KeySet set;
};

Result
Parse(const std::string &text, bool strict = true, const JwkRules &rules = {})
{
	Result result;
	result.status = result.set.Parse(text, rules, strict, &result.bad_key);
	CHECK(ERR_peek_error() == 0);
	// A refused set has no key that could verify anything.
	if (result.status != Status::kOk) {
		for (const Jwk &jwk : result.set.keys()) {
			CHECK(jwk.key == nullptr);
			CHECK(jwk.algorithms == 0);
		}
	}
	return result;
}

void
CheckRefused(const std::string &text, Status status, int bad_key, bool strict = true,
			 const JwkRules &rules = {})
{
	const Result result = Parse(text, strict, rules);
	CAPTURE(text, strict);
	CHECK(result.status == status);
	CHECK(result.bad_key == bad_key);
}

std::string
Kid(const std::string &kid)
{
	return "\"kid\":\"" + kid + "\"";
}

Status
Select(const KeySet &set, Algorithm alg, const char *kid, KeySet::Candidates *out)
{
	out->count = 99;
	const Status status = set.Select(alg, kid != nullptr, kid != nullptr ? kid : "", out);
	CHECK((status == Status::kOk) == (out->count > 0));
	for (size_t i = 0; i < kMaxCandidates; i++) {
		CHECK((out->keys[i] != nullptr) == (i < out->count));
	}
	return status;
}

// Keys that nothing but their status tells apart from good ones, with the member to blame.
struct BadKey {
	std::string jwk;
	Status status;
	const char *member;
};

std::vector<BadKey>
SkippedKeys()
{
	const TestKey rsa = TestKey::Rsa();
	return {
		{rsa.Jwk("\"use\":\"enc\",\"alg\":\"RSA-OAEP\""), Status::kJwkUse, "use"},
		{TestKey::Rsa(1024).Jwk("\"use\":\"enc\""), Status::kJwkUse, "use"},
		{rsa.Jwk("\"key_ops\":[\"encrypt\"]"), Status::kJwkUse, "key_ops"},
		{rsa.Jwk("\"alg\":\"RSA-OAEP-256\""), Status::kJwkAlgorithm, "alg"},
		{rsa.Jwk("\"alg\":\"ES256\""), Status::kJwkAlgorithm, "alg"},
		{rsa.Jwk("\"x5t\":\"malformed==\""), Status::kJwkMember, "x5t"},
		{rsa.Jwk("\"x5t#S256\":1"), Status::kJwkMember, "x5t#S256"},
		{rsa.Jwk("\"x5c\":[]"), Status::kJwkMember, "x5c"},
		{rsa.Jwk("\"n\":\"AQAB\""), Status::kJwkDuplicate, ""},
		{"{\"kty\":\"AKP\",\"alg\":\"ML-DSA-44\",\"pub\":\"AA\"}", Status::kJwkType, "kty"},
		{"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AA\"}", Status::kJwkType, "crv"},
		{"{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AA\",\"y\":\"AA\"}", Status::kJwkType,
		 "crv"},
		{TestKey::Hmac(64).Jwk(), Status::kJwkHmacUnlisted, "kty"},
		{"7", Status::kJwkJson, ""},
	};
}

std::vector<BadKey>
BrokenKeys()
{
	return {
		{TestKey::Rsa(1024).Jwk(), Status::kJwkRsaSize, "n"},
		{"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + std::string(43, 'A') + "\"}",
		 Status::kJwkPoint, "x"},
		{TestKey::Rsa().Jwk("\"kid\":7"), Status::kJwkMember, "kid"},
		{"{\"kty\":\"RSA\",\"e\":\"AQAB\"}", Status::kJwkMember, "n"},
		{"{}", Status::kJwkMember, "kty"},
		{"{\"kty\":\"RSA\",\"e\":\"Ag\",\"n\":\"" +
			 TestKey::Rsa().Jwk().substr(TestKey::Rsa().Jwk().find("\"n\":\"") + 5),
		 Status::kJwkRsaExponent, "e"},
	};
}

} // namespace

TEST_CASE("KeySetBadTextIsRefused")
{
	for (const char *text : {"", " ", "{", "[]", "null", "7", "\"keys\"", "{\"keys\":[]} x",
							 "\xef\xbb\xbf{}", "{\"keys\":[{\"kty\":}]}"}) {
		CheckRefused(text, Status::kJwkJson, -1);
		CheckRefused(text, Status::kJwkJson, -1, false);
	}
	for (const char *text : {"{\"keys\":{}}", "{\"keys\":null}", "{\"keys\":\"x\"}"}) {
		CheckRefused(text, Status::kJwkMember, -1);
	}
	CheckRefused("{\"keys\":[]}", Status::kJwkSetEmpty, -1);
	CheckRefused("{\"keys\":[],\"keys\":[]}", Status::kJwkDuplicate, -1);
	CheckRefused("{\"keys\":[],\"k\\u0065ys\":[]}", Status::kJwkDuplicate, -1);
	CheckRefused("{\"keys\":" + std::string(200, '[') + std::string(200, ']') + "}",
				 Status::kJwkJson, -1);
}

TEST_CASE("KeySetSingleJwkIsAccepted")
{
	const TestKey key = TestKey::Ec("P-256");
	Result result = Parse(key.Jwk(Kid("a")));
	REQUIRE(result.status == Status::kOk);
	CHECK(result.bad_key == -1);
	CHECK_FALSE(result.set.is_set());
	REQUIRE(result.set.keys().size() == 1);
	KeySet::Candidates found;
	CHECK(Select(result.set, Algorithm::kES256, "a", &found) == Status::kOk);
	CHECK(Select(result.set, Algorithm::kES256, nullptr, &found) == Status::kOk);
	CHECK(found.keys[0] == result.set.keys()[0].key.get());

	// Its own status is the set's.
	for (bool strict : {true, false}) {
		for (const BadKey &bad : SkippedKeys()) {
			if (bad.status != Status::kJwkJson) {
				CheckRefused(bad.jwk, bad.status, 0, strict);
			}
		}
		for (const BadKey &bad : BrokenKeys()) {
			CheckRefused(bad.jwk, bad.status, 0, strict);
		}
		CheckRefused(key.Jwk("\"d\":\"AA\""), Status::kJwkPrivate, 0, strict);
	}
}

TEST_CASE("KeySetOfTheRfcs")
{
	Result result = Parse(kRfc7517Public);
	REQUIRE(result.status == Status::kOk);
	CHECK(result.set.is_set());
	REQUIRE(result.set.keys().size() == 2);
	CHECK(result.set.keys()[0].status == Status::kJwkUse);
	CHECK(result.set.keys()[0].kid == "1");
	CHECK(result.set.keys()[1].status == Status::kOk);
	CHECK(result.set.keys()[1].kid == "2011-04-29");

	CheckRefused(kRfc7517Private, Status::kJwkPrivate, 0);
	CheckRefused(kRfc7517Private, Status::kJwkPrivate, 0, false);

	result = Parse(kRfc7517Symmetric, true, kHmacAllowed);
	REQUIRE(result.status == Status::kOk);
	CHECK(result.set.keys()[0].status == Status::kJwkAlgorithm); // A128KW
	CHECK(result.set.keys()[1].algorithms == kHmacAlgorithms);
	CheckRefused(kRfc7517Symmetric, Status::kJwkSetUnusable, -1);

	CHECK(Parse(kRfc7517Certificate).status == Status::kOk);
}

TEST_CASE("KeySetSkipsKeysForOtherPurposes")
{
	const TestKey good = TestKey::Ec("P-256");
	std::vector<std::string> jwks;
	for (const BadKey &bad : SkippedKeys()) {
		jwks.push_back(bad.jwk);
		// Beside a good key it is skipped; alone it makes a set that cannot be used.
		CheckRefused(Set({bad.jwk}), Status::kJwkSetUnusable, -1);
		CheckRefused(Set({bad.jwk}), Status::kJwkSetUnusable, -1, false);
	}
	jwks.push_back(good.Jwk(Kid("good")));
	for (bool strict : {true, false}) {
		const Result result = Parse(Set(jwks), strict);
		REQUIRE(result.status == Status::kOk);
		CHECK(result.bad_key == -1);
		const std::vector<BadKey> skipped = SkippedKeys();
		REQUIRE(result.set.keys().size() == skipped.size() + 1);
		for (size_t i = 0; i < skipped.size(); i++) {
			CAPTURE(i);
			CHECK(result.set.keys()[i].status == skipped[i].status);
			CHECK(result.set.keys()[i].member == std::string(skipped[i].member));
			CHECK(result.set.keys()[i].key == nullptr);
		}
		KeySet::Candidates found;
		CHECK(Select(result.set, Algorithm::kES256, "good", &found) == Status::kOk);
		CHECK(VerifyClean(*found.keys[0], Algorithm::kES256, "m",
						  good.Sign(Algorithm::kES256, "m")) == Status::kOk);
	}
}

TEST_CASE("KeySetBrokenKeysSpoilARowButNotAFetchedSet")
{
	const std::string good = TestKey::Ec("P-256").Jwk();
	for (const BadKey &bad : BrokenKeys()) {
		CheckRefused(Set({good, bad.jwk}), bad.status, 1);
		CheckRefused(Set({bad.jwk}), Status::kJwkSetUnusable, -1, false);
		const Result result = Parse(Set({good, bad.jwk}), false);
		CHECK(result.status == Status::kOk);
		CHECK(result.set.keys()[1].status == bad.status);
		const Result strict = Parse(Set({good, bad.jwk}), true);
		CHECK(strict.set.keys()[1].member == std::string(bad.member));
	}
	CheckRefused(Set({good, TestKey::Hmac(20).Jwk()}), Status::kJwkHmacSize, 1, true, kHmacAllowed);
	CHECK(Parse(Set({good, TestKey::Hmac(20).Jwk()}), true).status == Status::kOk);
}

TEST_CASE("KeySetPrivateKeyRefusesTheWholeSet")
{
	const std::string good = TestKey::Ec("P-256").Jwk();
	for (const char *member : {"d", "p", "q", "dp", "dq", "qi", "oth"}) {
		const std::string bad = TestKey::Rsa().Jwk("\""s + member + "\":\"AA\",\"use\":\"enc\"");
		for (bool strict : {true, false}) {
			CheckRefused(Set({good, bad}), Status::kJwkPrivate, 1, strict);
			CheckRefused(Set({bad, good}), Status::kJwkPrivate, 0, strict);
			const Result result = Parse(Set({good, bad}), strict);
			CHECK(result.set.keys()[1].member == std::string(member));
		}
	}
}

TEST_CASE("KeySetHoldsAHundredKeys")
{
	const std::string jwk = TestKey::Ed25519().Jwk();
	std::vector<std::string> jwks(kMaxKeys, jwk);
	CHECK(Parse(Set(jwks)).status == Status::kOk);
	jwks.push_back(jwk);
	CheckRefused(Set(jwks), Status::kJwkSetTooMany, -1);
	CheckRefused(Set(jwks), Status::kJwkSetTooMany, -1, false);
	// Keys that are skipped count as well: they cost time to read.
	CheckRefused(Set(std::vector<std::string>(kMaxKeys + 1, "{\"kty\":\"x\"}")),
				 Status::kJwkSetTooMany, -1);
}

TEST_CASE("KeySetSelectsByKid")
{
	const TestKey rsa = TestKey::Rsa();
	const TestKey ec = TestKey::Ec("P-256");
	const Result result = Parse(Set({rsa.Jwk(Kid("r")), ec.Jwk(Kid("e")), TestKey::Ed25519().Jwk(),
									 rsa.Jwk(Kid("enc") + ",\"use\":\"enc\""), ec.Jwk(Kid(""))}));
	REQUIRE(result.status == Status::kOk);
	const KeySet &set = result.set;
	KeySet::Candidates found;

	REQUIRE(Select(set, Algorithm::kRS256, "r", &found) == Status::kOk);
	CHECK(found.count == 1);
	CHECK(found.keys[0] == set.keys()[0].key.get());
	REQUIRE(Select(set, Algorithm::kES256, "e", &found) == Status::kOk);
	CHECK(found.keys[0] == set.keys()[1].key.get());
	// The empty kid is a kid, and not the absence of one.
	REQUIRE(Select(set, Algorithm::kES256, "", &found) == Status::kOk);
	CHECK(found.count == 1);
	CHECK(found.keys[0] == set.keys()[4].key.get());
	CHECK(Select(set, Algorithm::kEdDSA, "", &found) == Status::kKeyUnfit);

	CHECK(Select(set, Algorithm::kRS256, "R", &found) == Status::kKeyUnknown);
	CHECK(Select(set, Algorithm::kRS256, "r ", &found) == Status::kKeyUnknown);
	CHECK(Select(set, Algorithm::kRS256, "../r", &found) == Status::kKeyUnknown);
	CHECK(Select(set, Algorithm::kRS256, "enc", &found) == Status::kKeyUnknown);
	CHECK(Select(set, Algorithm::kES256, "r", &found) == Status::kKeyUnfit);
	CHECK(Select(set, Algorithm::kHS256, "r", &found) == Status::kKeyUnfit);
	CHECK(Select(set, Algorithm::kES384, "e", &found) == Status::kKeyUnfit);
	CHECK(Select(KeySet(), Algorithm::kRS256, "r", &found) == Status::kKeyUnknown);
	CHECK(Select(KeySet(), Algorithm::kRS256, nullptr, &found) == Status::kKeyUnfit);
}

TEST_CASE("KeySetSelectsWithoutKid")
{
	const TestKey first = TestKey::Ec("P-256");
	const TestKey second = TestKey::Ec("P-256");
	const std::string rsa = TestKey::Rsa().Jwk(Kid("r"));
	const std::string enc = TestKey::Rsa(2048, 1).Jwk("\"use\":\"enc\"");
	KeySet::Candidates found;

	Result result = Parse(Set({rsa, enc, first.Jwk(), TestKey::Ed25519().Jwk()}));
	REQUIRE(result.status == Status::kOk);
	REQUIRE(Select(result.set, Algorithm::kES256, nullptr, &found) == Status::kOk);
	CHECK(found.keys[0] == result.set.keys()[2].key.get());
	CHECK(Select(result.set, Algorithm::kRS256, nullptr, &found) == Status::kOk);
	CHECK(Select(result.set, Algorithm::kEdDSA, nullptr, &found) == Status::kOk);
	CHECK(Select(result.set, Algorithm::kEd25519, nullptr, &found) == Status::kOk);
	CHECK(Select(result.set, Algorithm::kES384, nullptr, &found) == Status::kKeyUnfit);

	result = Parse(Set({first.Jwk(Kid("a")), second.Jwk(Kid("b")), rsa}));
	REQUIRE(result.status == Status::kOk);
	CHECK(Select(result.set, Algorithm::kES256, nullptr, &found) == Status::kKeyAmbiguous);
	CHECK(Select(result.set, Algorithm::kRS256, nullptr, &found) == Status::kOk);
}

TEST_CASE("KeySetTwoKeysOfOneKid")
{
	const TestKey first = TestKey::Ec("P-256");
	const TestKey second = TestKey::Ec("P-256");
	const Result result = Parse(Set({first.Jwk(Kid("k")), TestKey::Rsa().Jwk(Kid("k")),
									 second.Jwk(Kid("k")), second.Jwk(Kid("other"))}));
	REQUIRE(result.status == Status::kOk);
	KeySet::Candidates found;
	REQUIRE(Select(result.set, Algorithm::kES256, "k", &found) == Status::kOk);
	REQUIRE(found.count == 2);
	const std::string signature = second.Sign(Algorithm::kES256, "m");
	CHECK(VerifyClean(*found.keys[0], Algorithm::kES256, "m", signature) == Status::kSignature);
	CHECK(VerifyClean(*found.keys[1], Algorithm::kES256, "m", signature) == Status::kOk);
	REQUIRE(Select(result.set, Algorithm::kRS256, "k", &found) == Status::kOk);
	CHECK(found.count == 1);
}

TEST_CASE("KeySetCandidatesAreBounded")
{
	for (size_t num = 1; num <= 7; num++) {
		std::vector<std::string> jwks;
		for (size_t i = 0; i < num; i++) {
			jwks.push_back(TestKey::Ed25519().Jwk(Kid("k")));
		}
		const Result result = Parse(Set(jwks));
		REQUIRE(result.status == Status::kOk);
		KeySet::Candidates found;
		REQUIRE(Select(result.set, Algorithm::kEdDSA, "k", &found) == Status::kOk);
		CHECK(found.count == (num < 4 ? num : 4));
		for (size_t i = 0; i < found.count; i++) {
			CHECK(found.keys[i] == result.set.keys()[i].key.get());
		}
	}
}

TEST_CASE("KeySetParseReplacesTheOldKeys")
{
	KeySet set;
	int bad_key = 0;
	KeySet::Candidates found;
	REQUIRE(set.Parse(TestKey::Ed25519().Jwk(), {}, true, &bad_key) == Status::kOk);
	REQUIRE(Select(set, Algorithm::kEdDSA, nullptr, &found) == Status::kOk);
	REQUIRE(set.Parse("{", {}, true, &bad_key) == Status::kJwkJson);
	CHECK(set.keys().empty());
	CHECK(Select(set, Algorithm::kEdDSA, nullptr, &found) == Status::kKeyUnfit);
	REQUIRE(set.Parse(Set({TestKey::Ec("P-256").Jwk()}), {}, true, &bad_key) == Status::kOk);
	CHECK(set.is_set());
	CHECK(Select(set, Algorithm::kEdDSA, nullptr, &found) == Status::kKeyUnfit);
	CHECK(Select(set, Algorithm::kES256, nullptr, &found) == Status::kOk);
}

} // namespace session_jwt
