// Time, audience and jti. VerifiedClaims come only from a verification, so these tests sign.
#include "catch.hpp"
#include "tokens.hpp"

#include "core/verification.hpp"

#include <type_traits>

namespace session_jwt {

// test/compile_fail shows the same with a compiler's message.
static_assert(!std::is_default_constructible_v<VerifiedClaims>);
static_assert(!std::is_constructible_v<VerifiedClaims, const JsonDocument &, std::string_view>);
static_assert(!std::is_aggregate_v<VerifiedClaims>);

namespace {

constexpr int64_t kMax = INT64_MAX;
constexpr int64_t kMin = INT64_MIN;

// AtIssuer presents `claims` (with iss) to an issuer with `leeway`.
TokenOutcome
AtIssuer(std::string_view claims, int64_t now, int64_t leeway)
{
	TestRow row = HmacRow();
	row.leeway = leeway;
	const std::string payload = "{\"iss\":\"" + row.issuer + "\"," + std::string(claims) + "}";
	return Present(row, Keys().hs.Token(Algorithm::kHS256, payload), now);
}

// AtKey presents `claims` to an EC connection key, which asks for no jti.
TokenOutcome
AtKey(std::string_view claims, int64_t now)
{
	ConnectionKey key;
	Verification verification;
	TokenOutcome out;
	out.status = ReadConnectionKey(Keys().es256.Jwk(), &key).status;
	const std::string token =
		Keys().es256.Token(Algorithm::kES256, "{" + std::string(claims) + "}");
	if (out.status == Status::kOk) {
		out.status = verification.Connection(token, key, now, Presentation{}, &out);
	}
	return out;
}

std::string
Exp(int64_t exp)
{
	return "\"exp\":" + std::to_string(exp);
}

std::string
Nbf(int64_t nbf)
{
	return Exp(kMax) + ",\"nbf\":" + std::to_string(nbf);
}

Status
Audience(std::string_view claim, std::vector<std::string_view> accepted,
		 std::string_view name = "aud")
{
	TestRow row = HmacRow();
	row.audiences = std::move(accepted);
	row.audience_claim = name;
	return Present(row, Keys().hs.Token(Algorithm::kHS256, Claims(claim))).status;
}

} // namespace

// RFC 7519 section 4.1.4: not "on or after" exp.
TEST_CASE("IssuerExpIsExclusive")
{
	for (int64_t leeway : {int64_t{0}, int64_t{60}, int64_t{600}}) {
		CAPTURE(leeway);
		CHECK(AtIssuer(Exp(kNow - leeway - 1), kNow, leeway).status == Status::kExpired);
		CHECK(AtIssuer(Exp(kNow - leeway), kNow, leeway).status == Status::kExpired);
		CHECK(AtIssuer(Exp(kNow - leeway), kNow, leeway).number == kNow - leeway);
		CHECK(AtIssuer(Exp(kNow - leeway + 1), kNow, leeway).status == Status::kOk);
		CHECK(AtIssuer(Exp(kNow - leeway + 1), kNow, leeway).valid_until == kNow);
	}
}

TEST_CASE("IssuerNbfIsInclusive")
{
	for (int64_t leeway : {int64_t{0}, int64_t{60}, int64_t{600}}) {
		CAPTURE(leeway);
		CHECK(AtIssuer(Nbf(kNow + leeway - 1), kNow, leeway).status == Status::kOk);
		CHECK(AtIssuer(Nbf(kNow + leeway), kNow, leeway).status == Status::kOk);
		CHECK(AtIssuer(Nbf(kNow + leeway), kNow, leeway).valid_from == kNow);
		CHECK(AtIssuer(Nbf(kNow + leeway + 1), kNow, leeway).status == Status::kNotYetValid);
		CHECK(AtIssuer(Nbf(kNow + leeway + 1), kNow, leeway).number == kNow + leeway + 1);
	}
}

// Behaviour items 46 and 47: both ends included, 60 seconds of leeway, exp optional.
TEST_CASE("ConnectionWindowIsInclusive")
{
	CHECK(AtKey(Exp(kNow - 61), kNow).status == Status::kExpired);
	CHECK(AtKey(Exp(kNow - 61), kNow).number == kNow - 61);
	CHECK(AtKey(Exp(kNow - 60), kNow).status == Status::kOk);
	CHECK(AtKey(Exp(kNow - 60), kNow).valid_until == kNow);
	CHECK(AtKey(Exp(kNow - 59), kNow).status == Status::kOk);
	CHECK(AtKey("\"sub\":\"a\"", kMax).status == Status::kOk);
	CHECK(AtKey(Nbf(kNow + 59), kNow).status == Status::kOk);
	CHECK(AtKey(Nbf(kNow + 60), kNow).status == Status::kOk);
	CHECK(AtKey(Nbf(kNow + 61), kNow).status == Status::kNotYetValid);
	CHECK(AtKey(Nbf(kNow + 61), kNow).number == kNow + 61);
}

// A fraction is rounded against the token: the window never grows.
TEST_CASE("WindowRoundsFractionsInwards")
{
	const std::string now = std::to_string(kNow);
	CHECK(AtIssuer("\"exp\":" + now + ".999", kNow, 0).status == Status::kExpired);
	CHECK(AtIssuer("\"exp\":" + std::to_string(kNow + 1) + ".0", kNow, 0).status == Status::kOk);
	CHECK(AtIssuer("\"exp\":1.700000001e9", kNow, 0).status == Status::kOk);
	CHECK(AtIssuer("\"exp\":1.7e9", kNow, 0).status == Status::kExpired);
	CHECK(AtIssuer(Exp(kMax) + ",\"nbf\":" + now + ".0", kNow, 0).status == Status::kOk);
	CHECK(AtIssuer(Exp(kMax) + ",\"nbf\":" + now + ".001", kNow, 0).status == Status::kNotYetValid);
	CHECK(AtIssuer(Exp(kMax) + ",\"nbf\":" + now + ".001", kNow + 1, 0).status == Status::kOk);
}

// UBSan sees any overflow here.
TEST_CASE("WindowStandsTheEndsOfInt64")
{
	for (int64_t leeway : {int64_t{0}, int64_t{60}, int64_t{600}}) {
		CAPTURE(leeway);
		for (int64_t now : {kMin, int64_t{-1}, int64_t{0}, kNow}) {
			CAPTURE(now);
			CHECK(AtIssuer(Exp(kMax), now, leeway).status == Status::kOk);
			CHECK(AtIssuer(Exp(kMax) + ",\"nbf\":" + std::to_string(kMin), now, leeway).status ==
				  Status::kOk);
			CHECK(AtIssuer("\"exp\":1e300", now, leeway).status == Status::kOk);
		}
		CHECK(AtIssuer(Exp(kMax), kMax, leeway).status ==
			  (leeway == 0 ? Status::kExpired : Status::kOk));
		CHECK(AtIssuer(Exp(kMin), kNow, leeway).status == Status::kExpired);
		CHECK(AtIssuer(Exp(kMin), kMax, leeway).status == Status::kExpired);
		CHECK(AtIssuer(Nbf(kMax), kNow, leeway).status == Status::kNotYetValid);
		CHECK(AtIssuer(Nbf(kMax), kMin, leeway).status == Status::kNotYetValid);
		CHECK(AtIssuer("\"exp\":-1e300", kMin, 0).status != Status::kInternal);
	}
	CHECK(AtKey(Exp(kMin), kMax).status == Status::kExpired);
	CHECK(AtKey(Exp(kMin), kMin).status == Status::kOk);
	CHECK(AtKey(Nbf(kMax), kMax).status == Status::kOk);
	CHECK(AtKey(Nbf(kMin), kMin).status == Status::kOk);
}

// Behaviour item 46: nbf is judged before exp.
TEST_CASE("WindowJudgesNbfFirst")
{
	CHECK(AtKey("\"exp\":1,\"nbf\":9999999999", kNow).status == Status::kNotYetValid);
	CHECK(AtKey("\"exp\":\"x\",\"nbf\":\"x\"", kNow).status == Status::kNbfType);
	CHECK(AtKey("\"exp\":\"x\",\"nbf\":9999999999", kNow).status == Status::kExpType);
	CHECK(AtKey("\"exp\":1", kNow).number == 1);
}

TEST_CASE("JudgeWindowIncludesBothEnds")
{
	TimeWindow window;
	window.from = 10;
	window.until = 20;
	CHECK(JudgeWindow(window, 9) == Status::kNotYetValid);
	CHECK(JudgeWindow(window, 10) == Status::kOk);
	CHECK(JudgeWindow(window, 20) == Status::kOk);
	CHECK(JudgeWindow(window, 21) == Status::kExpired);
	window = TimeWindow();
	CHECK(JudgeWindow(window, kMin) == Status::kOk);
	CHECK(JudgeWindow(window, kMax) == Status::kOk);
}

TEST_CASE("AudienceIsTextOrArray")
{
	CHECK(Audience(R"("aud":"api")", {"api"}) == Status::kOk);
	CHECK(Audience(R"("aud":["x","api"])", {"api"}) == Status::kOk);
	CHECK(Audience(R"("aud":["x",7,"b"])", {"a", "b"}) == Status::kOk);
	CHECK(Audience(R"("aud":"\u0061pi")", {"api"}) == Status::kOk);
	CHECK(Audience(R"("aud":["x"])", {"api"}) == Status::kAudienceForeign);
	CHECK(Audience(R"("aud":"")", {"api"}) == Status::kAudienceForeign);
	CHECK(Audience(R"("aud":7)", {"7"}) == Status::kAudienceForeign);
	CHECK(Audience(R"("aud":true)", {"true"}) == Status::kAudienceForeign);
	CHECK(Audience(R"("aud":[7])", {"7"}) == Status::kAudienceForeign);
	CHECK(Audience(R"("aud":[{"x":"api"}])", {"api"}) == Status::kAudienceForeign);
	CHECK(Audience(R"("aud":null)", {"api"}) == Status::kAudienceMissing);
	CHECK(Audience(R"("aud":[])", {"api"}) == Status::kAudienceMissing);
	CHECK(Audience("", {"api"}) == Status::kAudienceMissing);
	CHECK(Audience("", {}) == Status::kOk);
	CHECK(Audience(R"("aud":7)", {}) == Status::kOk);
}

// Cognito has client_id and Clerk azp in place of aud.
TEST_CASE("AudienceClaimIsOfTheRow")
{
	CHECK(Audience(R"("client_id":"app")", {"app"}, "client_id") == Status::kOk);
	CHECK(Audience(R"("aud":"app")", {"app"}, "client_id") == Status::kAudienceMissing);
	CHECK(Audience(R"("azp":"app","aud":"x")", {"app"}, "azp") == Status::kOk);
	CHECK(Audience(R"("azp":"x","aud":"app")", {"app"}, "azp") == Status::kAudienceForeign);
}

} // namespace session_jwt
