// The table of named attacks. Each entry of attacks_*_table.cpp is a token or a key set that must
// be refused for one reason; attacks_test.cpp runs them all and counts the reasons.
#pragma once

#include "tokens.hpp"

#include <span>

namespace session_jwt {

struct Attack {
	const char *name;
	const char *source; // the clause or the class it comes from
	Status expected;
	Status (*run)();
};

std::span<const Attack> ShapeAttacks();      // number of parts, encoding, size
std::span<const Attack> HeaderAttacks();     // what the header claims
std::span<const Attack> SignatureAttacks();  // signatures that are not of the key
std::span<const Attack> PayloadAttacks();    // what the payload is made of, and claims
std::span<const Attack> KeyAttacks();        // key sets and rows
std::span<const Attack> ConnectionAttacks(); // with a connection key

// AtRegistry presents `token` to an issuer with PublicSet() that takes every public algorithm.
Status AtRegistry(std::string_view token);

// AtHmac presents `token` to an issuer with Keys().hs beside PublicSet() that lists HS256 and
// RS256.
Status AtHmac(std::string_view token);

// AtConnection presents `token` to a connection key: Keys().ed, or another.
Status AtConnection(std::string_view token, const TestKey &key = Keys().ed);

// AtWrite has a row with `jwks` checked before it is written.
Status AtWrite(std::string_view jwks);

} // namespace session_jwt
