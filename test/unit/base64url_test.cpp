// base64url: what is refused first, then RFC 4648's vectors and a random round trip.
#include "catch.hpp"

#include "core/base64url.hpp"

#include <random>
#include <string>

using session_jwt::DecodeBase64Url;
using session_jwt::DecodedSize;
using session_jwt::EncodeBase64Url;

namespace {

bool
Decodes(std::string_view text)
{
	std::string out;
	return DecodeBase64Url(text, &out);
}

constexpr std::string_view kAlphabet =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

} // namespace

TEST_CASE("Base64UrlEveryByteOutsideTheAlphabetRefused")
{
	int num_refused = 0;
	for (int byte = 0; byte < 256; byte++) {
		char c = static_cast<char>(byte);
		if (kAlphabet.find(c) != std::string_view::npos) {
			continue;
		}
		num_refused++;
		// Every place of a group, first group and later, and both tails.
		for (std::string text : {"AAAA", "AAAAAAAA", "AAAAAA", "AAAAAAA", "AA", "AAA"}) {
			for (size_t at = 0; at < text.size(); at++) {
				std::string bad = text;
				bad[at] = c;
				CAPTURE(byte, bad);
				CHECK_FALSE(Decodes(bad));
			}
		}
	}
	CHECK(num_refused == 192);
}

TEST_CASE("Base64UrlPaddingAndWhiteSpaceRefused")
{
	for (std::string_view text :
		 {"=", "==", "Zg==", "Zm8=", "Zg=", "Zm9v=", "Zm9v====", " Zm9v", "Zm9v ", "Zm9v\n",
		  "Zm9v\r\n", "Zm\n9v", "Zm9v\t", "Zg\n", "+/+/", "Zm9v.", ".Zm9v", "Zm9v\xc3\xa9"}) {
		CAPTURE(text);
		CHECK_FALSE(Decodes(text));
	}
	CHECK_FALSE(Decodes(std::string_view("Zm9v\0", 5)));
	CHECK_FALSE(Decodes(std::string_view("Zm\0v", 4)));
}

TEST_CASE("Base64UrlLengthOneModuloFourRefused")
{
	for (size_t len = 1; len <= 1025; len += 4) {
		CAPTURE(len);
		CHECK_FALSE(Decodes(std::string(len, 'A')));
	}
}

TEST_CASE("Base64UrlTrailingBitsRefused")
{
	// Two characters carry 8 of 12 bits: the low four of the last must be zero; three carry 16 of
	// 18: the low two.
	for (size_t value = 0; value < kAlphabet.size(); value++) {
		std::string two = {'Z', kAlphabet[value]};
		std::string three = {'Z', 'm', kAlphabet[value]};
		CAPTURE(two, three);
		CHECK(Decodes(two) == (value % 16 == 0));
		CHECK(Decodes("AAAA" + two) == (value % 16 == 0));
		CHECK(Decodes(three) == (value % 4 == 0));
		CHECK(Decodes("AAAA" + three) == (value % 4 == 0));
	}
}

TEST_CASE("Base64UrlRfc4648Vectors")
{
	struct Vector {
		std::string_view bytes;
		std::string_view text;
	};
	for (const Vector &vector :
		 {Vector{"", ""}, Vector{"f", "Zg"}, Vector{"fo", "Zm8"}, Vector{"foo", "Zm9v"},
		  Vector{"foob", "Zm9vYg"}, Vector{"fooba", "Zm9vYmE"}, Vector{"foobar", "Zm9vYmFy"},
		  Vector{"\xfb\xff\xfe", "-__-"}, Vector{"\xff", "_w"}}) {
		std::string out = "left over";
		CAPTURE(vector.text);
		CHECK(EncodeBase64Url(vector.bytes) == vector.text);
		CHECK(DecodedSize(vector.text.size()) == vector.bytes.size());
		REQUIRE(DecodeBase64Url(vector.text, &out));
		CHECK(out == vector.bytes);
	}
}

TEST_CASE("Base64UrlWritesNoByteBeyondItsRoom")
{
	for (size_t len = 0; len < 70; len++) {
		std::string text = EncodeBase64Url(std::string(len, '\x5a'));
		std::string room(len + 8, '#');
		REQUIRE(DecodedSize(text.size()) == len);
		REQUIRE(DecodeBase64Url(text, room.data()));
		CHECK(room == std::string(len, '\x5a') + "########");
	}
}

TEST_CASE("Base64UrlRandomRoundTrip")
{
	std::mt19937 random(4648);
	for (int round = 0; round < 3000; round++) {
		std::string bytes(random() % 300, '\0');
		for (char &c : bytes) {
			c = static_cast<char>(random());
		}
		std::string text = EncodeBase64Url(bytes);
		std::string out;
		REQUIRE(text.find_first_not_of(kAlphabet) == std::string::npos);
		REQUIRE(DecodeBase64Url(text, &out));
		REQUIRE(out == bytes);
	}
}

TEST_CASE("Base64UrlOneSpellingOnly")
{
	// Whatever decodes must be exactly what encodes again: no two tokens with the same bytes.
	std::mt19937 random(7515);
	int num_decoded = 0;
	for (int round = 0; round < 20000; round++) {
		std::string text(random() % 12, 'A');
		for (char &c : text) {
			c = kAlphabet[random() % kAlphabet.size()];
		}
		std::string out;
		if (DecodeBase64Url(text, &out)) {
			num_decoded++;
			REQUIRE(EncodeBase64Url(out) == text);
		}
	}
	CHECK(num_decoded > 5000);
}
