// Finding members, duplicates, and what a document keeps between texts.
#include "catch.hpp"

#include "core/json.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using session_jwt::JsonDocument;
using session_jwt::JsonError;
using session_jwt::JsonNode;
using session_jwt::JsonType;

namespace {

JsonDocument
Parsed(std::string_view text)
{
	JsonDocument document;
	CAPTURE(text);
	REQUIRE(document.Parse(text) == JsonError::kNone);
	return document;
}

bool
RootHasDuplicate(std::string_view text)
{
	JsonDocument document = Parsed(text);
	return document.HasDuplicate(document.root());
}

std::string
TextAt(const JsonDocument &document, std::vector<std::string_view> path)
{
	const JsonNode *node = document.At(path);
	return node == nullptr ? "(nothing)" : std::string(node->text);
}

} // namespace

TEST_CASE("JsonMemberAbsentIsNull")
{
	JsonDocument document = Parsed(R"({"a":{"b":1},"l":["a",{"a":2}],"s":"a"})");
	const JsonNode &root = document.root();
	CHECK(document.Member(root, "b") == nullptr);
	CHECK(document.Member(root, "") == nullptr);
	CHECK(document.Member(root, "A") == nullptr);
	CHECK(document.Member(root, "aa") == nullptr);
	CHECK(document.Member(*document.Member(root, "l"), "a") == nullptr);
	CHECK(document.Member(*document.Member(root, "s"), "a") == nullptr);
	CHECK(TextAt(document, {"a", "c"}) == "(nothing)");
	CHECK(TextAt(document, {"a", "b", "c"}) == "(nothing)");
	CHECK(TextAt(document, {"x", "y", "z"}) == "(nothing)");
	JsonDocument empty;
	CHECK(empty.empty());
	CHECK(empty.At(std::array<std::string_view, 1>{"a"}) == nullptr);
	CHECK(empty.At({}) == nullptr);
}

