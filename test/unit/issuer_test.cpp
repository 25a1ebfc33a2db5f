// Rows of the registry: which keys are tried for a token, and what a row's rules do.
#include "catch.hpp"
#include "tokens.hpp"

#include "core/issuer.hpp"

#include <cstring>

namespace session_jwt {

namespace {

Issuer
Make(const TestRow &row)
{
	Issuer issuer;
	REQUIRE(MakeIssuer(row.View(), &issuer) == Status::kOk);
	return issuer;
}

bool
SameFingerprint(const TestRow &a, const TestRow &b)
{
	return std::memcmp(Make(a).fingerprint, Make(b).fingerprint, 32) == 0;
}

// OfKid returns an HMAC set of `count` keys called "a", of which only the key at `good` is hs.
std::string
OfKid(size_t count, size_t good)
{
	std::string set = "{\"keys\":[";
	for (size_t i = 0; i < count; i++) {
		const TestKey key = i == good ? Keys().hs : TestKey::Hmac(64);
		set += (i == 0 ? "" : ",") + key.Jwk(Kid("a"));
	}
	return set + "]}";
}

Status
AtHmac(std::string jwks, std::string_view header_extra)
{
	TestRow row(std::move(jwks));
	row.algorithms = {"HS256"};
	return Present(row, Keys().hs.Token(Algorithm::kHS256, Claims(), header_extra)).status;
}

TokenOutcome
WithPath(std::vector<std::string_view> path, std::string_view extra)
{
	TestRow row = HmacRow();
	row.subject_path = std::move(path);
	return Present(row, Keys().hs.Token(Algorithm::kHS256, Claims(extra)));
}

} // namespace

// Issue 3: several keys with one kid are tried in turn, four at most. The set holds the right key
// at each place; a fifth try would accept it at the fifth.
TEST_CASE("KidOfSeveralKeysTriesFour")
{
	for (size_t good = 0; good < 7; good++) {
		CAPTURE(good);
		CHECK(AtHmac(OfKid(7, good), Kid("a")) == (good < 4 ? Status::kOk : Status::kSignature));
	}
}

TEST_CASE("KidIsFoundAmongOthers")
{
	const std::string set =
		JwkSet({TestKey::Hmac(64).Jwk(Kid("b")), Keys().hs.Jwk(Kid("a")), TestKey::Hmac(64).Jwk()});
	CHECK(AtHmac(set, Kid("a")) == Status::kOk);
	CHECK(AtHmac(set, Kid("b")) == Status::kSignature);
	CHECK(AtHmac(set, Kid("c")) == Status::kKeyUnknown);
	CHECK(AtHmac(set, Kid("")) == Status::kKeyUnknown);
	CHECK(AtHmac(set, "") == Status::kKeyAmbiguous);
}

// A token without a kid is accepted only where exactly one key fits its alg.
TEST_CASE("NoKidWantsOneFittingKey")
{
	const TestKeys &keys = Keys();
	auto present = [&](std::string jwks) {
		return Present(TestRow(std::move(jwks)), keys.ed.Token(Algorithm::kEdDSA, Claims())).status;
	};
	CHECK(present(keys.ed.Jwk()) == Status::kOk);
	CHECK(present(JwkSet({keys.ed.Jwk()})) == Status::kOk);
	CHECK(present(PublicSet()) == Status::kOk);
	CHECK(present(JwkSet({keys.ed.Jwk(), keys.rsa.Jwk()})) == Status::kOk);
	CHECK(present(JwkSet({keys.ed.Jwk(), keys.other_ed.Jwk()})) == Status::kKeyAmbiguous);
	CHECK(present(JwkSet({keys.ed.Jwk(), keys.ed.Jwk()})) == Status::kKeyAmbiguous);
	CHECK(present(keys.rsa.Jwk()) == Status::kKeyUnfit);
	CHECK(present(keys.other_ed.Jwk()) == Status::kSignature);
	// A key that cannot be used does not make the choice ambiguous.
	CHECK(present(JwkSet({keys.ed.Jwk(), keys.other_ed.Jwk(R"("use":"enc")")})) == Status::kOk);
	// A key without a kid is not meant by a token that names one.
	CHECK(Present(TestRow(keys.ed.Jwk()), keys.ed.Token(Algorithm::kEdDSA, Claims(), Kid("ed")))
			  .status == Status::kKeyUnknown);
}

TEST_CASE("JwkAlgNarrowsTheKey")
{
	const TestKey &rsa = Keys().rsa;
	TestRow row(rsa.Jwk(R"("alg":"RS256")"));
	CHECK(Present(row, rsa.Token(Algorithm::kRS256, Claims())).status == Status::kOk);
	CHECK(Present(row, rsa.Token(Algorithm::kPS256, Claims())).status == Status::kKeyUnfit);
	CHECK(Present(row, rsa.Token(Algorithm::kRS512, Claims())).status == Status::kKeyUnfit);
}

TEST_CASE("RowAlgorithmsNarrowTheKeys")
{
	const TestKeys &keys = Keys();
	TestRow row(PublicSet());
	row.algorithms = {"ES256", "PS256"};
	auto status = [&](const TestKey &key, Algorithm alg) {
		return Present(row, key.Token(alg, Claims())).status;
	};
	CHECK(status(keys.es256, Algorithm::kES256) == Status::kOk);
	CHECK(status(keys.rsa, Algorithm::kPS256) == Status::kOk);
	CHECK(status(keys.rsa, Algorithm::kRS256) == Status::kAlgorithmNotAllowed);
	CHECK(status(keys.ed, Algorithm::kEdDSA) == Status::kAlgorithmNotAllowed);
	// HMAC only where it is listed.
	row.algorithms.clear();
	CHECK(status(keys.hs, Algorithm::kHS256) == Status::kAlgorithmNotAllowed);
}

TEST_CASE("ReadAlgorithmsNamesTheWrongOne")
{
	TestRow row("");
	AlgorithmSet set = 0;
	int index = -1;
	CHECK(ReadAlgorithms(row.View(), &set, &index) == Status::kOk);
	CHECK(set == kAsymmetricAlgorithms);
	row.algorithms = {"EdDSA", "HS512"};
	CHECK(ReadAlgorithms(row.View(), &set, &index) == Status::kOk);
	CHECK(set == (Bit(Algorithm::kEdDSA) | Bit(Algorithm::kHS512)));
	CHECK(index == -1);
	row.algorithms = {"EdDSA", "none"};
	CHECK(ReadAlgorithms(row.View(), &set, &index) == Status::kAlgorithmUnknown);
	CHECK(index == 1);
}

// A remembered signature stands for the keys, the algorithms and the issuer it was checked with.
TEST_CASE("FingerprintCoversKeysAndAlgorithms")
{
	const TestRow row(PublicSet());
	CHECK(SameFingerprint(row, TestRow(PublicSet())));
	CHECK_FALSE(SameFingerprint(row, TestRow(Keys().ed.Jwk())));
	TestRow other = row;
	other.algorithms = {"EdDSA"};
	CHECK_FALSE(SameFingerprint(row, other));
	other = row;
	other.issuer = "https://other.example/";
	CHECK_FALSE(SameFingerprint(row, other));
	// The rest is judged at every read.
	other = row;
	other.leeway = 0;
	other.audiences = {"api"};
	CHECK(SameFingerprint(row, other));
}

TEST_CASE("RowWithoutKeysIsTaken")
{
	CHECK(Make(TestRow("")).keys_status == Status::kIssuerNoKeys);
	CHECK(Make(TestRow("{")).keys_status == Status::kJwkJson);
	CHECK(Present(TestRow("{}"), Keys().ed.Token(Algorithm::kEdDSA, Claims())).status ==
		  Status::kIssuerNoKeys);
	CHECK(Make(TestRow(PublicSet())).keys_status == Status::kOk);
}

TEST_CASE("SubjectIsAtThePath")
{
	CHECK(WithPath({"sub"}, "").subject == "user");
	CHECK(WithPath({"sub"}, "").subject_kind == Subject::kText);
	CHECK(WithPath({"oid"}, R"("oid":"\u00e9")").subject == "\xc3\xa9");
	CHECK(WithPath({"a", "b"}, R"("a":{"b":"deep"})").subject == "deep");
	CHECK(WithPath({"https://x/id"}, R"("https://x/id":"u")").subject == "u");
	CHECK(WithPath({"oid"}, "").subject_kind == Subject::kAbsent);
	CHECK(WithPath({"a", "b"}, R"("a":"b")").subject_kind == Subject::kAbsent);
	CHECK(WithPath({"a", "b"}, R"("a":["b"])").subject_kind == Subject::kAbsent);
	CHECK(WithPath({"oid"}, R"("oid":7)").subject_kind == Subject::kOther);
	CHECK(WithPath({"oid"}, R"("oid":null)").subject_kind == Subject::kOther);
	CHECK(WithPath({"oid"}, R"("oid":"")").subject_kind == Subject::kText);
	CHECK(WithPath({}, "").subject_kind == Subject::kOther);
}

TEST_CASE("OutcomeSaysNothingOnFailure")
{
	TestRow row = HmacRow();
	row.audiences = {"api"};
	const TokenOutcome out = Present(row, Keys().hs.Token(Algorithm::kHS256, Claims()));
	CHECK(out.status == Status::kAudienceMissing);
	CHECK(out.claims.empty());
	CHECK(out.subject.empty());
	CHECK(out.subject_kind == Subject::kAbsent);
}

} // namespace session_jwt
