// JSON texts that are refused as malformed.
#include "catch.hpp"

#include "core/json.hpp"

#include <string>

using session_jwt::JsonDocument;
using session_jwt::JsonError;

namespace {

JsonError
ParseError(std::string_view text)
{
	JsonDocument document;
	JsonError error = document.Parse(text);
	CHECK(document.empty() == (error != JsonError::kNone));
	return error;
}

constexpr std::string_view kMalformed[] = {
	// No value.
	"",
	" ",
	"\n\t\r ",
	"\f",
	"\v",
	"\xa0",
	"\xc2\xa0",
	"\xe2\x80\x8b",
	// Structure.
	"{",
	"}",
	"[",
	"]",
	",",
	":",
	"{}}",
	"[]]",
	"[}",
	"{]",
	"[[]",
	"{\"a\":{}",
	"[1",
	"[1,",
	"[,]",
	"[1,]",
	"[,1]",
	"[1,,2]",
	"[1 2]",
	"[1:2]",
	"[\"a\":1]",
	"[\"a\":1]]",
	"{1}",
	"{,}",
	"{:}",
	"{\"a\"}",
	"{\"a\":}",
	"{\"a\" 1}",
	"{\"a\",1}",
	"{\"a\":1,}",
	"{,\"a\":1}",
	"{\"a\":1,,\"b\":2}",
	"{\"a\":1 \"b\":2}",
	"{\"a\":\"x\" \"b\":1}",
	"{\"a\":1:2}",
	"{\"a\"::1}",
	"{a:1}",
	"{'a':1}",
	"{1:1}",
	"{null:1}",
	"{[]:1}",
	"{\"a\":[1}",
	"{\"a\":[1}]",
	"[{\"a\":1]",
	"[{\"a\":1]}",
	"{\"a\":1]",
	"[1}",
	"{\"a\":1,\"b\"}",
	"{\"a\":1,2}",
	"[1,\"a\":2]",
	"{\"a\":1}{\"b\":2}",
	// Trailing bytes.
	"{} {}",
	"[][]",
	"{}1",
	"{},",
	"{}x",
	"[1]1",
	"1 2",
	"1,2",
	"\"a\"\"b\"",
	"\"a\" \"b\"",
	"null null",
	"true1",
	"{}\f",
	"{}#",
	"{}//",
	"/**/{}",
	"{}/**/",
	"[1]true",
	"\"a\":1",
	"{}]",
	"[]}",
	// Literals.
	"t",
	"tru",
	"truee",
	"True",
	"TRUE",
	"nul",
	"nulll",
	"Null",
	"fals",
	"falsee",
	"none",
	"undefined",
	"[tru]",
	"[truex]",
	"[true1]",
	"[nul]",
	"[nulll]",
	"[fals]",
	"{\"a\":tru}",
	"{\"a\":\"x\",\"b\":tru}",
	"[true\"a\"]",
	"[t rue]",
	"[nullnull]",
	"NaN",
	"[NaN]",
	"Infinity",
	"[-Infinity]",
	// Strings.
	"\"",
	"\"a",
	"a\"",
	"'a'",
	"\"\\\"",
	"\"a\\",
	"[\"a]",
	"[\"a\"\"b\"]",
	"[\"a\"b]",
	"[\"a\"1]",
	"[a\"b\"]",
	"{\"a\"b:1}",
	"{\"a\":\"b\"c}",
	"\"\n\"",
	"\"\t\"",
	"\"a\x01z\"",
	"[\"\n\"]",
	"[\"\t\"]",
	"[\"\x1f\"]",
	"{\"\n\":1}",
	"{\"a\x01z\":1}",
	"[\"0123456789012345678901234567890123456789\n\"]",
	// Escapes.
	"\"\\a\"",
	"\"\\0\"",
	"\"\\x41\"",
	"\"\\'\"",
	"\"\\U0041\"",
	"\"\\u\"",
	"\"\\u1\"",
	"\"\\u12\"",
	"\"\\u123\"",
	"\"\\u123g\"",
	"\"\\u 123\"",
	"\"\\u+123\"",
	"\"\\\n\"",
	"[\"\\a\"]",
	"[\"\\u12\"]",
	"{\"\\a\":1}",
	"{\"\\u12\":1}",
	"{\"\\u004\":1}",
	// Half a surrogate pair.
	"\"\\ud800\"",
	"\"\\udbff\"",
	"\"\\udc00\"",
	"\"\\udfff\"",
	"\"\\ud800x\"",
	"\"\\ud800\\n\"",
	"\"\\ud800\\u0041\"",
	"\"\\ud800\\ud800\"",
	"\"\\ud800\\ue000\"",
	"\"\\ud800\\udbff\"",
	"\"\\udc00\\ud800\"",
	"\"\\ud800\\u0000\"",
	"\"\\ud83d \\ude00\"",
	"\"\\ud83d\\ude0\"",
	"[\"\\ud800\"]",
	"[\"\\udc00\"]",
	"[\"\\ud800\\u0041\"]",
	"{\"\\ud800\":1}",
	"{\"\\udc00\":1}",
	"{\"\\ud800\\u0041\":1}",
	// Not UTF-8: stray and missing continuation, overlong, a surrogate, beyond U+10FFFF.
	"\"\x80\"",
	"\"\xbf\"",
	"\"\xc3\"",
	"\"\xc3(\"",
	"\"\xe2\x82\"",
	"\"\xf0\x9f\x98\"",
	"\"\xc0\x80\"",
	"\"\xc1\xbf\"",
	"\"\xe0\x80\x80\"",
	"\"\xe0\x9f\xbf\"",
	"\"\xf0\x80\x80\x80\"",
	"\"\xed\xa0\x80\"",
	"\"\xed\xbf\xbf\"",
	"\"\xf4\x90\x80\x80\"",
	"\"\xf5\x80\x80\x80\"",
	"\"\xfe\"",
	"\"\xff\"",
	"[\"\x80\"]",
	"[\"\xc0\x80\"]",
	"[\"\xed\xa0\x80\"]",
	"{\"\xff\":1}",
	"{\"\xc0\x80\":1}",
	"[1]\xff",
	"\xff[1]",
	"[\xc3\xa9]",
	"[1\xc3\xa9]",
	// Byte order marks and other encodings.
	"\xef\xbb\xbf{}",
	"\xef\xbb\xbf 1",
	"\xef\xbb\xbf",
	"{}\xef\xbb\xbf",
	"[\xef\xbb\xbf]",
	"\xff\xfe{",
	"\xfe\xff{",
};

} // namespace

