// What must not grow: cost and memory, as tokens, claims, issuers and keys become more.
#include "world.hpp"

#include <stdexcept>

namespace bench {

namespace {

constexpr int kCalls = 10;
constexpr char kPresent[] = "select auth.jwt_session_init($1)";

// A case that presents tokens of one shape, never the same one twice.
Case
Fresh(const std::string &name, const std::string &server, std::vector<std::string> tokens)
{
	ConnectionPtr connection = Open(server);
	connection->Pin();
	connection->Prepare("call", kPresent);
	Connection *raw = connection.get();
	return Case{name, connection,
				[raw, tokens = std::move(tokens)](int round) {
					for (int i = 0; i < kCalls; i++)
						raw->Run("call", tokens[static_cast<size_t>((round + 1) * kCalls + i)]);
				},
				kCalls, 0};
}

size_t
Wanted(int rounds)
{
	return static_cast<size_t>((rounds + 1) * kCalls);
}

// HS256 is the cheapest signature, so that what grows beside it shows most.
void
PutHmacIssuer(World *world, const Key &key, int num_keys)
{
	std::vector<std::string> jwks;
	for (int i = 1; i < num_keys; i++)
		jwks.push_back(Key("HS256", "filler" + std::to_string(i)).Jwk());
	jwks.push_back(key.Jwk());
	Open(world->main)
		->Exec("insert into auth.issuers (issuer, jwks, algorithms) values "
			   "('https://hmac.example/', " +
			   Quote(KeySet(jwks)) +
			   ", '{HS256}') on conflict (issuer) do update set jwks = excluded.jwks");
}

Claims
Shape(int count, size_t size)
{
	Claims claims;
	claims.count = count;
	claims.size = size;
	claims.issuer = "https://hmac.example/";
	return claims;
}

// Per row: the same policy, with a small and a large token in force.
void
RowsAgainstClaims(World *world, Key *key)
{
	std::vector<Case> cases;
	for (int count : {5, 500}) {
		ConnectionPtr connection = Open(world->main, "user_id");
		connection->Exec("set max_parallel_workers_per_gather = 0");
		connection->Call(kPresent, {key->Token(Shape(count, count == 5 ? 500 : 16000))});
		Connection *raw = connection.get();
		cases.push_back(Case{std::to_string(count), connection,
							 [raw](int) {
								 for (int i = 0; i < 10; i++)
									 raw->Exec("select count(*) from bench.few");
							 },
							 10, 0});
	}
	RunRounds(&cases, world->Rounds(31));
	world->results.Add(Compare(cases, "500", "5", "growth_row_claims",
							   "growth: scan with 500 claims in 16 kB / 5 claims in 0.5 kB", 1.05));
}

// Presenting: what each further byte costs must not rise with the size.
void
PresentingAgainstSize(World *world, Key *key)
{
	int rounds = world->quick ? 60 : 300;
	std::vector<Case> cases;
	// 32 bytes a claim, so that the tokens differ in nothing but their length.
	for (size_t size : {500, 1000, 4000, 16000})
		cases.push_back(
			Fresh(std::to_string(size), world->main,
				  key->Tokens(Wanted(rounds), Shape(static_cast<int>(size / 32), size))));
	cases.push_back(Fresh("10 claims", world->main, key->Tokens(Wanted(rounds), Shape(10, 16000))));
	RunRounds(&cases, rounds);
	std::vector<double> slopes, per_byte;
	for (size_t i = 0; i < cases[0].cost.size(); i++) {
		double early = (cases[2].cost[i] - cases[0].cost[i]) / 3500;
		double late = (cases[3].cost[i] - cases[2].cost[i]) / 12000;
		slopes.push_back(late / early);
		per_byte.push_back(late);
	}
	char note[160];
	snprintf(note, sizeof note, "%.3g ns a byte; 0.5 kB %.4g us, 16 kB %.4g us",
			 QuartilesOf(per_byte).median, QuartilesOf(cases[0].cost).median / 1e3,
			 QuartilesOf(cases[3].cost).median / 1e3);
	world->results.Add(Row{"growth_bytes", "growth: cost of a byte, 4 to 16 kB / 0.5 to 4 kB", true,
						   QuartilesOf(slopes), 1.25, false, note, rounds});
	world->results.Add(Compare(cases, "16000", "10 claims", "growth_claims",
							   "for comparison: presenting 16 kB with 500 claims / with 10", 0));
}

// Presenting, before and after the registry has grown.
void
PresentingAgainstRegistry(World *world, Key *key)
{
	int rounds = world->quick ? 60 : 300;
	ConnectionPtr owner = Open(world->main);
	owner->Exec("delete from auth.issuers where issuer like 'https://filler%'");
	PutHmacIssuer(world, *key, 1);
	std::vector<Case> before, after;
	auto measure = [&](std::vector<Case> *cases) {
		cases->push_back(
			Fresh("issuers", world->main, key->Tokens(Wanted(rounds), Shape(10, 800))));
		ConnectionPtr idle = Open(world->main);
		idle->Pin();
		idle->Prepare("call", "select bench.noop($1)");
		Connection *raw = idle.get();
		cases->push_back(Case{"nothing", idle,
							  [raw](int) {
								  for (int i = 0; i < 4 * kCalls; i++)
									  raw->Run("call", "x");
							  },
							  4 * kCalls, 0});
		RunRounds(cases, rounds);
	};
	// The two measurements are apart in time, so each is divided by a call that does nothing.
	auto relate = [&](const char *id, const char *what) {
		std::vector<double> ratios;
		for (size_t i = 0; i < before[0].cost.size(); i++)
			ratios.push_back(after[0].cost[i] / after[1].cost[i] /
							 (before[0].cost[i] / before[1].cost[i]));
		world->results.Add(Row{id, what, true, QuartilesOf(ratios), 1.10, false, "", rounds});
		after.clear();
	};
	measure(&before);
	owner->Exec("insert into auth.issuers (issuer, jwks) select 'https://filler' || i, " +
				Quote(KeySet({world->es.Jwk()})) + " from generate_series(1, 1000) as i");
	measure(&after);
	relate("growth_issuers", "growth: presenting with 1,001 issuers / with 1");
	owner->Exec("delete from auth.issuers where issuer like 'https://filler%'");
	PutHmacIssuer(world, *key, 100);
	measure(&after);
	relate("growth_keys", "growth: presenting with 100 keys of the issuer / with 1");
	PutHmacIssuer(world, *key, 1);
}

// Memory: a backend that sees ever more tokens.
void
MemoryAgainstTokens(World *world, Key *key)
{
	long total = world->quick ? 20000 : 1000000;
	ConnectionPtr connection = Open(world->main);
	connection->Pin();
	connection->Prepare("call", kPresent);
	connection->Prepare("memory", "select $1");
	const char contexts[] = "select sum(total_bytes) from pg_backend_memory_contexts";
	double early_contexts = 0, late_contexts = 0;
	double early = 0, late = 0;
	for (long i = 1; i <= total; i++) {
		connection->Run("call", key->Token(Shape(25, 800)));
		if (i == total / 10) {
			early_contexts = std::stod(connection->Exec(contexts));
			early = static_cast<double>(connection->Resident());
		}
	}
	late_contexts = std::stod(connection->Exec(contexts));
	late = static_cast<double>(connection->Resident());
	char what[120], note[200];
	snprintf(what, sizeof what, "growth: resident memory after %ld tokens / after %ld", total,
			 total / 10);
	snprintf(note, sizeof note, "resident %.0f kB / %.0f kB, contexts %.0f kB / %.0f kB", late,
			 early, late_contexts / 1024, early_contexts / 1024);
	double ratio = late / early;
	world->results.Add(
		Row{"growth_memory", what, early > 0, {ratio, ratio, ratio}, 1.05, false, note, 1});
}

} // namespace

void
MeasureGrowth(World *world)
{
	PinSelf();
	Key key("HS256", "hmac");
	PutHmacIssuer(world, key, 1);
	RowsAgainstClaims(world, &key);
	PresentingAgainstSize(world, &key);
	PresentingAgainstRegistry(world, &key);
	MemoryAgainstTokens(world, &key);
	Open(world->main)->Exec("delete from auth.issuers where issuer = 'https://hmac.example/'");
	UnpinSelf();
}

// Workers of a parallel query take their leader's identity, and must not check it again.
void
MeasureParallel(World *world)
{
	const char what[] = "parallel query: signatures checked by the workers of one query";
	ConnectionPtr connection = Open(world->main, "user_id");
	ConnectionPtr owner = Open(world->main);
	for (const char *sql :
		 {"set max_parallel_workers_per_gather = 2", "set parallel_setup_cost = 0",
		  "set parallel_tuple_cost = 0", "set min_parallel_table_scan_size = 0"})
		connection->Exec(sql);
	connection->Call(kPresent, {world->rs.Token()});
	auto stat = [&](const char *name) {
		return std::stod(owner->Exec("select count from auth.stats() where name = " + Quote(name)));
	};
	const char sql[] = "select count(*) from bench.rows";
	PGresult *plan = PQexec(connection->raw(), (std::string("explain (analyze) ") + sql).c_str());
	int workers = 0;
	for (int i = 0; i < PQntuples(plan); i++) {
		std::string line = PQgetvalue(plan, i, 0);
		if (size_t at = line.find("Workers Launched: "); at != line.npos)
			workers = std::stoi(line.substr(at + 18));
	}
	PQclear(plan);
	double verified = stat("verified"), shared = stat("served from shared memory");
	connection->Exec(sql);
	double again = stat("verified") - verified;
	char note[120];
	snprintf(note, sizeof note, "%d workers; %.0f tokens served from shared memory", workers,
			 stat("served from shared memory") - shared);
	if (workers == 0)
		world->results.Add(Unmeasured("parallel", what, 0, "no worker was started"));
	else
		world->results.Add(Row{"parallel", what, true, {again, again, again}, 0, false, note, 1});
}

} // namespace bench
