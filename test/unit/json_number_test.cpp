// Numbers: grammar, what numeric can hold, integers, and NumericDate's rounding.
#include "catch.hpp"

#include "core/json.hpp"

#include <cstdint>
#include <limits>
#include <string>

using session_jwt::JsonDocument;
using session_jwt::JsonError;
using session_jwt::ParseInteger;
using session_jwt::ParseNumericDate;

namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

// Accepted reports whether `number` is accepted as root, element and member, the same in each.
bool
Accepted(const std::string &number)
{
	JsonDocument document;
	bool root = document.Parse(number) == JsonError::kNone;
	bool kept = root && document.root().text == number;
	bool element = document.Parse("[" + number + " ]") == JsonError::kNone;
	kept = kept && element && document.NextChild(document.root(), nullptr)->text == number;
	bool member = document.Parse("{\"a\":" + number + "}") == JsonError::kNone;
	kept = kept && member && document.Member(document.root(), "a")->text == number;
	CHECK(root == element);
	CHECK(root == member);
	CHECK(kept == root);
	return root;
}

int64_t
Date(std::string_view number, bool round_up)
{
	int64_t out = 4711;
	CAPTURE(number);
	REQUIRE(ParseNumericDate(number, round_up, &out));
	return out;
}

constexpr std::string_view kNoNumbers[] = {
	"-",     "+1",    "--1",   "01",           "-01",       "00",    "-00",  "1.",    ".1",  "-.1",
	"1.e1",  "1e",    "1e+",   "1e-",          "1e1.5",     "1e1e1", "1..2", "1.2.3", "1-2", "1+2",
	"0x10",  "0X1F",  "1_000", "1'000",        "1f",        "1L",    "1d",   "0b1",   "0o7", "e1",
	"1 e1",  "1e 1",  "- 1",   "\xef\xbc\x91", "1\xc2\xa0", "inf",   "-inf", "nan",   "1,5", "1/2",
	"1e--1", "1e+-1", "1E",    "1.5E+",        "0.",        "-0.",   "0e",
};

} // namespace

TEST_CASE("JsonNumberMalformedRefused")
{
	for (std::string_view text : kNoNumbers) {
		CAPTURE(text);
		int64_t out = 4711;
		JsonDocument document;
		CHECK(document.Parse(text) == JsonError::kSyntax);
		CHECK(document.Parse("{\"a\":" + std::string(text) + "}") == JsonError::kSyntax);
		if (text != "1,5") { // two elements
			CHECK(document.Parse("[" + std::string(text) + "]") == JsonError::kSyntax);
		}
		CHECK_FALSE(ParseInteger(text, &out));
		CHECK_FALSE(ParseNumericDate(text, false, &out));
		CHECK_FALSE(ParseNumericDate(text, true, &out));
		CHECK(out == 4711);
	}
}

TEST_CASE("JsonNumberBeyondNumericRefused")
{
	// Each of these makes numeric_in, and so jsonb_in, raise 22003 or 22P02.
	for (const std::string &text : {std::string("1e131072"),
									std::string("-1e131072"),
									std::string("1e999999"),
									std::string("10e131071"),
									std::string("0.1e131073"),
									std::string("1e-16384"),
									std::string("1e-99999"),
									std::string("0e-16384"),
									std::string("0.0e-16383"),
									std::string("1.5e-16383"),
									std::string("0e1073741823"),
									std::string("0e2147483647"),
									std::string("0e99999999999999999999"),
									std::string("1e99999999999999999999"),
									std::string("1e-99999999999999999999"),
									"1" + std::string(131072, '0'),
									std::string(131073, '9'),
									"0." + std::string(16384, '0'),
									"0." + std::string(16384, '1'),
									"1." + std::string(16385, '0') + "e0"}) {
		CAPTURE(text.substr(0, 40), text.size());
		CHECK_FALSE(Accepted(text));
	}
}

TEST_CASE("JsonNumberWithinNumericKeptAsWritten")
{
	for (const std::string &text :
		 {std::string("0"),
		  std::string("-0"),
		  std::string("0.0"),
		  std::string("-0.0e-0"),
		  std::string("0E+1"),
		  std::string("1e2"),
		  std::string("1.10"),
		  std::string("9223372036854775807"),
		  std::string("9223372036854775808"),
		  std::string("18446744073709551616"),
		  std::string("-123456789012345678901234567890123456789012345678901234567890"),
		  std::string("1.7e308"),
		  std::string("1e400"),
		  std::string("4.9e-324"),
		  std::string("1e-400"),
		  std::string("0.1"),
		  std::string("1e131071"),
		  std::string("0.1e131072"),
		  std::string("0.0001e131075"),
		  std::string("1e-16383"),
		  std::string("0e-16383"),
		  std::string("0e200000"),
		  std::string("1.5e-16382"),
		  std::string("0e1073741822"),
		  std::string("1e000000000000000000000000000001"),
		  std::string(131072, '9'),
		  "0." + std::string(16383, '7'),
		  "1." + std::string(20000, '3') + "e3617"}) {
		CAPTURE(text.substr(0, 40), text.size());
		CHECK(Accepted(text));
	}
}

