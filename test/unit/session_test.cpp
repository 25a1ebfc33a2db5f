// The port: what it keeps, what a refusal leaves alone, and what an open token may be used for.
#include "catch.hpp"
#include "tokens.hpp"

#include "core/session.hpp"

#include <array>

namespace session_jwt {

namespace {

constexpr Presentation kNew{};
constexpr Presentation kAccepted{true, false};

// The connection key of this process: the port takes one only.
const TestKey &
ConnectionTestKey()
{
	static const TestKey key = [] {
		TestKey made = TestKey::Ed25519();
		REQUIRE(LoadConnectionKey(made.Jwk()).status == Status::kOk);
		return made;
	}();
	return key;
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

TEST_CASE("SetUpCanBeCalledAgain")
{
	CHECK(SetUp().status == Status::kOk);
	CHECK(SetUp().status == Status::kOk);
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
		CHECK(VerifyConnectionToken(c.token, kNow, kNew).status == c.status);
		CHECK(VerifyConnectionToken(c.token, kNow, kNew).claims.empty());
		CHECK(HighestJti() == jti);
	}
	CHECK(VerifyConnectionToken(good, kNow, kNew).status == Status::kOk);
	CHECK(HighestJti() == jti + 1);
	CHECK(VerifyConnectionToken(good, kNow, kNew).status == Status::kJtiOrder);
	CHECK(VerifyConnectionToken(good, kNow, kAccepted).status == Status::kOk);
	CHECK(HighestJti() == jti + 1);
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
	const int64_t jti = (ConnectionTestKey(), HighestJti() + 1);

	REQUIRE(open());
	CHECK(CanVerify());
	CHECK(CanVerify()); // as often as wanted
	(void)ReadClaims("{\"iss\":\"https://idp.example/\",\"sub\":\"admin\",\"exp\":2000000000}");
	CHECK_FALSE(CanVerify());

	REQUIRE(open());
	CHECK(
		VerifyConnectionToken(ConnectionToken(jti, ",\"iss\":\"https://idp.example/\""), kNow, kNew)
			.status == Status::kOk);
	CHECK_FALSE(CanVerify());

	for (std::string_view bad :
		 {"", "x", "a.b", "a.b.c.d.e", "e30.e30.", "eyJhbGciOiJIUzI1NiJ9.."}) {
		CAPTURE(bad);
		REQUIRE(open());
		CHECK(ReadTokenIssuer(bad).status != Status::kOk);
		CHECK_FALSE(CanVerify());
		REQUIRE(open());
		CHECK(VerifyConnectionToken(bad, kNow, kNew).status != Status::kOk);
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
