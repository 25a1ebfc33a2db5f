// Property: an address is sorted as a table of ranges, written independently, sorts it; an IPv6
// address that carries an IPv4 one is never more public than that; what the C library calls
// loopback, link-local, site-local, multicast or unspecified is not public.
//
// Input: the text of an address, or else 4 or 16 bytes of one.
#include "property.hpp"

#include "core/address.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <string>

using namespace session_jwt;

namespace {

struct Range {
	uint32_t first;
	uint32_t last;
};

// What is not public of IPv4, in order (RFC 6890 and its registry).
constexpr Range kNotPublic[] = {
	{0x00000000, 0x00ffffff}, {0x0a000000, 0x0affffff}, {0x64400000, 0x647fffff},
	{0x7f000000, 0x7fffffff}, {0xa9fe0000, 0xa9feffff}, {0xac100000, 0xac1fffff},
	{0xc0000000, 0xc00000ff}, {0xc0000200, 0xc00002ff}, {0xc0586300, 0xc05863ff},
	{0xc0a80000, 0xc0a8ffff}, {0xc6120000, 0xc613ffff}, {0xc6336400, 0xc63364ff},
	{0xcb007100, 0xcb0071ff}, {0xe0000000, 0xffffffff},
};

AddressKind
Sort(uint32_t address)
{
	for (const Range &range : kNotPublic) {
		if (address >= range.first && address <= range.last) {
			return address >> 24 == 127 ? AddressKind::kLoopback : AddressKind::kInternal;
		}
	}
	return AddressKind::kPublic;
}

// Carry returns the IPv6 address of `prefix` that carries the IPv4 address at its byte `at`.
AddressKind
Carry(const uint8_t (&ipv4)[4], std::initializer_list<uint8_t> prefix, size_t at)
{
	uint8_t address[16] = {};
	std::copy(prefix.begin(), prefix.end(), address);
	std::memcpy(address + at, ipv4, sizeof ipv4);
	return ClassifyIpv6(address);
}

void
CheckIpv4(const uint8_t (&address)[4])
{
	const uint32_t number = uint32_t{address[0]} << 24 | uint32_t{address[1]} << 16 |
							uint32_t{address[2]} << 8 | address[3];
	const AddressKind kind = ClassifyIpv4(address);
	Must(kind == Sort(number), "sorted as in the table");
	const AddressKind translated =
		kind == AddressKind::kLoopback ? AddressKind::kInternal : kind; // of another host
	Must(Carry(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 12) == kind, "mapped");
	Must(Carry(address, {0x00, 0x64, 0xff, 0x9b}, 12) == translated, "NAT64");
	Must(Carry(address, {0x20, 0x02}, 2) == translated, "6to4");
	Must(Carry(address, {0x20, 0x01, 0x00, 0x00}, 12) == AddressKind::kInternal, "Teredo");
}

void
CheckIpv6(const uint8_t (&address)[16])
{
	in6_addr in6;
	std::memcpy(&in6, address, sizeof in6);
	const AddressKind kind = ClassifyIpv6(address);
	if (IN6_IS_ADDR_V4MAPPED(&in6)) {
		uint8_t ipv4[4];
		std::memcpy(ipv4, address + 12, sizeof ipv4);
		Must(kind == ClassifyIpv4(ipv4), "mapped");
		return;
	}
	Must((kind == AddressKind::kLoopback) == IN6_IS_ADDR_LOOPBACK(&in6), "loopback");
	const bool special = IN6_IS_ADDR_LINKLOCAL(&in6) || IN6_IS_ADDR_SITELOCAL(&in6) ||
						 IN6_IS_ADDR_MULTICAST(&in6) || IN6_IS_ADDR_UNSPECIFIED(&in6) ||
						 IN6_IS_ADDR_V4COMPAT(&in6) || (address[0] & 0xfe) == 0xfc;
	Must(!special || kind != AddressKind::kPublic, "special addresses are not public");
	const bool nat64 = std::memcmp(address, "\0\x64\xff\x9b\0\0\0\0\0\0\0\0", 12) == 0;
	Must(kind != AddressKind::kPublic || nat64 || (address[0] & 0xe0) == 0x20, "global unicast");
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t ipv4[4];
	uint8_t ipv6[16];
	const std::string text(Text(data, size));
	if (inet_pton(AF_INET, text.c_str(), ipv4) == 1) {
		CheckIpv4(ipv4);
	} else if (inet_pton(AF_INET6, text.c_str(), ipv6) == 1) {
		CheckIpv6(ipv6);
	} else if (size == sizeof ipv4) {
		std::memcpy(ipv4, data, sizeof ipv4);
		CheckIpv4(ipv4);
	} else if (size >= sizeof ipv6) {
		std::memcpy(ipv6, data, sizeof ipv6);
		CheckIpv6(ipv6);
	}
	return 0;
}
