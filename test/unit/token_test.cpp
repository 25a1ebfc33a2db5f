// SplitToken, ParseHeader and ParsePayload by themselves.
#include "catch.hpp"
#include "tokens.hpp"

#include "core/base64url.hpp"
#include "core/token.hpp"

namespace session_jwt {

namespace {

// Memory is what a parsed part points into.
struct Memory {
	JsonDocument document;
	std::string buffer;
};

Status
HeaderOf(std::string_view json, Memory *memory, Header *out)
{
	return ParseHeader(EncodeBase64Url(json), &memory->document, &memory->buffer, out);
}

Status
PayloadOf(std::string_view json)
{
	Memory memory;
	return ParsePayload(EncodeBase64Url(json), &memory.document, &memory.buffer);
}

} // namespace

TEST_CASE("SplitTokenCountsParts")
{
	CompactToken parts;
	CHECK(SplitToken("", &parts) == Status::kTokenOpaque);
	CHECK(SplitToken("a", &parts) == Status::kTokenOpaque);
	CHECK(SplitToken(".", &parts) == Status::kTokenParts);
	CHECK(SplitToken("a.b", &parts) == Status::kTokenParts);
	CHECK(SplitToken("a.b.c", &parts) == Status::kOk);
	CHECK(SplitToken("a.b.c.d", &parts) == Status::kTokenParts);
	CHECK(SplitToken("a.b.c.d.e", &parts) == Status::kTokenEncrypted);
	CHECK(SplitToken("....", &parts) == Status::kTokenEncrypted);
	CHECK(SplitToken("a.b.c.d.e.f", &parts) == Status::kTokenParts);
}

TEST_CASE("SplitTokenCutsAtDots")
{
	CompactToken parts;
	REQUIRE(SplitToken("aa.bbb.c", &parts) == Status::kOk);
	CHECK(parts.header == "aa");
	CHECK(parts.payload == "bbb");
	CHECK(parts.signature == "c");
	CHECK(parts.signing_input == "aa.bbb");

	REQUIRE(SplitToken("..", &parts) == Status::kOk);
	CHECK(parts.header.empty());
	CHECK(parts.payload.empty());
	CHECK(parts.signature.empty());
	CHECK(parts.signing_input == ".");
}

TEST_CASE("ParseHeaderReadsAlgAndKid")
{
	Memory memory;
	Header header;
	REQUIRE(HeaderOf(R"({"typ":"at+jwt","alg":"PS384","kid":"k\u00e9"})", &memory, &header) ==
			Status::kOk);
	CHECK(header.has_alg);
	CHECK(header.alg == Algorithm::kPS384);
	CHECK(header.has_kid);
	CHECK(header.kid == "k\xc3\xa9");

	// What an earlier token said must not show through.
	REQUIRE(HeaderOf("{}", &memory, &header) == Status::kOk);
	CHECK_FALSE(header.has_alg);
	CHECK_FALSE(header.has_kid);
	CHECK(header.kid.empty());
}

TEST_CASE("ParseHeaderKnowsEveryAlgorithm")
{
	Memory memory;
	for (int i = 0; i < kNumAlgorithms; i++) {
		const Algorithm alg = static_cast<Algorithm>(i);
		Header header;
		CAPTURE(AlgorithmName(alg));
		CHECK(HeaderOf("{\"alg\":\"" + std::string(AlgorithmName(alg)) + "\"}", &memory, &header) ==
			  Status::kOk);
		CHECK(header.alg == alg);
	}
}

TEST_CASE("ParseHeaderRefuses")
{
	const struct {
		const char *json;
		Status status;
	} cases[] = {
		{"", Status::kHeaderJson},
		{"[]", Status::kHeaderJson},
		{"null", Status::kHeaderJson},
		{R"({"alg":"EdDSA"})"
		 "x",
		 Status::kHeaderJson},
		{R"({"alg":"EdDSA","alg":"EdDSA"})", Status::kHeaderDuplicate},
		{R"({"typ":"JWT","ty\u0070":"JWT"})", Status::kHeaderDuplicate},
		{R"({"alg":"EdDSA","crit":["b64"]})", Status::kHeaderCritical},
		{R"({"alg":"EdDSA","crit":false})", Status::kHeaderCritical},
		{R"({"alg":"EdDSA","b64":false})", Status::kHeaderB64},
		{R"({"alg":"EdDSA","b64":1})", Status::kHeaderB64},
		{R"({"alg":"EdDSA","b64":null})", Status::kHeaderB64},
		{R"({"alg":7})", Status::kHeaderType},
		{R"({"alg":"EdDSA","kid":7})", Status::kHeaderType},
		{R"({"alg":"EdDSA","kid":["a"]})", Status::kHeaderType},
		{R"({"alg":"NoNe"})", Status::kAlgorithmNone},
		{R"({"alg":"nonesuch"})", Status::kAlgorithmUnknown},
		{R"({"alg":"HS1"})", Status::kAlgorithmUnknown},
	};
	for (const auto &c : cases) {
		Memory memory;
		Header header;
		CAPTURE(c.json);
		CHECK(HeaderOf(c.json, &memory, &header) == c.status);
	}
}

TEST_CASE("ParseHeaderTakesB64True")
{
	Memory memory;
	Header header;
	CHECK(HeaderOf(R"({"alg":"EdDSA","b64":true})", &memory, &header) == Status::kOk);
}

// Only the header's own members count: an extension may nest what it likes.
TEST_CASE("ParseHeaderIgnoresNestedMembers")
{
	Memory memory;
	Header header;
	REQUIRE(HeaderOf(R"({"x":{"alg":"none","crit":[],"alg":1},"alg":"ES256"})", &memory, &header) ==
			Status::kOk);
	CHECK(header.alg == Algorithm::kES256);
}

TEST_CASE("ParseHeaderWantsStrictBase64Url")
{
	Memory memory;
	Header header;
	for (const char *text : {"e30=", "e3 0", "e3", "e", "e31", "e+0", "\n"}) {
		CAPTURE(text);
		const Status status = ParseHeader(text, &memory.document, &memory.buffer, &header);
		CHECK((status == Status::kHeaderEncoding || std::string_view(text) == "e3"));
		CHECK(status != Status::kOk);
	}
	CHECK(ParseHeader("e30", &memory.document, &memory.buffer, &header) == Status::kOk);
}

TEST_CASE("ParsePayloadRefuses")
{
	const struct {
		std::string json;
		Status status;
	} cases[] = {
		{"", Status::kPayloadEncoding},
		{"[]", Status::kPayloadJson},
		{"\"sub\"", Status::kPayloadJson},
		{"{}{}", Status::kPayloadJson},
		{"{\"a\":1,\"a\":1}", Status::kPayloadDuplicate},
		{"{\"a\":1,\"\\u0061\":1}", Status::kPayloadDuplicate},
		{"{\"a\":\"\\u0000\"}", Status::kPayloadNul},
		{"{\"\\u0000\":1}", Status::kPayloadNul},
		{"{\"a\":" + std::string(128, '[') + std::string(128, ']') + "}", Status::kPayloadDepth},
		{"{\"a\":1e131073}", Status::kPayloadJson},
	};
	for (const auto &c : cases) {
		CAPTURE(c.json);
		CHECK(PayloadOf(c.json) == c.status);
	}
}

TEST_CASE("ParsePayloadAccepts")
{
	CHECK(PayloadOf("{}") == Status::kOk);
	CHECK(PayloadOf(" {\"a\" : 1} ") == Status::kOk);
	CHECK(PayloadOf("{\"a\":{\"b\":1,\"b\":2}}") == Status::kOk);
	CHECK(PayloadOf("{\"a\":" + std::string(127, '[') + std::string(127, ']') + "}") ==
		  Status::kOk);
	CHECK(PayloadOf("{\"a\":" + std::string(100'000, '1') + "}") == Status::kOk);
}

TEST_CASE("ParsePayloadKeepsTheText")
{
	Memory memory;
	const std::string json = "{\"n\":1.10,\"big\":123456789012345678901234567890}";
	REQUIRE(ParsePayload(EncodeBase64Url(json), &memory.document, &memory.buffer) == Status::kOk);
	CHECK(memory.buffer == json);
	CHECK(memory.document.Member(memory.document.root(), "n")->text == "1.10");
}

} // namespace session_jwt
