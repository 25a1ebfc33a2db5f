// Number grammar, the bounds of numeric, and NumericDate by decimal arithmetic.
#include "core/json.hpp"
#include "core/json_number.hpp"

#include <cstddef>
#include <limits>

namespace session_jwt {

namespace {

constexpr int64_t kExponentEnd = 1'000'000'000'000'000;

// numeric_in's bounds: a base-10000 weight of 16 bits, a display scale of 14 bits, and an exponent
// below INT_MAX / 2 even where the value is zero.
constexpr int64_t kNumericDigitsBefore = 131072;
constexpr int64_t kNumericDigitsAfter = 16383;
constexpr int64_t kNumericExponentEnd = std::numeric_limits<int32_t>::max() / 2;

constexpr int64_t kInt64Max = std::numeric_limits<int64_t>::max();
constexpr int64_t kInt64Min = std::numeric_limits<int64_t>::min();

bool
IsDigit(char c)
{
	return c >= '0' && c <= '9';
}

// TakeDigits moves the digits at the front of *text into *digits and reports whether there are any.
bool
TakeDigits(std::string_view *text, std::string_view *digits)
{
	size_t len = 0;
	while (len < text->size() && IsDigit((*text)[len])) {
		len++;
	}
	*digits = text->substr(0, len);
	text->remove_prefix(len);
	return len > 0;
}

bool
TakeChar(std::string_view *text, char c)
{
	if (text->empty() || text->front() != c) {
		return false;
	}
	text->remove_prefix(1);
	return true;
}

// TakeExponent reads what follows "e".
bool
TakeExponent(std::string_view *text, int64_t *out)
{
	bool negative = TakeChar(text, '-');
	if (!negative) {
		TakeChar(text, '+');
	}
	std::string_view digits;
	if (!TakeDigits(text, &digits)) {
		return false;
	}
	int64_t value = 0;
	for (char digit : digits) {
		value = value * 10 + (digit - '0');
		if (value > kExponentEnd) {
			value = kExponentEnd;
			break;
		}
	}
	*out = negative ? -value : value;
	return true;
}

// Digits is the number's digits in one row: those before the point, then those after it.
class Digits {
public:
	explicit Digits(const JsonNumber &number) : number_(number) {}

	int64_t
	size() const
	{
		return static_cast<int64_t>(number_.whole.size() + number_.fraction.size());
	}

	int
	operator[](int64_t at) const
	{
		auto index = static_cast<size_t>(at);
		size_t len = number_.whole.size();
		return (index < len ? number_.whole[index] : number_.fraction[index - len]) - '0';
	}

	// NextNonZero returns the place of the first digit from `at` on that is not zero, or size().
	int64_t
	NextNonZero(int64_t at) const
	{
		while (at < size() && (*this)[at] == 0) {
			at++;
		}
		return at;
	}

private:
	const JsonNumber &number_;
};

// Appended returns value * 10 - digit, or clamps to the lowest value and sets *beyond. Building
// downwards reaches the whole range: the lowest int64_t has no positive counterpart.
int64_t
Appended(int64_t value, int digit, bool *beyond)
{
	int64_t result = 0;
	if (__builtin_mul_overflow(value, int64_t{10}, &result) ||
		__builtin_sub_overflow(result, int64_t{digit}, &result)) {
		*beyond = true;
		return kInt64Min;
	}
	return result;
}

} // namespace

bool
SplitNumber(std::string_view text, JsonNumber *out)
{
	*out = {};
	out->negative = TakeChar(&text, '-');
	if (!TakeDigits(&text, &out->whole)) {
		return false;
	}
	if (out->whole.size() > 1 && out->whole.front() == '0') {
		return false;
	}
	out->integer = text.empty();
	if (TakeChar(&text, '.') && !TakeDigits(&text, &out->fraction)) {
		return false;
	}
	if ((TakeChar(&text, 'e') || TakeChar(&text, 'E')) && !TakeExponent(&text, &out->exponent)) {
		return false;
	}
	return text.empty();
}

bool
FitsNumeric(const JsonNumber &number)
{
	auto num_whole = static_cast<int64_t>(number.whole.size());
	auto num_fraction = static_cast<int64_t>(number.fraction.size());
	if (number.exponent >= kNumericExponentEnd || number.exponent <= -kNumericExponentEnd) {
		return false;
	}
	// Zeros at the end count: numeric keeps the scale that was written.
	if (num_fraction - number.exponent > kNumericDigitsAfter) {
		return false;
	}
	if (num_whole + number.exponent <= kNumericDigitsBefore) {
		return true;
	}
	// Zeros in front do not count, and zero has no digits at all.
	Digits digits(number);
	int64_t zeros = digits.NextNonZero(0);
	return zeros == digits.size() || num_whole - zeros + number.exponent <= kNumericDigitsBefore;
}

bool
ParseInteger(std::string_view number, int64_t *out)
{
	JsonNumber parts;
	if (!SplitNumber(number, &parts) || !parts.integer) {
		return false;
	}
	bool beyond = false;
	int64_t value = 0;
	for (size_t i = 0; i < parts.whole.size() && !beyond; i++) {
		value = Appended(value, parts.whole[i] - '0', &beyond);
	}
	if (beyond || (!parts.negative && value == kInt64Min)) {
		return false;
	}
	*out = parts.negative ? value : -value;
	return true;
}

bool
ParseNumericDate(std::string_view number, bool round_up, int64_t *out)
{
	JsonNumber parts;
	if (!SplitNumber(number, &parts)) {
		return false;
	}
	// The first `point` digits of the row, filled up with zeros, are the integral part.
	Digits digits(parts);
	int64_t point = static_cast<int64_t>(parts.whole.size()) + parts.exponent;
	int64_t at = digits.NextNonZero(0);
	bool beyond = false;
	int64_t value = 0; // minus the magnitude
	if (at < digits.size()) {
		for (; at < point && !beyond; at++) {
			value = Appended(value, at < digits.size() ? digits[at] : 0, &beyond);
		}
		// What is left, if it is not all zeros, is a fraction; rounding it up for a positive
		// number, or down for a negative one, moves away from zero.
		bool fraction = !beyond && digits.NextNonZero(at) < digits.size();
		if (fraction && round_up != parts.negative && value != kInt64Min) {
			value--;
		}
	}
	if (parts.negative) {
		*out = value;
	} else {
		*out = value == kInt64Min ? kInt64Max : -value;
	}
	return true;
}

} // namespace session_jwt
