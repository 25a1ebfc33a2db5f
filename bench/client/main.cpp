// The benchmark's client: runs every group and prints the results as JSON. See script/bench.
#include "world.hpp"

#include <cstdio>
#include <exception>
#include <string_view>

namespace bench {

ConnectionPtr
Open(const std::string &server, const std::string &role, const Settings &more)
{
	Settings parameters = {{"host", server}, {"dbname", "bench"}, {"user", role}};
	parameters.insert(more.begin(), more.end());
	return std::make_shared<Connection>(parameters);
}

void
PutIssuer(World *world, const std::string &server)
{
	ConnectionPtr owner = Open(server);
	std::string keys = KeySet({world->rs.Jwk(), world->es.Jwk(), world->ed.Jwk()});
	owner->Exec("delete from auth.issuers");
	owner->Exec("insert into auth.issuers (issuer, jwks) values (" + Quote(kIssuer) + ", " +
				Quote(keys) + ")");
}

namespace {

void
Run(World *world, const std::string &only, const std::string &skip)
{
	auto wanted = [&](const char *name) { return only.empty() ? skip != name : only == name; };
	// The first group begins with an empty registry.
	if (wanted("rows"))
		MeasureRows(world);
	for (const std::string &server : {world->main, world->lazy, world->openssl}) {
		if (!server.empty())
			PutIssuer(world, server);
	}
	if (wanted("presenting"))
		MeasurePresenting(world);
	if (wanted("first"))
		MeasureFirstCalls(world);
	if (wanted("parallel"))
		MeasureParallel(world);
	if (wanted("pooling"))
		MeasurePooling(world);
	if (wanted("growth"))
		MeasureGrowth(world);
}

} // namespace

} // namespace bench

int
main(int argc, char **argv)
try {
	bench::World world;
	std::string only, skip;
	for (int i = 1; i < argc; i++) {
		std::string_view word = argv[i];
		size_t equals = word.find('=');
		std::string_view name = word.substr(0, equals);
		std::string value(equals == word.npos ? "" : word.substr(equals + 1));
		if (name == "main")
			world.main = value;
		else if (name == "lazy")
			world.lazy = value;
		else if (name == "openssl")
			world.openssl = value;
		else if (name == "pool")
			world.pool = value;
		else if (name == "pool_pid")
			world.pool_pid = value;
		else if (name == "only")
			only = value;
		else if (name == "skip")
			skip = value;
		else if (name == "quick")
			world.quick = true;
	}
	bench::Run(&world, only, skip);
	world.results.Print();
	return 0;
} catch (const std::exception &error) {
	fprintf(stderr, "%s\n", error.what());
	return 1;
}
