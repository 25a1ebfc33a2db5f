// What fuzz targets say when a property does not hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// Must ends the process, so that the fuzzer keeps the input.
inline void
Must(bool holds, const char *property)
{
	if (!holds) {
		std::fprintf(stderr, "property does not hold: %s\n", property);
		std::abort();
	}
}

// Text returns the input as text.
inline std::string_view
Text(const uint8_t *data, size_t size)
{
	return {reinterpret_cast<const char *>(data), size};
}