TEST_CASE("JsonMemberFoundByResolvedName")
{
	JsonDocument document =
		Parsed(R"({"\u0061":"1","":"2","a\/b":"3","https://x.example/role":"4","o":{"id":"5"}})");
	CHECK(TextAt(document, {"a"}) == "1");
	CHECK(TextAt(document, {""}) == "2");
	CHECK(TextAt(document, {"a/b"}) == "3");
	CHECK(TextAt(document, {"https://x.example/role"}) == "4");
	CHECK(TextAt(document, {"o", "id"}) == "5");
	CHECK(document.At({}) == &document.root());
}

TEST_CASE("JsonLastDuplicateWins")
{
	JsonDocument document = Parsed(
		R"({"a":"1","b":{"c":"2","c":"3"},"\u0061":"4","b":{"d":"5","c":"6","c":{"e":"7"}}})");
	CHECK(TextAt(document, {"a"}) == "4");
	CHECK(TextAt(document, {"b", "d"}) == "5");
	CHECK(TextAt(document, {"b", "c", "e"}) == "7");
}

TEST_CASE("JsonDuplicateFound")
{
	for (std::string_view text :
		 {R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"({"a":1,"\u0061":2})", R"({"":1,"":2})",
		  R"({"a":{},"b":[],"a":{}})", R"({"\/":1,"/":2})",
		  R"({"x":1,"b":{"a":1},"c":{"a":2},"x":2})"}) {
		CAPTURE(text);
		CHECK(RootHasDuplicate(text));
	}
	for (std::string_view text :
		 {R"({})", R"({"a":1})", R"({"a":1,"A":2})", R"({"a":1,"b":{"a":1}})",
		  R"({"b":{"a":1,"a":2}})", R"([{"a":1,"a":2}])", R"(["a","a"])", R"("a")",
		  R"({"a":1,"aa":2,"":3})", R"({"ab":1,"ba":2,"a b":3})"}) {
		CAPTURE(text);
		CHECK_FALSE(RootHasDuplicate(text));
	}
	JsonDocument document = Parsed(R"({"b":{"a":1,"a":2}})");
	CHECK(document.HasDuplicate(*document.Member(document.root(), "b")));
}

TEST_CASE("JsonDuplicateFoundAmongMany")
{
	// Around the sizes where the way of searching changes; the repeated name at every place.
	for (size_t num : {2, 3, 25, 63, 64, 65, 66, 200, 1000}) {
		std::string text = "{\"m0\":0";
		for (size_t i = 1; i < num; i++) {
			text += ",\"m" + std::to_string(i) + "\":[" + std::to_string(i) + "]";
		}
		CAPTURE(num);
		CHECK_FALSE(RootHasDuplicate(text + "}"));
		for (size_t i = 0; i < num; i += 1 + num / 100) {
			CHECK(RootHasDuplicate(text + ",\"m" + std::to_string(i) + "\":0}"));
		}
	}
}

TEST_CASE("JsonDuplicateSearchBoundedForManyMembers")
{
	// Two hundred thousand names: all with all would be 2 * 10^10 comparisons.
	std::string text = "{\"last\":0";
	for (int i = 0; i < 200000; i++) {
		text += ",\"" + std::to_string(i) + "\":0";
	}
	CHECK_FALSE(RootHasDuplicate(text + "}"));
	CHECK(RootHasDuplicate(text + ",\"last\":1}"));
}

// Collide returns `num` names of 16 characters with one hash, as anybody can reckon who knows that
// libstdc++ hashes with MurmurHash64A: the second half makes up for the first.
std::vector<std::string>
Collide(size_t num)
{
	constexpr uint64_t mul = 0xc6a4a7935bd1e995;
	uint64_t inverse = mul;
	for (int i = 0; i < 5; i++) {
		inverse *= 2 - mul * inverse;
	}
	auto mix = [](uint64_t v) { return v ^ (v >> 47); }; // undoes itself
	auto forth = [&](uint64_t v) { return mix(v * mul) * mul; };
	auto back = [&](uint64_t v) { return mix(v * inverse) * inverse; };
	uint64_t state = 1;
	std::vector<std::string> names;
	while (names.size() < num) {
		uint64_t halves[2] = {};
		for (int i = 0; i < 8; i++) {
			state = state * 6364136223846793005 + 1442695040888963407;
			halves[0] = halves[0] << 8 | ('a' + (state >> 40) % 26);
		}
		// (start ^ forth(first)) * mul ^ forth(second) is to be the same for all.
		halves[1] = back((forth(halves[0]) ^ 16 * mul ^ 0xc70f6907) * mul ^ 0x123456789abcdef);
		std::string name(reinterpret_cast<const char *>(halves), sizeof halves);
		if (std::all_of(name.begin(), name.end(),
						[](char c) { return c > ' ' && c < 127 && c != '"' && c != '\\'; })) {
			names.push_back(name);
		}
	}
	return names;
}

TEST_CASE("JsonDuplicateFoundAmongNamesOfOneHash")
{
	std::vector<std::string> names = Collide(500);
	std::string text = "{\"other\":0";
	size_t same = 0;
	for (const std::string &name : names) {
		text += ",\"" + name + "\":0";
		same += std::hash<std::string_view>{}(name) == std::hash<std::string_view>{}(names[0]);
	}
#ifdef __GLIBCXX__
	CHECK(same == names.size());
#endif
	CHECK_FALSE(RootHasDuplicate(text + "}"));
	for (size_t i = 0; i < names.size(); i += 50) {
		CHECK(RootHasDuplicate(text + ",\"" + names[i] + "\":1}"));
	}
	CHECK(RootHasDuplicate(text + ",\"other\":1}"));
}

TEST_CASE("JsonNodesInDocumentOrder")
{
	JsonDocument document = Parsed(R"({"a":[1,[2,{}],"x"],"b":{"c":null},"d":true})");
	const JsonNode &root = document.root();
	CHECK(root.end == 10);
	const JsonNode *a = document.NextChild(root, nullptr);
	REQUIRE(a != nullptr);
	CHECK(a->name == "a");
	CHECK(a->type == JsonType::kArray);
	CHECK(a->end == 7);
	const JsonNode *one = document.NextChild(*a, nullptr);
	REQUIRE(one != nullptr);
	CHECK(one->text == "1");
	CHECK(one->name.empty());
	const JsonNode *inner = document.NextChild(*a, one);
	REQUIRE(inner != nullptr);
	CHECK(inner->type == JsonType::kArray);
	const JsonNode *x = document.NextChild(*a, inner);
	REQUIRE(x != nullptr);
	CHECK(x->text == "x");
	CHECK(document.NextChild(*a, x) == nullptr);
	const JsonNode *b = document.NextChild(root, a);
	REQUIRE(b != nullptr);
	CHECK(b->name == "b");
	const JsonNode *d = document.NextChild(root, b);
	REQUIRE(d != nullptr);
	CHECK(d->type == JsonType::kTrue);
	CHECK(document.NextChild(root, d) == nullptr);
}

TEST_CASE("JsonDocumentParsesAgain")
{
	JsonDocument document;
	size_t fresh = document.SizeInMemory();
	REQUIRE(document.Parse(R"({"a":"1"})") == JsonError::kNone);
	REQUIRE(document.Parse("{") == JsonError::kSyntax);
	CHECK(document.empty());
	REQUIRE(document.Parse(R"(["b"])") == JsonError::kNone);
	CHECK(document.root().type == JsonType::kArray);
	CHECK(document.SizeInMemory() > fresh);
}

TEST_CASE("JsonDocumentMoves")
{
	JsonDocument document = Parsed(R"({"a":"short"})");
	JsonDocument other(std::move(document));
	CHECK(TextAt(other, {"a"}) == "short");
	// What was moved from is empty and can be used again.
	document = JsonDocument();
	REQUIRE(document.Parse(R"({"a":"next"})") == JsonError::kNone);
	other = std::move(document);
	CHECK(TextAt(other, {"a"}) == "next");
	CHECK(document.Parse("[]") == JsonError::kNone);
}

TEST_CASE("JsonLargeTextGivesMemoryBack")
{
	std::string large = "[0";
	for (int i = 0; i < 500000; i++) {
		large += ",0";
	}
	JsonDocument document = Parsed(large + "]");
	CHECK(document.root().end == 500002);
	CHECK(document.SizeInMemory() > 20000000);
	REQUIRE(document.Parse("{}") == JsonError::kNone);
	CHECK(document.SizeInMemory() < 100000);
}
