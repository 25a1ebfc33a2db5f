// The port: what it keeps, what a refusal leaves alone, and what an open token may be used for.
#include "catch.hpp"
#include "tokens.hpp"

#include "core/session.hpp"

#include <array>

#include <openssl/err.h>

namespace session_jwt {

namespace {

constexpr Presentation kNew{};
constexpr Presentation kAccepted{true, false};

// The connection key of this process, in every file: the port takes one only.
const TestKey &
ConnectionTestKey()
{
	static const Status loaded = LoadConnectionKey(Keys().ed.Jwk()).status;
	REQUIRE(loaded == Status::kOk);
	return Keys().ed;
}

std::string
ConnectionToken(int64_t jti, std::string_view extra = {})
{
	return ConnectionTestKey().Token(Algorithm::kEdDSA,
									 "{\"jti\":" + std::to_string(jti) + std::string(extra) + "}");
}

std::string
HmacToken(std::string_view extra = {})
{
	return Keys().hs.Token(Algorithm::kHS256, Claims(extra));
}

} // namespace

TEST_CASE("SetUpCanBeCalledAgain")
{
	CHECK(SetUp().status == Status::kOk);
	CHECK(SetUp().status == Status::kOk);
}

// The examples that it verifies leave nothing behind that a token could use.
TEST_CASE("SetUpKeepsNoIssuerAndNoToken")
{
	REQUIRE(LoadIssuer(HmacRow().View(), RowTag{}, 0).status == Status::kOk);
	REQUIRE(ReadTokenIssuer(HmacToken()).status == Status::kOk);
	const int64_t jti = HighestJti();
	REQUIRE(SetUp().status == Status::kOk);
	CHECK(VerifyIssuerToken(kIssuer, kNow, true).status == Status::kInternal);
	CHECK_FALSE(FindIssuer("joe").is_known);
	CHECK(VerifyIssuerToken("joe", 1300819379, true).status == Status::kInternal);
	uint8_t digest[32];
	CHECK_FALSE(TokenDigest("joe", digest));
	CHECK_FALSE(DescribeKey(0).is_found);
	CHECK(HighestJti() == jti);
	CHECK(ERR_peek_error() == 0);
}

// Behaviour item 70: the key never changes within a backend.
TEST_CASE("ConnectionKeyIsLoadedOnce")
{
	const int64_t jti = HighestJti() + 1;
	const std::string token = ConnectionToken(jti);
	CHECK(LoadConnectionKey(Keys().other_ed.Jwk()).status == Status::kOk);
	CHECK(LoadConnectionKey("not JSON").status == Status::kOk);
	CHECK(VerifyConnectionToken(token, kNow, kNew).status == Status::kOk);
	CHECK(VerifyConnectionToken(Keys().other_ed.Token(Algorithm::kEdDSA, "{\"jti\":9999}"), kNow,
								kNew)
			  .status == Status::kSignature);
}

TEST_CASE("ConnectionMarkMovesOnSuccessOnly")
{
	const int64_t jti = (ConnectionTestKey(), HighestJti());
	const std::string good = ConnectionToken(jti + 1);
	const struct {
		std::string token;
		Status status;
	} refused[] = {
		{ConnectionToken(jti), Status::kJtiOrder},
		{ConnectionToken(jti + 5, ",\"exp\":1"), Status::kExpired},
		{ConnectionToken(jti + 5, ",\"nbf\":9999999999"), Status::kNotYetValid},
		{ConnectionToken(jti + 5, ",\"exp\":\"x\""), Status::kExpType},
		{ConnectionToken(jti + 5, ",\"jti\":1"), Status::kPayloadDuplicate},
		{WithSignature(ConnectionToken(jti + 5), std::string(64, 'x')), Status::kSignature},
		{ConnectionToken(jti + 5) + ".", Status::kTokenParts},
	};
	for (const auto &c : refused) {
		const TokenOutcome out = VerifyConnectionToken(c.token, kNow, kNew);
		CHECK(out.status == c.status);
		CHECK(out.claims.empty());
		CHECK(out.subject_kind == Subject::kAbsent);
		CHECK((out.valid_from == 0 && out.valid_until == 0));
		CHECK((out.jti == 0 && !out.is_ordered));
		CHECK(HighestJti() == jti);
	}
	CHECK(VerifyConnectionToken(good, kNow, kNew).status == Status::kOk);
	CHECK(HighestJti() == jti + 1);
	CHECK(VerifyConnectionToken(good, kNow, kNew).status == Status::kJtiOrder);
	CHECK(VerifyConnectionToken(good, kNow, kAccepted).status == Status::kOk);
	CHECK(HighestJti() == jti + 1);
}

TEST_CASE("HighestJtiCanBeRaisedAndNotLowered")
{
	const int64_t jti = (ConnectionTestKey(), HighestJti());
	RaiseHighestJti(jti - 1);
	CHECK(HighestJti() == jti);
	RaiseHighestJti(jti + 1);
	CHECK(HighestJti() == jti + 1);
	CHECK(VerifyConnectionToken(ConnectionToken(jti + 1), kNow, kNew).status == Status::kJtiOrder);
}

TEST_CASE("ConnectionOutcomeCarriesTheClaims")
{
	const int64_t jti = (ConnectionTestKey(), HighestJti() + 1);
	const std::string payload =
		"{\"jti\":" + std::to_string(jti) + ",\"sub\":\"u\",\"n\":1.10,\"exp\":2000000000}";
	const TokenOutcome out =
		VerifyConnectionToken(ConnectionTestKey().Token(Algorithm::kEdDSA, payload), kNow, kNew);
	REQUIRE(out.status == Status::kOk);
	CHECK(out.claims == payload);
	CHECK(out.subject == "u");
	CHECK(out.subject_kind == Subject::kText);
	CHECK(out.is_ordered);
	CHECK(out.jti == jti);
	CHECK(out.valid_from == INT64_MIN);
	CHECK(out.valid_until == 2'000'000'060);
}

// An accepted connection token does not stand in for the issuer's open one.
TEST_CASE("ConnectionTokenClosesTheOpenOne")
{
	const int64_t jti = (ConnectionTestKey(), HighestJti() + 1);
	REQUIRE(LoadIssuer(HmacRow().View(), RowTag{}, 0).status == Status::kOk);
	REQUIRE(ReadTokenIssuer(HmacToken()).status == Status::kOk);
	const std::string token = ConnectionToken(jti, ",\"iss\":\"https://idp.example/\"");
	CHECK(VerifyConnectionToken(token, kNow, kNew).status == Status::kOk);
	CHECK(VerifyIssuerToken(kIssuer, kNow, true).status == Status::kInternal);
	uint8_t digest[32];
	CHECK_FALSE(TokenDigest(kIssuer, digest));
}

TEST_CASE("ConnectionDigestChangesWithTheToken")
{
	(void)ConnectionTestKey();
	uint8_t a[32];
	uint8_t b[32];
	REQUIRE(ConnectionDigest("a.b.c", a));
	REQUIRE(ConnectionDigest("a.b.d", b));
	CHECK(std::to_array(a) != std::to_array(b));
	REQUIRE(ConnectionDigest("a.b.c", b));
	CHECK(std::to_array(a) == std::to_array(b));
}

TEST_CASE("IssuerIsFoundConfirmedForgotten")
{
	TestRow row = HmacRow();
	row.issuer = "https://found.example/";
	CHECK_FALSE(FindIssuer(row.issuer).is_known);
	REQUIRE(LoadIssuer(row.View(), RowTag{1, 2}, 10).status == Status::kOk);
	const IssuerState loaded = FindIssuer(row.issuer);
	CHECK(loaded.is_known);
	CHECK(loaded.tag == RowTag{1, 2});
	CHECK(loaded.version != 0);

	ConfirmIssuer(row.issuer, 11);
	CHECK(FindIssuer(row.issuer).checked == 11);
	CHECK(FindIssuer(row.issuer).version == loaded.version);
	ConfirmIssuer("https://unknown.example/", 12);
	CHECK_FALSE(FindIssuer("https://unknown.example/").is_known);

	// Byte for byte: no case, no slash is forgiven.
	CHECK_FALSE(FindIssuer("https://found.example").is_known);
	CHECK_FALSE(FindIssuer("HTTPS://found.example/").is_known);

	REQUIRE(LoadIssuer(row.View(), RowTag{1, 3}, 13).status == Status::kOk);
	CHECK(FindIssuer(row.issuer).version > loaded.version);
	const uint64_t version = FindIssuer(row.issuer).version;
	ForgetIssuer(row.issuer);
	CHECK_FALSE(FindIssuer(row.issuer).is_known);
	ForgetIssuer(row.issuer);
	REQUIRE(LoadIssuer(row.View(), RowTag{1, 3}, 13).status == Status::kOk);
	CHECK(FindIssuer(row.issuer).version > version); // never reused
	ForgetIssuer(row.issuer);
}

TEST_CASE("RefusedRowLeavesTheOldOne")
{
	TestRow row = HmacRow();
	REQUIRE(LoadIssuer(row.View(), RowTag{7, 7}, 1).status == Status::kOk);
	const IssuerState before = FindIssuer(kIssuer);
	row.algorithms = {"none"};
	CHECK(LoadIssuer(row.View(), RowTag{8, 8}, 2).status == Status::kAlgorithmUnknown);
	CHECK(FindIssuer(kIssuer).version == before.version);
	CHECK(FindIssuer(kIssuer).tag == before.tag);
	REQUIRE(ReadTokenIssuer(HmacToken()).status == Status::kOk);
	CHECK(VerifyIssuerToken(kIssuer, kNow, false).status == Status::kOk);
}

TEST_CASE("ReplacedKeysTakeEffectAtOnce")
{
	const std::string token = HmacToken();
	TestRow old_row = HmacRow();
	TestRow new_row(Keys().other_hs.Jwk());
	new_row.algorithms = {"HS256"};
	CHECK(Present(old_row, token).status == Status::kOk);
	// Also for the token that is open while the row changes.
	REQUIRE(ReadTokenIssuer(token).status == Status::kOk);
	REQUIRE(LoadIssuer(new_row.View(), RowTag{}, 1).status == Status::kOk);
	CHECK(VerifyIssuerToken(kIssuer, kNow, false).status == Status::kSignature);
	REQUIRE(LoadIssuer(old_row.View(), RowTag{}, 2).status == Status::kOk);
	CHECK(VerifyIssuerToken(kIssuer, kNow, false).status == Status::kOk);
	ForgetIssuer(kIssuer);
	CHECK(VerifyIssuerToken(kIssuer, kNow, false).status == Status::kInternal);
}

// Behaviour items 59 and 60.
TEST_CASE("ReadClaimsTakesAnyJson")
{
	const struct {
		const char *text;
		Subject kind;
		const char *subject;
	} cases[] = {
		{R"({"sub":"u"})", Subject::kText, "u"},
		{R"({"sub":""})", Subject::kText, ""},
		{R"({"sub":"a","sub":"b"})", Subject::kText, "b"},
		{R"({"sub":7})", Subject::kOther, ""},
		{R"({"sub":null})", Subject::kOther, ""},
		{"{}", Subject::kAbsent, ""},
		{R"(["sub"])", Subject::kAbsent, ""},
		{R"("sub")", Subject::kAbsent, ""},
		{"7", Subject::kAbsent, ""},
		{"null", Subject::kAbsent, ""},
		{R"({"sub":"u","exp":1,"nbf":9999999999})", Subject::kText, "u"},
	};
	for (const auto &c : cases) {
		CAPTURE(c.text);
		const TokenOutcome out = ReadClaims(c.text);
		CHECK(out.status == Status::kOk);
		CHECK(out.claims == c.text);
		CHECK(out.subject_kind == c.kind);
		CHECK(out.subject == c.subject);
		CHECK(out.valid_from == INT64_MIN);
		CHECK(out.valid_until == INT64_MAX);
	}
	for (const char *text : {"", " ", "{", "{}x", "sub", "{\"sub\":\"\\u0000\"}", "\xff"}) {
		CAPTURE(text);
		CHECK(ReadClaims(text).status == Status::kPayloadJson);
	}
}

} // namespace session_jwt
