// Property: a response is fresh for 60 seconds to 24 hours; lines may come in any order, twice, or
// joined by a comma (RFC 9110 section 5.3); once an age is said, no further line makes it longer;
// and an age that stands by itself is the one that is taken.
//
// Input: field values, one a line.
#include "property.hpp"

#include "core/cache_control.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace session_jwt;

namespace {

bool
IsSame(const Freshness &a, const Freshness &b)
{
	return a.max_age == b.max_age && a.no_store == b.no_store;
}

template <typename Iterator>
Freshness
Read(Iterator begin, Iterator end)
{
	Freshness freshness;
	for (; begin != end; ++begin) {
		const Freshness before = freshness;
		ReadCacheControl(*begin, &freshness);
		Must(freshness.no_store || !before.no_store, "no-store stands");
		Must(before.max_age < 0 || (freshness.max_age >= 0 && freshness.max_age <= before.max_age),
			 "no line makes an age longer");
		const int64_t seconds = FreshSeconds(freshness);
		Must(seconds >= 60 && seconds <= 24 * 60 * 60, "within bounds");
		Must(!freshness.no_store || seconds == 60, "no-store is short");
	}
	return freshness;
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const std::string_view text = Text(data, size);
	std::vector<std::string_view> lines;
	std::string joined;
	for (size_t at = 0; at <= text.size(); at = std::min(text.find('\n', at), text.size()) + 1) {
		lines.push_back(text.substr(at, std::min(text.find('\n', at), text.size()) - at));
		joined += (joined.empty() ? "" : ",") + std::string(lines.back());
	}
	const Freshness freshness = Read(lines.begin(), lines.end());
	Must(IsSame(Read(lines.rbegin(), lines.rend()), freshness), "in any order");
	Must(IsSame(Read(&joined, &joined + 1), freshness), "joined by a comma");
	lines.insert(lines.end(), lines.begin(), lines.end());
	Must(IsSame(Read(lines.begin(), lines.end()), freshness), "twice");

	if (freshness.max_age >= 0) {
		const std::string alone = "Max-Age=\"" + std::to_string(freshness.max_age) + "\"";
		Must(Read(&alone, &alone + 1).max_age == freshness.max_age, "an age is read as written");
	}
	return 0;
}
