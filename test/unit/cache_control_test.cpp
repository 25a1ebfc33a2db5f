// Cache-Control: what the lines of a response make of a key set's age.
#include "catch.hpp"

#include "core/cache_control.hpp"

#include <initializer_list>
#include <string>

using session_jwt::Freshness;
using session_jwt::FreshSeconds;
using session_jwt::ReadCacheControl;

namespace {

int64_t
Seconds(std::initializer_list<std::string_view> lines)
{
	Freshness freshness;
	for (std::string_view line : lines)
		ReadCacheControl(line, &freshness);
	return FreshSeconds(freshness);
}

} // namespace

TEST_CASE("CacheControl_WhatCannotBeReadIsIgnored")
{
	for (std::string_view line : {"",
								  " ",
								  ",",
								  ",,,",
								  "=",
								  "=60",
								  "max-age",
								  "max-age=",
								  "max-age=\"\"",
								  "max-age=\"",
								  "max-age=-1",
								  "max-age=+120",
								  "max-age=1e3",
								  "max-age=120s",
								  "max-age=0x80",
								  "max-age=120.5",
								  "max-age=1 20",
								  "max-age='120'",
								  "max-age==120",
								  "max-age:120",
								  "xmax-age=120",
								  "max-age-x=120",
								  "max_age=120",
								  "s-maxage=120",
								  "public",
								  "no-storex",
								  "private",
								  "must-revalidate",
								  "stale-while-revalidate=60",
								  "immutable",
								  "\xff\xfe"}) {
		CAPTURE(line);
		CHECK(Seconds({line}) == 600);
	}
	CHECK(Seconds({}) == 600);
}

TEST_CASE("CacheControl_MaxAgeInManySpellings")
{
	for (std::string_view line :
		 {"max-age=120", "max-age=120\r\n", " max-age=120 ", "MAX-AGE=120", "Max-Age=120",
		  "\tmax-age=120\t", "max-age=\"120\"", "max-age = 120", "max-age=00120",
		  "public,max-age=120", "public, max-age=120", "max-age=120, must-revalidate",
		  "max-age=120,", ",max-age=120", ", ,max-age=120, ,", "max-age, max-age=120",
		  "max-age=x, max-age=120", "s-maxage=9, max-age=120, stale-if-error=86400"}) {
		CAPTURE(line);
		CHECK(Seconds({line}) == 120);
	}
}

TEST_CASE("CacheControl_StaysWithinAMinuteAndADay")
{
	CHECK(Seconds({"max-age=0"}) == 60);
	CHECK(Seconds({"max-age=59"}) == 60);
	CHECK(Seconds({"max-age=60"}) == 60);
	CHECK(Seconds({"max-age=61"}) == 61);
	CHECK(Seconds({"max-age=86399"}) == 86399);
	CHECK(Seconds({"max-age=86400"}) == 86400);
	CHECK(Seconds({"max-age=86401"}) == 86400);
	CHECK(Seconds({"max-age=2147483648"}) == 86400);
	CHECK(Seconds({"max-age=9223372036854775807"}) == 86400);
	CHECK(Seconds({"max-age=9223372036854775808"}) == 86400);
	CHECK(Seconds({"max-age=" + std::string(1000, '9')}) == 86400);
}

TEST_CASE("CacheControl_NoLineUndoesAnEarlierOne")
{
	for (std::string_view later : {"", "public", "max-age", "max-age=x", "max-age=500", "private",
								   "max-age=99999999999999999999"}) {
		CAPTURE(later);
		CHECK(Seconds({"max-age=120", later}) == 120);
		CHECK(Seconds({later, "max-age=120"}) == 120);
		CHECK(Seconds({"no-store", later}) == 60);
		CHECK(Seconds({later, "no-store"}) == 60);
	}
	CHECK(Seconds({"max-age=500, max-age=120, max-age=300"}) == 120);
}

TEST_CASE("CacheControl_NoStoreAndNoCacheMeanSoon")
{
	for (std::string_view line :
		 {"no-store", "no-cache", "NO-STORE", "No-Cache", " no-store ", "no-store\r\n",
		  "no-cache=\"Set-Cookie\"", "max-age=3600, no-store", "no-store, max-age=3600",
		  "public,no-cache"}) {
		CAPTURE(line);
		CHECK(Seconds({line}) == 60);
	}
}
