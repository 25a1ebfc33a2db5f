// UUID text (behaviour item 55): everything but the four forms is refused.
#include "catch.hpp"

#include "core/uuid.hpp"

#include <algorithm>
#include <cstring>
#include <string>

using session_jwt::ParseUuid;

namespace {

constexpr std::string_view kHyphenated = "67e55044-10b1-426f-9247-bb680e5fe0c8";
constexpr std::string_view kSimple = "67e5504410b1426f9247bb680e5fe0c8";
constexpr uint8_t kBytes[16] = {0x67, 0xe5, 0x50, 0x44, 0x10, 0xb1, 0x42, 0x6f,
								0x92, 0x47, 0xbb, 0x68, 0x0e, 0x5f, 0xe0, 0xc8};

bool
Parses(std::string_view text)
{
	uint8_t out[16];
	return ParseUuid(text, out);
}

void
CheckBytes(std::string_view text)
{
	uint8_t out[16] = {};
	CAPTURE(text);
	REQUIRE(ParseUuid(text, out));
	CHECK(std::memcmp(out, kBytes, sizeof(out)) == 0);
}

} // namespace

TEST_CASE("UuidMalformedRefused")
{
	for (std::string_view text : {
			 "",
			 "{}",
			 "urn:uuid:",
			 "67e55044",
			 "67e55044-10b1-426f-9247-bb680e5fe0c",
			 "67e55044-10b1-426f-9247-bb680e5fe0c89",
			 "67e55044-10b1-426f-9247bb-680e5fe0c8",
			 "67e5-5044-10b1-426f-9247-bb68-0e5f-e0c8",
			 "67e550441-0b1-426f-9247-bb680e5fe0c8",
			 "67e55044 10b1 426f 9247 bb680e5fe0c8",
			 "67e55044-10b1-426f-9247-bb680e5fe0cg",
			 "67e5504410b1426f9247bb680e5fe0cg",
			 "-67e5504410b1426f9247bb680e5fe0c",
			 "67e5504410b1426f9247bb680e5fe0c8 ",
			 " 67e55044-10b1-426f-9247-bb680e5fe0c8",
			 "67e55044-10b1-426f-9247-bb680e5fe0c8\n",
			 "{67e5504410b1426f9247bb680e5fe0c8}",
			 "{67e55044-10b1-426f-9247-bb680e5fe0c8",
			 "67e55044-10b1-426f-9247-bb680e5fe0c8}",
			 "(67e55044-10b1-426f-9247-bb680e5fe0c8)",
			 "{{67e55044-10b1-426f-9247-bb680e5fe0c8}}",
			 "urn:uuid:67e5504410b1426f9247bb680e5fe0c8",
			 "urn:uuid:{67e55044-10b1-426f-9247-bb680e5fe0c8}",
			 "{urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8}",
			 "URN:UUID:67e55044-10b1-426f-9247-bb680e5fe0c8",
			 "urn:oid::67e55044-10b1-426f-9247-bb680e5fe0c8",
			 "uuid:67e55044-10b1-426f-9247-bb680e5fe0c8",
			 "auth0|67e5504410b1426f9247bb68",
			 "0x67e5504410b1426f9247bb680e5fe0",
		 }) {
		CAPTURE(text);
		CHECK_FALSE(Parses(text));
	}
}

TEST_CASE("UuidEveryForeignByteRefused")
{
	constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
	for (int byte = 0; byte < 256; byte++) {
		char c = static_cast<char>(byte);
		bool digit = kDigits.find(c) != std::string_view::npos;
		for (size_t at = 0; at < kHyphenated.size(); at++) {
			std::string text(kHyphenated);
			bool hyphen = text[at] == '-';
			text[at] = c;
			CAPTURE(byte, at);
			CHECK(Parses(text) == (hyphen ? c == '-' : digit));
		}
		for (size_t at = 0; at < kSimple.size(); at++) {
			std::string text(kSimple);
			text[at] = c;
			CAPTURE(byte, at);
			CHECK(Parses(text) == digit);
		}
	}
}

TEST_CASE("UuidEveryOtherLengthRefused")
{
	for (size_t len = 0; len < 100; len++) {
		CAPTURE(len);
		CHECK(Parses(std::string(len, 'a')) == (len == 32));
	}
}

TEST_CASE("UuidFailureLeavesOutAlone")
{
	uint8_t out[16];
	std::memset(out, 0x5a, sizeof(out));
	CHECK_FALSE(ParseUuid("67e55044-10b1-426f-9247-bb680e5fe0cg", out));
	CHECK(std::all_of(out, out + 16, [](uint8_t byte) { return byte == 0x5a; }));
}

TEST_CASE("UuidFourFormsAccepted")
{
	std::string hyphenated(kHyphenated);
	CheckBytes(kHyphenated);
	CheckBytes(kSimple);
	CheckBytes("{" + hyphenated + "}");
	CheckBytes("urn:uuid:" + hyphenated);
}

TEST_CASE("UuidAnyCaseAndVersionAccepted")
{
	CheckBytes("67E55044-10B1-426F-9247-BB680E5FE0C8");
	CheckBytes("67E5504410b1426F9247bb680e5fe0c8");
	CheckBytes("{67E55044-10B1-426f-9247-BB680E5FE0C8}");
	CheckBytes("urn:uuid:67E55044-10B1-426F-9247-BB680E5FE0C8");
	CHECK(Parses("00000000-0000-0000-0000-000000000000"));
	CHECK(Parses("ffffffff-ffff-ffff-ffff-ffffffffffff"));
	CHECK(Parses("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"));
}
