// The sequence of checks: what comes first, and which keys are tried.
#include "catch.hpp"
#include "tokens.hpp"

#include "core/base64url.hpp"
#include "core/verification.hpp"

namespace session_jwt {

namespace {

// Connection is a connection key with what it has seen.
struct Connection {
	explicit Connection(const TestKey &test_key)
	{
		REQUIRE(ReadConnectionKey(test_key.Jwk(), &key).status == Status::kOk);
	}

	// Verify does what the port does: the mark moves only when all is well.
	Status
	Verify(std::string_view token, bool is_accepted = false)
	{
		out = TokenOutcome{};
		Presentation presentation;
		presentation.is_accepted = is_accepted;
		const Status status = verification.Connection(token, key, kNow, presentation, &out);
		if (status == Status::kOk && out.jti > key.highest_jti) {
			key.highest_jti = out.jti;
		}
		return status;
	}

	ConnectionKey key;
	Verification verification;
	TokenOutcome out;
};

std::string
EdToken(std::string_view payload)
{
	return Keys().ed.Token(Algorithm::kEdDSA, payload);
}

// One row's jwks, presented one token.
Status
At(std::string jwks, std::string_view token)
{
	TestRow row(std::move(jwks));
	row.algorithms = {"EdDSA", "Ed25519", "RS256", "RS384", "RS512", "PS256", "PS384",
					  "PS512", "ES256",   "ES384", "ES512", "HS256", "HS384", "HS512"};
	return Present(row, token).status;
}

std::string
WithBadSignature(std::string_view token)
{
	return WithSignature(token, std::string(64, 'x'));
}

} // namespace

// Behaviour items 38 to 47: each token is wrong in all the ways from its line down.
TEST_CASE("ConnectionReportsTheFirstThingWrong")
{
	Connection at(Keys().ed);
	at.key.highest_jti = 5;
	const std::string none = R"({"alg":"none"})";
	const std::string rs256 = R"({"alg":"RS256"})";
	const std::string ed = R"({"alg":"EdDSA"})";
	auto signed_by = [&](const std::string &header, std::string_view payload) {
		return SignedParts(Keys().ed, Algorithm::kEdDSA, header, payload);
	};
	CHECK(at.Verify("{.{") == Status::kTokenParts);
	// Item 40: a signature that no Ed25519 key makes is told first, RS256's among them.
	CHECK(at.Verify("{.{.{") == Status::kSignatureEncoding);
	CHECK(at.Verify(EncodeBase64Url(rs256) + ".{." + std::string(342, 'A')) ==
		  Status::kSignatureLength);
	CHECK(at.Verify("{.{.AA") == Status::kHeaderEncoding);
	CHECK(at.Verify(EncodeBase64Url(none) + ".{.") == Status::kAlgorithmNone);
	CHECK(at.Verify(EncodeBase64Url(rs256) + ".{.AA") == Status::kAlgorithmMismatch);
	CHECK(at.Verify(EncodeBase64Url(ed) + ".{.AA") == Status::kSignatureLength);
	CHECK(at.Verify(WithBadSignature(EncodeBase64Url(ed) + ".{.")) == Status::kSignature);
	CHECK(at.Verify(WithBadSignature(signed_by(ed, "not JSON"))) == Status::kSignature);
	CHECK(at.Verify(WithBadSignature(signed_by(ed, "{\"exp\":1}"))) == Status::kSignature);
	CHECK(at.Verify(signed_by(ed, "")) == Status::kPayloadEncoding);
	CHECK(at.Verify(signed_by(ed, "not JSON")) == Status::kPayloadJson);
	CHECK(at.Verify(signed_by(ed, "{\"jti\":\"x\",\"nbf\":\"x\",\"exp\":\"x\"}")) ==
		  Status::kJtiType);
	CHECK(at.Verify(signed_by(ed, "{\"jti\":5,\"nbf\":\"x\",\"exp\":\"x\"}")) == Status::kJtiOrder);
	CHECK(at.Verify(signed_by(ed, "{\"jti\":6,\"nbf\":\"x\",\"exp\":\"x\"}")) == Status::kNbfType);
	CHECK(at.Verify(signed_by(ed, "{\"jti\":6,\"nbf\":9999999999,\"exp\":\"x\"}")) ==
		  Status::kExpType);
	CHECK(at.Verify(signed_by(ed, "{\"jti\":6,\"nbf\":9999999999,\"exp\":1}")) ==
		  Status::kNotYetValid);
	CHECK(at.Verify(signed_by(ed, "{\"jti\":6,\"nbf\":0,\"exp\":1}")) == Status::kExpired);
	CHECK(at.key.highest_jti == 5);
	CHECK(at.Verify(signed_by("{}", "{\"jti\":6}")) == Status::kOk); // alg may be absent
}

// Behaviour item 45, and design.md section 3: an accepted presentation stays accepted.
TEST_CASE("ConnectionJtiRises")
{
	Connection at(Keys().ed);
	CHECK(at.Verify(EdToken("{\"jti\":0}")) == Status::kJtiOrder);
	CHECK(at.Verify(EdToken("{\"jti\":-1}")) == Status::kJtiOrder);
	CHECK(at.Verify(EdToken("{\"jti\":1}")) == Status::kOk);
	CHECK(at.out.is_ordered);
	CHECK(at.out.jti == 1);
	CHECK(at.Verify(EdToken("{\"jti\":7}")) == Status::kOk);
	CHECK(at.Verify(EdToken("{\"jti\":7}")) == Status::kJtiOrder);
	CHECK(at.Verify(EdToken("{\"jti\":1}")) == Status::kJtiOrder);
	CHECK(at.Verify(EdToken("{\"jti\":1}"), true) == Status::kOk);
	CHECK(at.key.highest_jti == 7); // an older one does not lower the mark
	CHECK(at.Verify(EdToken("{\"jti\":8}"), true) == Status::kOk);
	CHECK(at.key.highest_jti == 8);
	CHECK(at.Verify(EdToken("{\"jti\":9223372036854775807}")) == Status::kOk);
	CHECK(at.Verify(EdToken("{\"jti\":9223372036854775807}")) == Status::kJtiOrder);
}

TEST_CASE("ConnectionAcceptedStillJudgesTime")
{
	Connection at(Keys().ed);
	CHECK(at.Verify(EdToken("{\"jti\":1,\"exp\":1}"), true) == Status::kExpired);
	CHECK(at.Verify(WithBadSignature(EdToken("{\"jti\":1}")), true) == Status::kSignature);
	CHECK(at.Verify(EdToken("{\"jti\":\"1\"}"), true) == Status::kJtiType);
}

TEST_CASE("ConnectionSignatureKnownSkipsOnlyTheSignature")
{
	Connection at(Keys().ed);
	Presentation known;
	known.signature_known = true;
	auto verify = [&](std::string_view token) {
		return at.verification.Connection(token, at.key, kNow, known, &at.out);
	};
	CHECK(verify(WithBadSignature(EdToken("{\"jti\":1}"))) == Status::kOk);
	CHECK(verify(EdToken("{\"jti\":0}")) == Status::kJtiOrder);
	CHECK(verify(EdToken("{\"jti\":1,\"exp\":1}")) == Status::kExpired);
	CHECK(verify(SignedParts(Keys().ed, Algorithm::kEdDSA, R"({"alg":"none"})", "{\"jti\":1}")) ==
		  Status::kAlgorithmNone);
}

// RSA and EC connection keys ask for nothing of jti.
TEST_CASE("ConnectionJtiIsFreeForRsaAndEc")
{
	for (const TestKey *key : {&Keys().rsa, &Keys().es256}) {
		const Algorithm alg = key == &Keys().rsa ? Algorithm::kRS256 : Algorithm::kES256;
		Connection at(*key);
		CHECK(at.Verify(key->Token(alg, "{}")) == Status::kOk);
		CHECK(at.Verify(key->Token(alg, "{\"jti\":\"text\"}")) == Status::kOk);
		CHECK(at.Verify(key->Token(alg, "{\"jti\":\"text\"}")) == Status::kOk);
		CHECK_FALSE(at.out.is_ordered);
		CHECK(at.key.highest_jti == 0);
	}
}

TEST_CASE("ConnectionKeyIsOfOneAlgorithm")
{
	ConnectionKey key;
	CHECK(ReadConnectionKey("", &key).status == Status::kJwkJson);
	CHECK(ReadConnectionKey("[]", &key).status == Status::kJwkJson);
	CHECK(ReadConnectionKey(PublicSet(), &key).status == Status::kJwkMember);
	CHECK(ReadConnectionKey(Keys().hs.Jwk(), &key).status == Status::kJwkType);
	CHECK(ReadConnectionKey(Keys().es384.Jwk(), &key).status == Status::kJwkType);
	CHECK(ReadConnectionKey(Keys().ed.Jwk(R"("d":"AA")"), &key).status == Status::kJwkPrivate);
	CHECK(std::string_view(ReadConnectionKey(Keys().ed.Jwk(R"("d":"AA")"), &key).member) == "d");
	CHECK(key.key == nullptr);
	// Behaviour item 18: other members are ignored.
	CHECK(ReadConnectionKey(Keys().ed.Jwk(R"("use":"enc","alg":"x")"), &key).status == Status::kOk);
	CHECK(key.is_ordered);
}

// RFC 8725 section 3.1: every alg in the header, every key, every way to sign. What is accepted is
// exactly a signature of the header's own algorithm by a key that has it.
TEST_CASE("AlgorithmConfusionMatrix")
{
	const TestKeys &keys = Keys();
	int num_accepted = 0;
	for (const TestKey *key :
		 {&keys.ed, &keys.rsa, &keys.es256, &keys.es384, &keys.es512, &keys.hs}) {
		const AlgorithmSet able = key->Public()->algorithms();
		for (int claimed = 0; claimed < kNumAlgorithms; claimed++) {
			const Algorithm alg = static_cast<Algorithm>(claimed);
			for (int used = 0; used < kNumAlgorithms; used++) {
				const Algorithm signer = static_cast<Algorithm>(used);
				if ((able & Bit(signer)) == 0) {
					continue;
				}
				const bool same = alg == signer || ((Bit(alg) | Bit(signer)) & ~kEdAlgorithms) == 0;
				CAPTURE(AlgorithmName(alg), AlgorithmName(signer), key->Jwk());
				const Status status = At(
					key->Jwk(),
					SignedParts(*key, signer,
								"{\"alg\":\"" + std::string(AlgorithmName(alg)) + "\"}", Claims()));
				CHECK((status == Status::kOk) == same);
				CHECK((status == Status::kKeyUnfit) == ((able & Bit(alg)) == 0));
				num_accepted += status == Status::kOk;
			}
		}
	}
	CHECK(num_accepted == 4 + 6 + 3 + 3);
}

} // namespace session_jwt
