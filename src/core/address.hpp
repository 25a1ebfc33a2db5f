// Which network addresses the fetcher may talk to.
#pragma once

#include "core/pure.hpp"

#include <cstdint>

namespace session_jwt {

enum class AddressKind : uint8_t { kPublic, kLoopback, kInternal };

// ClassifyIpv4 and ClassifyIpv6 sort an address, in network byte order. Public is what IANA's
// special-purpose registries (RFC 6890) do not set aside: not private, shared, link-local (where
// clouds keep their metadata), documentation, benchmarking, multicast or reserved. An IPv6 address
// that carries an IPv4 one (mapped, 6to4, NAT64) is judged by that.
AddressKind ClassifyIpv4(const uint8_t (&address)[4]);
AddressKind ClassifyIpv6(const uint8_t (&address)[16]);

} // namespace session_jwt
