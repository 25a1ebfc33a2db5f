// The open token between ReadTokenIssuer and VerifyIssuerToken: what may judge it, and for how
// long.
#include "catch.hpp"
#include "tokens.hpp"

#include "core/session.hpp"

#include <array>

namespace session_jwt {

namespace {

std::string
HmacToken(std::string_view extra = {})
{
	return Keys().hs.Token(Algorithm::kHS256, Claims(extra));
}

std::array<uint8_t, 32>
Digest(const TestRow &row, std::string_view token)
{
	uint8_t out[32] = {};
	REQUIRE(LoadIssuer(row.View(), RowTag{}, 0).status == Status::kOk);
	REQUIRE(ReadTokenIssuer(token).status == Status::kOk);
	REQUIRE(TokenDigest(row.issuer, out));
	return std::to_array(out);
}

// CanVerify reports whether there is an open token that kIssuer's row would take.
bool
CanVerify()
{
	uint8_t digest[32];
	const Status status = VerifyIssuerToken(kIssuer, kNow, true).status;
	CHECK((status == Status::kOk || status == Status::kInternal));
	CHECK(TokenDigest(kIssuer, digest) == (status == Status::kOk));
	return status == Status::kOk;
}

} // namespace

// The hint chooses a row and nothing else: a row of another name never judges the token.
TEST_CASE("HintIsTrustedForNothing")
{
	TestRow other = HmacRow();
	other.issuer = "https://other.example/";
	REQUIRE(LoadIssuer(other.View(), RowTag{}, 0).status == Status::kOk);
	REQUIRE(LoadIssuer(HmacRow().View(), RowTag{}, 0).status == Status::kOk);
	const TokenIssuer hint = ReadTokenIssuer(HmacToken());
	REQUIRE(hint.status == Status::kOk);
	CHECK(hint.issuer == kIssuer);
	CHECK(VerifyIssuerToken("https://other.example/", kNow, false).status == Status::kInternal);
	CHECK(VerifyIssuerToken("https://other.example/", kNow, true).status == Status::kInternal);
	CHECK(VerifyIssuerToken(kIssuer, kNow, false).status == Status::kOk);
	// A forged iss is only a hint: the row's keys refuse the token.
	const std::string forged = Keys().other_hs.Token(Algorithm::kHS256, Claims());
	CHECK(ReadTokenIssuer(forged).issuer == kIssuer);
	CHECK(VerifyIssuerToken(kIssuer, kNow, false).status == Status::kSignature);
	ForgetIssuer("https://other.example/");
}

// Reading anything else closes the open token: its buffers hold other bytes from then on.
TEST_CASE("OpenTokenIsClosedByOtherCalls")
{
	REQUIRE(LoadIssuer(HmacRow().View(), RowTag{}, 0).status == Status::kOk);
	auto open = [] { return ReadTokenIssuer(HmacToken()).status == Status::kOk; };
	// The key that session_test loads: the process has one.
	REQUIRE(LoadConnectionKey(Keys().ed.Jwk()).status == Status::kOk);

	REQUIRE(open());
	CHECK(CanVerify());
	CHECK(CanVerify()); // as often as wanted
	(void)ReadClaims("{\"iss\":\"https://idp.example/\",\"sub\":\"admin\",\"exp\":2000000000}");
	CHECK_FALSE(CanVerify());

	for (std::string_view bad :
		 {"", "x", "a.b", "a.b.c.d.e", "e30.e30.", "eyJhbGciOiJIUzI1NiJ9.."}) {
		CAPTURE(bad);
		REQUIRE(open());
		CHECK(ReadTokenIssuer(bad).status != Status::kOk);
		CHECK_FALSE(CanVerify());
		REQUIRE(open());
		CHECK(VerifyConnectionToken(bad, kNow, Presentation{}).status != Status::kOk);
		CHECK_FALSE(CanVerify());
	}
	// What looks at keys only does not.
	REQUIRE(open());
	CHECK(CheckIssuerRow(TestRow(PublicSet()).View()).status == Status::kOk);
	CHECK(CanVerify());
}

TEST_CASE("SignatureKnownSkipsOnlyTheSignature")
{
	TestRow row = HmacRow();
	auto known = [&](std::string_view token) {
		REQUIRE(LoadIssuer(row.View(), RowTag{}, 0).status == Status::kOk);
		REQUIRE(ReadTokenIssuer(token).status == Status::kOk);
		return VerifyIssuerToken(kIssuer, kNow, true).status;
	};
	const std::string unsigned_token = WithSignature(HmacToken(), std::string(32, 'x'));
	CHECK(known(unsigned_token) == Status::kOk);
	CHECK(known(HmacToken("\"nbf\":9999999999")) == Status::kNotYetValid);
	row.audiences = {"api"};
	CHECK(known(HmacToken()) == Status::kAudienceMissing);
	row.is_enabled = false;
	CHECK(known(HmacToken()) == Status::kIssuerDisabled);
	row.is_enabled = true;
	row.jwks = "";
	CHECK(known(HmacToken()) == Status::kIssuerNoKeys);
}

TEST_CASE("TokenDigestCoversKeysAndToken")
{
	const TestRow row = HmacRow();
	const auto digest = Digest(row, HmacToken());
	CHECK(digest == Digest(row, HmacToken()));
	CHECK(digest != Digest(row, HmacToken("\"x\":1")));
	CHECK(digest != Digest(row, WithSignature(HmacToken(), std::string(32, 'x'))));
	TestRow other = row;
	other.jwks = Keys().other_hs.Jwk();
	CHECK(digest != Digest(other, HmacToken()));
	other = row;
	other.algorithms = {"HS256", "HS384"};
	CHECK(digest != Digest(other, HmacToken()));
	uint8_t out[32];
	CHECK_FALSE(TokenDigest("https://unknown.example/", out));
}

} // namespace session_jwt
