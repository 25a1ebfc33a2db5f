#include "core/cache_control.hpp"

#include <algorithm>
#include <charconv>

namespace session_jwt {

namespace {

constexpr int64_t min_age = 60;
constexpr int64_t max_age = 24 * 60 * 60;
constexpr int64_t usual_age = 10 * 60;

std::string_view
Trim(std::string_view text)
{
	constexpr std::string_view blanks = " \t\r\n";
	size_t first = text.find_first_not_of(blanks);
	if (first == std::string_view::npos)
		return {};
	return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

char
Lower(char c)
{
	return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool
EqualsIgnoringCase(std::string_view text, std::string_view lower)
{
	return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
					  [](char a, char b) { return Lower(a) == b; });
}

void
ReadMaxAge(std::string_view text, Freshness *freshness)
{
	if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
		text = text.substr(1, text.size() - 2);
	if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos)
		return;
	int64_t seconds = 0;
	auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
	if (error == std::errc::result_out_of_range)
		seconds = INT64_MAX;
	freshness->max_age = freshness->max_age < 0 ? seconds : std::min(freshness->max_age, seconds);
}

} // namespace

void
ReadCacheControl(std::string_view value, Freshness *freshness)
{
	while (!value.empty()) {
		size_t comma = value.find(',');
		std::string_view directive = Trim(value.substr(0, comma));
		size_t equals = directive.find('=');
		std::string_view name = Trim(directive.substr(0, equals));
		if (EqualsIgnoringCase(name, "no-store") || EqualsIgnoringCase(name, "no-cache"))
			freshness->no_store = true;
		else if (EqualsIgnoringCase(name, "max-age") && equals != std::string_view::npos)
			ReadMaxAge(Trim(directive.substr(equals + 1)), freshness);
		value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
	}
}

int64_t
FreshSeconds(const Freshness &freshness)
{
	if (freshness.no_store)
		return min_age;
	int64_t seconds = freshness.max_age < 0 ? usual_age : freshness.max_age;
	return std::clamp(seconds, min_age, max_age);
}

} // namespace session_jwt
