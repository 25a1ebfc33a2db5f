// Depth, NUL, any value as the root, and strings with their escapes resolved.
#include "catch.hpp"

#include "core/json.hpp"

#include <string>
#include <utility>

using session_jwt::JsonDocument;
using session_jwt::JsonError;
using session_jwt::JsonType;

namespace {

JsonError
ParseError(std::string_view text)
{
	JsonDocument document;
	JsonError error = document.Parse(text);
	CHECK(document.empty() == (error != JsonError::kNone));
	return error;
}

std::string
Repeat(std::string_view text, size_t times)
{
	std::string out;
	for (size_t i = 0; i < times; i++) {
		out += text;
	}
	return out;
}

} // namespace

TEST_CASE("JsonEscapedNulRefused")
{
	for (std::string_view text :
		 {R"("\u0000")", R"("a\u0000b")", R"(["\u0000"])", R"({"a":"\u0000"})", R"({"\u0000":1})",
		  R"({"a":{"b\u0000":1}})", R"(["x\n\u0000"])"}) {
		CAPTURE(text);
		CHECK(ParseError(text) == JsonError::kNul);
	}
	// An escaped backslash before it makes it plain text.
	CHECK(ParseError(R"("\\u0000")") == JsonError::kNone);
}

TEST_CASE("JsonDepthBound")
{
	for (auto [open, close] :
		 {std::pair{"[", "]"}, std::pair{"{\"a\":", "}"}, std::pair{"[{\"a\":", "}]"}}) {
		size_t step = std::string_view(open).size() > 5 ? 2 : 1;
		size_t most = 128 / step;
		CAPTURE(open);
		CHECK(ParseError(Repeat(open, most) + "1" + Repeat(close, most)) == JsonError::kNone);
		CHECK(ParseError(Repeat(open, most + 1) + "1" + Repeat(close, most + 1)) ==
			  JsonError::kDepth);
		CHECK(ParseError(Repeat(open, 3000) + "1" + Repeat(close, 3000)) == JsonError::kDepth);
	}
	// Depth is not a count of containers.
	CHECK(ParseError("[" + Repeat("[],{},", 500) + "1]") == JsonError::kNone);
	// An empty container is a level as well.
	CHECK(ParseError(Repeat("[", 129) + Repeat("]", 129)) == JsonError::kDepth);
	CHECK(ParseError(Repeat("[", 127) + "{}" + Repeat("]", 127)) == JsonError::kNone);
	CHECK(ParseError(Repeat("[", 128) + "{}" + Repeat("]", 128)) == JsonError::kDepth);
}

TEST_CASE("JsonMegabyteOfBracketsRefused")
{
	CHECK(ParseError(Repeat("[", 1 << 20)) != JsonError::kNone);
	CHECK(ParseError(Repeat("[", 1 << 19) + Repeat("]", 1 << 19)) == JsonError::kDepth);
	CHECK(ParseError(Repeat("{\"a\":", 200000)) != JsonError::kNone);
	CHECK(ParseError(Repeat("]", 1 << 20)) == JsonError::kSyntax);
	CHECK(ParseError(Repeat("\"", (1 << 20) + 1)) == JsonError::kSyntax);
	CHECK(ParseError("\"" + Repeat("\\", 1 << 20)) == JsonError::kSyntax);
}

TEST_CASE("JsonAnyRootAccepted")
{
	struct Case {
		std::string_view text;
		JsonType type;
		std::string_view value;
	};
	for (const Case &c :
		 {Case{"null", JsonType::kNull, ""}, Case{" true ", JsonType::kTrue, ""},
		  Case{"\nfalse\t", JsonType::kFalse, ""},
		  Case{"\r-1.50e+2 ", JsonType::kNumber, "-1.50e+2"},
		  Case{"\"a b\"", JsonType::kString, "a b"}, Case{"\"\"", JsonType::kString, ""},
		  Case{" \"\\\"\" ", JsonType::kString, "\""}, Case{"[]", JsonType::kArray, ""},
		  Case{" { } ", JsonType::kObject, ""}}) {
		JsonDocument document;
		CAPTURE(c.text);
		REQUIRE(document.Parse(c.text) == JsonError::kNone);
		CHECK(document.root().type == c.type);
		CHECK(document.root().text == c.value);
		CHECK(document.root().name.empty());
		CHECK(document.root().end == 1);
		CHECK(document.NextChild(document.root(), nullptr) == nullptr);
	}
}

TEST_CASE("JsonStringsResolved")
{
	struct Case {
		std::string_view text;
		std::string_view value;
	};
	for (const Case &c :
		 {Case{R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"}, Case{R"("\u0041\u007f")", "A\x7f"},
		  Case{R"("\u0080\u07ff")", "\xc2\x80\xdf\xbf"},
		  Case{R"("\u0800\uffff")", "\xe0\xa0\x80\xef\xbf\xbf"},
		  Case{R"("\ud7ff\ue000")", "\xed\x9f\xbf\xee\x80\x80"},
		  Case{R"("\ud800\udc00\uDBFF\uDFFF")", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
		  Case{R"("x\ud83d\ude00y\u0001z")", "x\xf0\x9f\x98\x80y\x01z"},
		  Case{R"("\\\\\"\\")", "\\\\\"\\"},
		  Case{"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
			   "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"}}) {
		std::string array = "[ " + std::string(c.text) + " , 1]";
		std::string object = "{" + std::string(c.text) + " :" + std::string(c.text) + "}";
		JsonDocument document;
		CAPTURE(c.text);
		REQUIRE(document.Parse(c.text) == JsonError::kNone);
		CHECK(document.root().text == c.value);
		REQUIRE(document.Parse(array) == JsonError::kNone);
		CHECK(document.NextChild(document.root(), nullptr)->text == c.value);
		REQUIRE(document.Parse(object) == JsonError::kNone);
		CHECK(document.NextChild(document.root(), nullptr)->name == c.value);
		CHECK(document.NextChild(document.root(), nullptr)->text == c.value);
	}
}
