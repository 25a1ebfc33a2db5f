// What the benchmark runs against: the servers, the keys, and how much is to be run.
#pragma once

#include "connection.hpp"
#include "measure.hpp"
#include "mint.hpp"

namespace bench {

struct World {
	// Socket folders. main: preloaded. lazy: the same, loaded on demand. openssl: preloaded, built
	// without another library for Ed25519. pool: PgBouncer in front of main. "": not there.
	std::string main, lazy, openssl, pool;
	std::string pool_pid;
	bool quick = false;
	Results results;
	Key rs{"RS256", "r1"}, es{"ES256", "e1"}, ed{"EdDSA", "d1"};

	int
	Rounds(int full) const
	{
		return quick ? (full + 1) / 2 : full;
	}
};

// Open connects to the server with the given socket folder, as `role`.
ConnectionPtr Open(const std::string &server, const std::string &role = "owner",
				   const Settings &more = {});

// PutIssuer makes the world's keys those of its issuer, the only one in the registry.
void PutIssuer(World *world, const std::string &server);

// The groups of rows, each in a file of its own.
void MeasureRows(World *world);
void MeasurePresenting(World *world);
void MeasureFirstCalls(World *world);
void MeasureGrowth(World *world);
void MeasureParallel(World *world);
void MeasurePooling(World *world);

} // namespace bench
