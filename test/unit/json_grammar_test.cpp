// Every short sequence of tokens, judged by simdjson's walk and by RFC 8259's grammar written out.
#include "catch.hpp"

#include "core/json.hpp"

#include <random>
#include <string>
#include <vector>

using session_jwt::JsonDocument;
using session_jwt::JsonError;

namespace {

// Grammar recognises a sequence of tokens, each given by one letter: the brackets, comma and colon
// themselves, s for a string, n for a number, t for a literal.
class Grammar {
public:
	static bool
	Accepts(std::string_view tokens)
	{
		Grammar grammar(tokens);
		return grammar.Value() && grammar.at_ == tokens.size();
	}

private:
	explicit Grammar(std::string_view tokens) : tokens_(tokens) {}

	bool
	Take(char token)
	{
		bool there = at_ < tokens_.size() && tokens_[at_] == token;
		at_ += there ? 1 : 0;
		return there;
	}

	bool
	Member()
	{
		return Take('s') && Take(':') && Value();
	}

	bool
	Value()
	{
		if (Take('[')) {
			if (Take(']')) {
				return true;
			}
			bool good = Value();
			while (good && Take(',')) {
				good = Value();
			}
			return good && Take(']');
		}
		if (Take('{')) {
			if (Take('}')) {
				return true;
			}
			bool good = Member();
			while (good && Take(',')) {
				good = Member();
			}
			return good && Take('}');
		}
		return Take('s') || Take('n') || Take('t');
	}

	std::string_view tokens_;
	size_t at_ = 0;
};

constexpr std::string_view kTokens = "[]{},:snt";

// Written spells the tokens out, a space between two that would else run into one.
std::string
Written(std::string_view tokens)
{
	std::string text;
	for (char token : tokens) {
		switch (token) {
		case 's':
			text += "\"x\"";
			break;
		case 'n':
			text += " 10";
			break;
		case 't':
			text += " null";
			break;
		default:
			text += token;
		}
	}
	return text;
}

} // namespace

TEST_CASE("JsonEverySequenceOfSevenTokens")
{
	JsonDocument document;
	int num_good = 0;
	std::vector<std::string> wrong;
	for (size_t len = 0; len <= 7; len++) {
		size_t end = 1;
		for (size_t i = 0; i < len; i++) {
			end *= kTokens.size();
		}
		std::string tokens(len, ' ');
		for (size_t number = 0; number < end; number++) {
			size_t rest = number;
			for (char &token : tokens) {
				token = kTokens[rest % kTokens.size()];
				rest /= kTokens.size();
			}
			std::string text = Written(tokens);
			bool good = Grammar::Accepts(tokens);
			num_good += good ? 1 : 0;
			if (good != (document.Parse(text) == JsonError::kNone)) {
				wrong.push_back(text);
			}
		}
	}
	CAPTURE(wrong.empty() ? std::string() : wrong.front());
	CHECK(wrong.empty());
	CHECK(num_good > 100);
}

TEST_CASE("JsonOneTokenChanged")
{
	// Longer sequences: a good one, and that one with a token replaced, removed or added.
	constexpr std::string_view kGood = "{s:[n,{s:t},[[],{}]],s:{s:s,s:[s]},s:n}";
	REQUIRE(Grammar::Accepts(kGood));
	JsonDocument document;
	std::mt19937 random(8259);
	int num_good = 0;
	for (int round = 0; round < 50000; round++) {
		std::string tokens(kGood);
		for (unsigned change = random() % 3 + 1; change > 0; change--) {
			char token = kTokens[random() % kTokens.size()];
			size_t at = random() % tokens.size();
			switch (random() % 3) {
			case 0:
				tokens[at] = token;
				break;
			case 1:
				tokens.erase(at, 1);
				break;
			default:
				tokens.insert(at, 1, token);
			}
		}
		bool good = Grammar::Accepts(tokens);
		num_good += good ? 1 : 0;
		CAPTURE(tokens);
		REQUIRE(good == (document.Parse(Written(tokens)) == JsonError::kNone));
	}
	CHECK(num_good > 500);
}
