// Addresses: the first and the last of every block that IANA's special-purpose registries set
// aside, and the ones beyond.
#include "catch.hpp"

#include "core/address.hpp"

#include <arpa/inet.h>

using session_jwt::AddressKind;
using session_jwt::ClassifyIpv4;
using session_jwt::ClassifyIpv6;

namespace {

AddressKind
Classify(const char *text)
{
	uint8_t ipv4[4];
	uint8_t ipv6[16];
	if (inet_pton(AF_INET, text, ipv4) == 1)
		return ClassifyIpv4(ipv4);
	INFO("address " << text);
	REQUIRE(inet_pton(AF_INET6, text, ipv6) == 1);
	return ClassifyIpv6(ipv6);
}

} // namespace

TEST_CASE("Address_Internal")
{
	for (const char *text :
		 {// IPv4
		  "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
		  "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255",
		  "192.0.0.0", "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.88.99.0", "192.88.99.255",
		  "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.0",
		  "198.51.100.255", "203.0.113.0", "203.0.113.255", "224.0.0.0", "239.255.255.255",
		  "240.0.0.0", "255.255.255.255",
		  // IPv6
		  "::", "::2", "::a00:1", "::7f00:1", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
		  "100::", "100::ffff:ffff:ffff:ffff", "100:0:0:1::", "1fff:ffff::1",
		  "2001::", "2001:0:ffff::1", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
		  "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "4000::", "5f00::", "fc00::", "fd00:ec2::254", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "fe80::1", "febf::1", "fec0::1", "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  // IPv4 within IPv6
		  "::ffff:0.0.0.0", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:192.168.0.1",
		  "::fffe:8.8.8.8", "::ffff:0:8.8.8.8", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254",
		  "64:ff9b::127.0.0.1", "2002:a00:1::", "2002:a9fe:a9fe::1",
		  "2002:7f00:1::", "2002:c0a8:1::"}) {
		CAPTURE(text);
		CHECK(Classify(text) == AddressKind::kInternal);
	}
}

TEST_CASE("Address_Loopback")
{
	for (const char *text : {"127.0.0.0", "127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1",
							 "::ffff:127.255.255.255"}) {
		CAPTURE(text);
		CHECK(Classify(text) == AddressKind::kLoopback);
	}
}

TEST_CASE("Address_Public")
{
	for (const char *text :
		 {"1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
		  "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
		  "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.1.255", "192.0.3.0", "192.88.98.255",
		  "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
		  "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
		  // IPv6
		  "2000::", "2001:200::", "2001:db7:ffff::", "2001:db9::", "2003::", "2606:4700::1111",
		  "2a00:1450::1", "3ffe::1", "3fff:1000::", "3fff:ffff::1",
		  // IPv4 within IPv6
		  "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "2001:ffff:ffff::1"}) {
		CAPTURE(text);
		CHECK(Classify(text) == AddressKind::kPublic);
	}
}