TEST_CASE("ParseIntegerOutsideRefused")
{
	for (std::string_view text :
		 {"", " 1", "1 ", "1.0", "1e0", "1E2", "-1.5", "9223372036854775808",
		  "-9223372036854775809", "18446744073709551615", "18446744073709551616",
		  "99999999999999999999999", "\"1\"", "true"}) {
		int64_t out = 4711;
		CAPTURE(text);
		CHECK_FALSE(ParseInteger(text, &out));
		CHECK(out == 4711);
	}
}

TEST_CASE("ParseIntegerReadsTheWholeRange")
{
	struct Case {
		std::string_view text;
		int64_t value;
	};
	for (const Case &c :
		 {Case{"0", 0}, Case{"-0", 0}, Case{"7", 7}, Case{"-7", -7}, Case{"1700000000", 1700000000},
		  Case{"9223372036854775807", kMax}, Case{"-9223372036854775807", -kMax},
		  Case{"-9223372036854775808", kMin}}) {
		int64_t out = 4711;
		CAPTURE(c.text);
		REQUIRE(ParseInteger(c.text, &out));
		CHECK(out == c.value);
	}
}

TEST_CASE("NumericDateRounding")
{
	struct Case {
		std::string_view text;
		int64_t down;
		int64_t up;
	};
	for (const Case &c : {Case{"0", 0, 0},
						  Case{"-0", 0, 0},
						  Case{"-0.0", 0, 0},
						  Case{"0.0000", 0, 0},
						  Case{"0e99", 0, 0},
						  Case{"0e-99", 0, 0},
						  Case{"1700000000", 1700000000, 1700000000},
						  Case{"1.7e9", 1700000000, 1700000000},
						  Case{"1.7E+09", 1700000000, 1700000000},
						  Case{"17000000000e-1", 1700000000, 1700000000},
						  Case{"1700000000.0", 1700000000, 1700000000},
						  Case{"1700000000.5", 1700000000, 1700000001},
						  Case{"1700000000.000000000000000000001", 1700000000, 1700000001},
						  Case{"1.70000000049e9", 1700000000, 1700000001},
						  Case{"17000000009e-1", 1700000000, 1700000001},
						  Case{"0.5", 0, 1},
						  Case{"-0.5", -1, 0},
						  Case{"-1", -1, -1},
						  Case{"-1.5", -2, -1},
						  Case{"-1.0", -1, -1},
						  Case{"1e-400", 0, 1},
						  Case{"-1e-400", -1, 0},
						  Case{"1e-999999999999", 0, 1},
						  Case{"0.001e3", 1, 1},
						  Case{"0.0015e3", 1, 2},
						  Case{"100e-2", 1, 1},
						  Case{"101e-2", 1, 2},
						  Case{"5e-1", 0, 1},
						  Case{"50e-3", 0, 1},
						  Case{"1e18", 1000000000000000000, 1000000000000000000}}) {
		CAPTURE(c.text);
		CHECK(Date(c.text, false) == c.down);
		CHECK(Date(c.text, true) == c.up);
	}
}

TEST_CASE("NumericDateClamped")
{
	for (bool up : {false, true}) {
		for (std::string_view text :
			 {"9223372036854775807", "9223372036854775808", "9223372036854775807.0", "1e19",
			  "1e400", "1e999999999999999999999", "99999999999999999999.5", "0.001e400"}) {
			CHECK(Date(text, up) == kMax);
		}
		for (std::string_view text :
			 {"-9223372036854775808", "-9223372036854775809", "-1e19", "-1e400",
			  "-1e999999999999999999999", "-99999999999999999999.5"}) {
			CHECK(Date(text, up) == kMin);
		}
	}
	CHECK(Date("9223372036854775806.5", false) == kMax - 1);
	CHECK(Date("9223372036854775806.5", true) == kMax);
	CHECK(Date("9223372036854775807.5", true) == kMax);
	CHECK(Date("-9223372036854775807.5", true) == -kMax);
	CHECK(Date("-9223372036854775807.5", false) == kMin);
	CHECK(Date("-9223372036854775808.5", false) == kMin);
}
