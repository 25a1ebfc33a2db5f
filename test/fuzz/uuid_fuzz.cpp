// Property: what is read as a UUID, written in the hyphenated form, is read as the same; and it has
// 32 hexadecimal digits in one of the four forms' lengths.
#include "property.hpp"

#include "core/uuid.hpp"

#include <cstring>

using namespace session_jwt;

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t uuid[16];
	uint8_t again[16];
	if (!ParseUuid(Text(data, size), uuid)) {
		return 0;
	}
	Must(size == 32 || size == 36 || size == 38 || size == 45, "length of a form");
	char text[37] = {};
	char *to = text;
	for (int i = 0; i < 16; i++) {
		to +=
			std::snprintf(to, 4, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", uuid[i]);
	}
	Must(ParseUuid(text, again), "the hyphenated form is read");
	Must(std::memcmp(uuid, again, sizeof uuid) == 0, "same UUID");
	return 0;
}
