// JSON numbers as they are written: no value passes through a double.
#pragma once

#include "core/pure.hpp"

#include <cstdint>
#include <string_view>

namespace session_jwt {

// JsonNumber is a number literal taken apart. The views point into the literal.
struct JsonNumber {
	bool negative;
	bool integer;              // neither fraction nor exponent is written
	std::string_view whole;    // digits before the point, never empty
	std::string_view fraction; // digits after the point
	int64_t exponent;          // beyond +-10^15 it stands still there
};

// SplitNumber takes `text` apart. It returns false unless all of it is a number as RFC 8259
// section 6 writes it.
[[nodiscard]] bool SplitNumber(std::string_view text, JsonNumber *out);

// FitsNumeric reports whether PostgreSQL's numeric can hold the number exactly, as jsonb_in asks:
// at most 131072 digits before the decimal point and 16383 after it, exponent applied.
[[nodiscard]] bool FitsNumeric(const JsonNumber &number);

} // namespace session_jwt
