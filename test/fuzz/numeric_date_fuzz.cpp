// Property: rounding down never exceeds rounding up, and by no more than one second; integers are
// read the same by both readers, and agree with an independent decimal conversion; no overflow.
#include "property.hpp"

#include "core/json.hpp"

#include <cerrno>
#include <cmath>
#include <string>

using namespace session_jwt;

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const std::string text(Text(data, size));
	int64_t down = 0;
	int64_t up = 0;
	int64_t integer = 0;
	const bool is_number = ParseNumericDate(text, false, &down);
	Must(ParseNumericDate(text, true, &up) == is_number, "rounding decides nothing");
	if (ParseInteger(text, &integer)) {
		Must(is_number && down == integer && up == integer, "an integer is its own rounding");
		errno = 0;
		Must(std::strtoll(text.c_str(), nullptr, 10) == integer && errno == 0, "decimal value");
	}
	if (is_number) {
		Must(down <= up, "down is not above up");
		Must(down == up || down + 1 == up, "at most one second apart");
		const double value = std::strtod(text.c_str(), nullptr);
		if (std::fabs(value) < 1e15) {
			Must(std::fabs(static_cast<double>(down) - std::floor(value)) <= 1, "value");
		}
	}
	return 0;
}
