#include "core/address.hpp"

#include <cstring>

namespace session_jwt {

namespace {

struct Block {
	uint8_t address[16];
	int bits;
};

// IANA's IPv4 special-purpose address registry, multicast, and the reserved rest.
constexpr Block ipv4_internal[] = {
	{{0}, 8},             // "this network"
	{{10}, 8},            // private (RFC 1918)
	{{100, 64}, 10},      // shared (RFC 6598)
	{{169, 254}, 16},     // link-local (RFC 3927)
	{{172, 16}, 12},      // private
	{{192, 0, 0}, 24},    // IETF protocol assignments
	{{192, 0, 2}, 24},    // documentation
	{{192, 88, 99}, 24},  // 6to4 relays
	{{192, 168}, 16},     // private
	{{198, 18}, 15},      // benchmarking
	{{198, 51, 100}, 24}, // documentation
	{{203, 0, 113}, 24},  // documentation
	{{224}, 4},           // multicast
	{{240}, 4},           // reserved, and broadcast
};

// Only 2000::/3 is global unicast; within it these are set aside.
constexpr Block ipv6_internal[] = {
	{{0x20, 0x01, 0x00}, 23},       // IETF protocol assignments, Teredo among them
	{{0x20, 0x01, 0x0d, 0xb8}, 32}, // documentation
	{{0x3f, 0xff}, 20},             // documentation
};

bool
IsIn(const uint8_t *address, const Block &block)
{
	int bytes = block.bits / 8;
	if (std::memcmp(address, block.address, static_cast<size_t>(bytes)) != 0)
		return false;
	int rest = block.bits % 8;
	return rest == 0 || ((address[bytes] ^ block.address[bytes]) >> (8 - rest)) == 0;
}

AddressKind
Embedded(const uint8_t *address)
{
	uint8_t ipv4[4];
	std::memcpy(ipv4, address, sizeof ipv4);
	return ClassifyIpv4(ipv4);
}

// Behind a translator the loopback of IPv4 is somebody else's.
AddressKind
Translated(const uint8_t *address)
{
	AddressKind kind = Embedded(address);
	return kind == AddressKind::kLoopback ? AddressKind::kInternal : kind;
}

} // namespace

AddressKind
ClassifyIpv4(const uint8_t (&address)[4])
{
	if (address[0] == 127)
		return AddressKind::kLoopback;
	for (const Block &block : ipv4_internal) {
		if (IsIn(address, block))
			return AddressKind::kInternal;
	}
	return AddressKind::kPublic;
}

AddressKind
ClassifyIpv6(const uint8_t (&address)[16])
{
	constexpr uint8_t loopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	constexpr Block mapped = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
	constexpr Block nat64 = {{0x00, 0x64, 0xff, 0x9b}, 96};
	constexpr Block six_to_four = {{0x20, 0x02}, 16};
	if (std::memcmp(address, loopback, sizeof loopback) == 0)
		return AddressKind::kLoopback;
	if (IsIn(address, mapped))
		return Embedded(address + 12);
	if (IsIn(address, nat64))
		return Translated(address + 12);
	if (IsIn(address, six_to_four))
		return Translated(address + 2);
	if ((address[0] & 0xe0) != 0x20)
		return AddressKind::kInternal;
	for (const Block &block : ipv6_internal) {
		if (IsIn(address, block))
			return AddressKind::kInternal;
	}
	return AddressKind::kPublic;
}

} // namespace session_jwt
