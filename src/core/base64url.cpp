// Four characters a step through four tables: about a third of the time of one table, and strict.
#include "core/base64url.hpp"

#include <array>
#include <cstdint>

namespace session_jwt {

namespace {

constexpr std::string_view kAlphabet =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// kBad is set in the entry of every byte outside the alphabet, above the 24 bits of a group.
constexpr uint32_t kBad = 0x80000000;

using Table = std::array<uint32_t, 256>;

// MakeTable returns each character's six bits, moved to where they stand in a group of 24.
constexpr Table
MakeTable(unsigned shift)
{
	Table table{};
	table.fill(kBad);
	for (size_t i = 0; i < kAlphabet.size(); i++) {
		table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<uint32_t>(i) << shift;
	}
	return table;
}

constexpr Table kFirst = MakeTable(18);
constexpr Table kSecond = MakeTable(12);
constexpr Table kThird = MakeTable(6);
constexpr Table kFourth = MakeTable(0);

// DecodeTail decodes the two or three characters after the last whole group. Their unused low bits
// must be zero: RFC 4648 section 3.5, else one byte string would have several spellings.
bool
DecodeTail(const unsigned char *in, size_t len, char *out)
{
	if (len == 0) {
		return true;
	}
	if (len == 1) {
		return false;
	}
	uint32_t group = kFirst[in[0]] | kSecond[in[1]];
	uint32_t unused = 0xFFFF;
	if (len == 3) {
		group |= kThird[in[2]];
		unused = 0xFF;
	}
	if ((group & (kBad | unused)) != 0) {
		return false;
	}
	out[0] = static_cast<char>(group >> 16);
	if (len == 3) {
		out[1] = static_cast<char>(group >> 8);
	}
	return true;
}

} // namespace

bool
DecodeBase64Url(std::string_view text, char *out)
{
	const auto *in = reinterpret_cast<const unsigned char *>(text.data());
	// The bad bit is gathered over all groups, so that the loop has no branch but its own.
	uint32_t seen = 0;
	size_t left = text.size();
	for (; left >= 4; left -= 4, in += 4, out += 3) {
		uint32_t group = kFirst[in[0]] | kSecond[in[1]] | kThird[in[2]] | kFourth[in[3]];
		seen |= group;
		out[0] = static_cast<char>(group >> 16);
		out[1] = static_cast<char>(group >> 8);
		out[2] = static_cast<char>(group);
	}
	return (seen & kBad) == 0 && DecodeTail(in, left, out);
}

bool
DecodeBase64Url(std::string_view text, std::string *out)
{
	out->resize(DecodedSize(text.size()));
	return DecodeBase64Url(text, out->data());
}

std::string
EncodeBase64Url(std::string_view bytes)
{
	std::string out((bytes.size() * 4 + 2) / 3, '\0');
	const auto *in = reinterpret_cast<const unsigned char *>(bytes.data());
	char *to = out.data();
	auto put = [&to](uint32_t group, unsigned shift) { *to++ = kAlphabet[(group >> shift) & 63]; };
	size_t left = bytes.size();
	for (; left >= 3; left -= 3, in += 3) {
		uint32_t group = uint32_t{in[0]} << 16 | uint32_t{in[1]} << 8 | in[2];
		put(group, 18);
		put(group, 12);
		put(group, 6);
		put(group, 0);
	}
	if (left > 0) {
		uint32_t group = uint32_t{in[0]} << 16 | (left == 2 ? uint32_t{in[1]} << 8 : 0);
		put(group, 18);
		put(group, 12);
		if (left == 2) {
			put(group, 6);
		}
	}
	return out;
}

} // namespace session_jwt
