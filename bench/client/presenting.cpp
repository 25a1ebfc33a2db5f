// The cost of presenting a token, and of the first call of a backend.
#include "world.hpp"

namespace bench {

namespace {

// Few, so that the cases take turns faster than the machine changes its pace.
constexpr int kBatch = 20;

// Tokens by round: batch i of the tokens belongs to round i, the first to the one that warms up.
struct Batches {
	std::vector<std::string> tokens;

	const std::string &
	At(int round, int i) const
	{
		return tokens[static_cast<size_t>((round + 1) * kBatch + i)];
	}
};

// A case that calls `sql` once for each token of the round.
Case
EachOf(const std::string &name, const std::string &server, const std::string &sql,
	   const Batches *batches, int stage = 0)
{
	ConnectionPtr connection = Open(server);
	connection->Pin();
	connection->Prepare("call", sql);
	Connection *raw = connection.get();
	return Case{name, connection,
				[=](int round) {
					for (int i = 0; i < kBatch; i++)
						raw->Run("call", batches->At(round, i));
				},
				kBatch, stage};
}

// A case that calls `sql` with `tokens` in turn, again and again.
Case
InTurn(const std::string &name, const std::string &server, const std::string &sql,
	   const std::vector<std::string> *tokens)
{
	constexpr int calls = 10 * kBatch;
	ConnectionPtr connection = Open(server);
	connection->Pin();
	connection->Prepare("call", sql);
	Connection *raw = connection.get();
	return Case{name, connection,
				[=, next = size_t{0}](int) mutable {
					for (int i = 0; i < calls; i++)
						raw->Run("call", (*tokens)[next++ % tokens->size()]);
				},
				calls, 0};
}

constexpr char kPresent[] = "select auth.jwt_session_init($1)";
constexpr char kNothing[] = "select bench.noop($1)";

void
Seen(World *world, int rounds)
{
	std::vector<std::string> one = world->rs.Tokens(1), many = world->rs.Tokens(64);
	Batches fresh{world->rs.Tokens(static_cast<size_t>((rounds + 1) * kBatch))};
	std::vector<Case> cases;
	cases.push_back(InTurn("nothing", world->main, kNothing, &one));
	cases.push_back(InTurn("same token again", world->main, kPresent, &one));
	cases.push_back(InTurn("nothing, 64 in turn", world->main, kNothing, &many));
	cases.push_back(InTurn("one of the last 64", world->main, kPresent, &many));
	cases.push_back(
		InTurn("set_config()", world->main, "select set_config('app.jwt', $1, false)", &one));
	cases.push_back(EachOf("first", world->main, kPresent, &fresh, 0));
	cases.push_back(EachOf("split and parse", world->main, "select bench.split($1)", &fresh, 1));
	cases.push_back(EachOf("seen by another backend", world->main, kPresent, &fresh, 1));
	RunRounds(&cases, rounds);
	std::vector<Case> shown = cases;
	std::erase_if(shown, [](const Case &c) { return c.name == "first"; });
	world->results.AddCosts("presentation", shown);
	auto compare = [&](const char *name, const char *base, const char *id, const char *what,
					   double bar) {
		world->results.Add(Compare(cases, name, base, id, what, bar));
	};
	compare("same token again", "nothing", "present_same",
			"presenting the same token again / C function that does nothing", 1.10);
	compare("one of the last 64", "nothing, 64 in turn", "present_last64",
			"presenting one of the last 64 / C function that does nothing", 1.25);
	compare("seen by another backend", "split and parse", "present_shared",
			"presenting a token another backend verified / split and parse", 1.35);
	compare("set_config()", "nothing", "present_set_config",
			"for comparison: set_config() / C function that does nothing", 0);
}

// An unseen token against its raw signature, checked by a backend that holds the key.
void
Unseen(World *world, const std::string &server, Key *key, const std::string &scheme,
	   const std::string &id, double bar, int rounds)
{
	std::string what = "presenting an unseen token, " + scheme + " / raw verification";
	Batches fresh{key->Tokens(static_cast<size_t>((rounds + 1) * kBatch))};
	std::vector<Case> cases;
	cases.push_back(EachOf("unseen, " + scheme, server, kPresent, &fresh));
	cases.push_back(EachOf("raw " + scheme, server, "select bench.verify($1)", &fresh));
	if (cases[1].connection->Exec("select bench.keep_key(" + Quote(scheme) + ", " +
								  Quote(key->Der()) + ")") != "t") {
		world->results.Add(Unmeasured(id, what, bar, "this library is not in the build"));
		return;
	}
	RunRounds(&cases, rounds);
	world->results.AddCosts("presentation", cases);
	world->results.Add(Compare(cases, cases[0].name, cases[1].name, id, what, bar));
}

// The same tokens in two builds: what the library for Ed25519 is worth.
void
CompareBuilds(World *world, const std::string &built, int rounds)
{
	const char what[] = "presenting an unseen token, EdDSA with lib25519 / with OpenSSL";
	if (built != "lib25519")
		world->results.Add(
			Unmeasured("present_ed_builds", what, 0.50, "lib25519 is not in this build"));
	if (built == "OpenSSL" || world->openssl.empty())
		return;
	Batches fresh{world->ed.Tokens(static_cast<size_t>((rounds + 1) * kBatch))};
	std::vector<Case> cases;
	cases.push_back(EachOf("fast", world->main, kPresent, &fresh));
	cases.push_back(EachOf("slow", world->openssl, kPresent, &fresh));
	RunRounds(&cases, rounds);
	if (built == "lib25519")
		world->results.Add(Compare(cases, "fast", "slow", "present_ed_builds", what, 0.50));
	else
		world->results.Add(Compare(cases, "fast", "slow", "present_ed_builds_sodium",
								   "for comparison: unseen EdDSA with " + built + " / with OpenSSL",
								   0));
}

void
UnseenEd25519(World *world, int rounds)
{
	std::string built =
		Open(world->main)->Exec("select value from auth.build_info() where name = 'ed25519'");
	for (const char *library : {"lib25519", "libsodium"}) {
		std::string scheme = std::string("EdDSA/") + library;
		std::string id = std::string("present_ed_") + library;
		if (built == library)
			Unseen(world, world->main, &world->ed, scheme, id, 1.12, rounds);
		else
			world->results.Add(
				Unmeasured(id, "presenting an unseen token, " + scheme + " / raw verification",
						   1.12, "Ed25519 is " + built + " in this build"));
	}
	std::string openssl = built == "OpenSSL" ? world->main : world->openssl;
	if (!openssl.empty())
		Unseen(world, openssl, &world->ed, "EdDSA", "present_ed_openssl", 1.12, rounds);
	else
		world->results.Add(Unmeasured("present_ed_openssl",
									  "presenting an unseen token, EdDSA / raw verification", 1.12,
									  "no second build"));
	CompareBuilds(world, built, rounds);
}

} // namespace

void
MeasurePresenting(World *world)
{
	int rounds = world->quick ? 100 : 300;
	PinSelf();
	Seen(world, rounds);
	Unseen(world, world->main, &world->rs, "RS256", "present_rs256", 1.20, rounds);
	Unseen(world, world->main, &world->es, "ES256", "present_es256", 1.12, rounds);
	UnseenEd25519(world, rounds);
	UnpinSelf();
}

// A new backend's first call, of a prepared statement as everywhere here. For comparison also
// unprepared, as the first statement that a backend gets: looking up schema, function and types,
// which is the same for both, is counted then, too.
void
MeasureFirstCalls(World *world)
{
	auto first_call = [&](const std::string &server, bool is_prepared, const char *sql = kPresent) {
		ConnectionPtr connection = Open(server);
		std::string token = world->rs.Token();
		if (is_prepared)
			connection->Prepare("first", sql);
		double start = connection->Clock();
		if (is_prepared)
			connection->Run("first", token);
		else
			connection->Call(sql, {token});
		return connection->Clock() - start;
	};
	struct {
		bool is_prepared;
		const char *id, *what;
		double bar;
		std::vector<double> ratios = {}, lazy = {}, eager = {};
	} ways[] = {
		{true, "first_call", "first verified call of a backend, preloaded / on demand", 0.35},
		{false, "first_statement", "for comparison: the same as its first statement", 0},
	};
	std::vector<double> least;
	int rounds = world->Rounds(61);
	for (int round = 0; round < rounds; round++) {
		for (auto &way : ways) {
			bool lazy_first = round % 2 == 0;
			double lazy = lazy_first ? first_call(world->lazy, way.is_prepared) : 0;
			double eager = first_call(world->main, way.is_prepared);
			lazy = lazy_first ? lazy : first_call(world->lazy, way.is_prepared);
			way.ratios.push_back(eager / lazy);
			way.lazy.push_back(lazy);
			way.eager.push_back(eager);
		}
		least.push_back(first_call(world->main, false, "select upper($1)") / ways[1].lazy.back());
	}
	for (auto &way : ways) {
		char note[160];
		snprintf(note, sizeof note, "%.5g us against %.5g us", QuartilesOf(way.eager).median / 1e3,
				 QuartilesOf(way.lazy).median / 1e3);
		world->results.Add(
			Row{way.id, way.what, true, QuartilesOf(way.ratios), way.bar, false, note, rounds});
	}
	world->results.Add(Row{"first_call_least",
						   "for comparison: first statement upper() / ours on demand", true,
						   QuartilesOf(least), 0, false, "", rounds});
}

} // namespace bench