TEST_CASE("JsonMalformedRefused")
{
	for (std::string_view text : kMalformed) {
		CAPTURE(text);
		CHECK(ParseError(text) == JsonError::kSyntax);
	}
}

TEST_CASE("JsonMalformedRefusedDeepInside")
{
	for (std::string_view text : kMalformed) {
		// A text that is one value may stand inside, and some pieces complete what is around them.
		std::string inside = "{\"a\":[1,{\"b\":" + std::string(text) + "}],\"c\":\"d\"}";
		CAPTURE(inside);
		CHECK(ParseError(inside) == JsonError::kSyntax);
	}
}

TEST_CASE("JsonNulByteRefused")
{
	using namespace std::string_view_literals;
	for (std::string_view text :
		 {"\0"sv, "1\0"sv, "\0001"sv, "{}\0"sv, "[\0]"sv, "[1\0]"sv, "\"\0\""sv, "[\"\0\"]"sv,
		  "{\"\0\":1}"sv, "{\"a\":1\0}"sv, "true\0"sv, "[true\0]"sv}) {
		CAPTURE(text);
		CHECK(ParseError(text) == JsonError::kSyntax);
	}
}

TEST_CASE("JsonEveryControlCharacterInStringRefused")
{
	for (int byte = 0; byte < 256; byte++) {
		char c = static_cast<char>(byte);
		bool good = byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
		for (std::string around :
			 {"\"#\"", "[\"#\"]", "{\"#\":1}", "{\"a\":\"long enough to fill a vector: #\"}"}) {
			around[around.find('#')] = c;
			CAPTURE(byte, around);
			CHECK(ParseError(around) == (good ? JsonError::kNone : JsonError::kSyntax));
		}
	}
}

TEST_CASE("JsonEveryForeignByteBetweenTokensRefused")
{
	// What may stand for the # beside white space: what makes or lengthens a number.
	struct Case {
		std::string_view text;
		std::string_view good;
	};
	for (const Case &c :
		 {Case{"#{}", ""}, Case{"{}#", ""}, Case{"[#]", "0123456789"}, Case{"[1#]", "0123456789"},
		  Case{"[true#]", ""}, Case{"[\"a\"#]", ""}, Case{"{#\"a\":1}", ""}, Case{"{\"a\"#:1}", ""},
		  Case{"{\"a\":#1}", "-123456789"}, Case{"[1#,2]", "0123456789"},
		  Case{"{\"a\":{}#}", ""}}) {
		for (int byte = 0; byte < 256; byte++) {
			char foreign = static_cast<char>(byte);
			std::string text(c.text);
			text[text.find('#')] = foreign;
			bool good = std::string_view(" \t\n\r").find(foreign) != std::string_view::npos ||
						c.good.find(foreign) != std::string_view::npos;
			CAPTURE(byte, text);
			CHECK(ParseError(text) == (good ? JsonError::kNone : JsonError::kSyntax));
		}
	}
}

TEST_CASE("JsonEveryTruncationRefused")
{
	std::string text =
		R"({"iss":"https://a.example/","sub":"x\u00e9\"y","n":[1,-2.5e3,{"o":{"id":null}}],)"
		R"("t":true,"f":false,"e":{},"l":[],"s":"","\u0061":"\ud83d\ude00"})";
	REQUIRE(ParseError(text) == JsonError::kNone);
	for (size_t len = 0; len < text.size(); len++) {
		// One document, so that what an earlier text left in the buffer could complete this one.
		JsonDocument document;
		REQUIRE(document.Parse(text) == JsonError::kNone);
		CAPTURE(len);
		CHECK(document.Parse(text.substr(0, len)) == JsonError::kSyntax);
		CHECK(document.empty());
	}
}

TEST_CASE("JsonBytesBehindTheViewAreNotRead")
{
	std::string text = "[1,2]]]]}}}}\"\"";
	CHECK(ParseError(std::string_view(text).substr(0, 4)) == JsonError::kSyntax);
	CHECK(ParseError(std::string_view(text).substr(0, 5)) == JsonError::kNone);
	std::string number = "1234";
	JsonDocument document;
	REQUIRE(document.Parse(std::string_view(number).substr(0, 2)) == JsonError::kNone);
	CHECK(document.root().text == "12");
}
