// Sixteen clients, ten thousand users, few server connections: transactions that present a token
// and read by an index, against the same with a setting that nobody verifies.
#include "world.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <random>
#include <sstream>
#include <thread>

#include <unistd.h>

namespace bench {

namespace {

constexpr int kClients = 16;
constexpr int kUsers = 10000;

struct Way {
	std::string name, sql;
	const std::vector<std::string> *arguments;
	std::vector<ConnectionPtr> connections = {};
	std::vector<double> rates = {}, costs = {};
};

// One transaction: an identity, one read, and the end.
void
Transact(Connection *connection, const std::string &sql, const std::string &argument)
{
	connection->Exec("begin");
	connection->Call(sql, {argument});
	connection->Call("select task from bench.todos limit 5", {});
	connection->Exec("commit");
}

// Processor time that clients, pooler and backends have used, in nanoseconds.
double
AllClocks(const World &world, Connection *owner)
{
	std::string pids = owner->Exec("select string_agg(pid::text, ' ') from pg_stat_activity "
								   "where backend_type = 'client backend'");
	std::istringstream list(pids + " " + world.pool_pid + " " + std::to_string(getpid()));
	double sum = 0;
	for (pid_t pid; list >> pid;) {
		clockid_t clock;
		timespec now = {};
		if (clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &now) == 0)
			sum += static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
	}
	return sum;
}

// Run transactions for a while, and note their processor time and how many there were in a second.
void
Measure(const World &world, Connection *owner, Way *way, std::chrono::milliseconds time)
{
	double clocks = AllClocks(world, owner);
	std::atomic<long> count = 0;
	std::atomic<bool> failed = false;
	auto start = std::chrono::steady_clock::now();
	std::vector<std::thread> threads;
	for (int client = 0; client < kClients; client++) {
		threads.emplace_back([&, client] {
			std::mt19937 random(static_cast<unsigned>(start.time_since_epoch().count() + client));
			try {
				while (std::chrono::steady_clock::now() - start < time) {
					Transact(way->connections[static_cast<size_t>(client)].get(), way->sql,
							 (*way->arguments)[random() % kUsers]);
					count++;
				}
			} catch (const std::exception &error) {
				fprintf(stderr, "%s\n", error.what());
				failed = true;
			}
		});
	}
	for (std::thread &thread : threads)
		thread.join();
	if (failed)
		throw std::runtime_error("a client failed");
	std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
	way->rates.push_back(static_cast<double>(count) / spent.count());
	way->costs.push_back((AllClocks(world, owner) - clocks) / static_cast<double>(count));
}

Row
Relate(const Way &way, const Way &base, const std::string &id, const std::string &what, double bar)
{
	std::vector<double> ratios;
	for (size_t i = 0; i < way.costs.size(); i++)
		ratios.push_back(way.costs[i] / base.costs[i]);
	char note[160];
	snprintf(note, sizeof note, "%.4g us against %.4g us; %.0f transactions a second against %.0f",
			 QuartilesOf(way.costs).median / 1e3, QuartilesOf(base.costs).median / 1e3,
			 QuartilesOf(way.rates).median, QuartilesOf(base.rates).median);
	return Row{id,  what,  true, QuartilesOf(ratios),
			   bar, false, note, static_cast<int>(ratios.size())};
}

} // namespace

void
MeasurePooling(World *world)
{
	const char what[] = "pooled transactions: processor time with a token / with set_config()";
	bool has_pooler = !world->pool.empty();
	std::vector<std::string> tokens, ids, payloads;
	ConnectionPtr first = Open(world->main);
	for (int user = 1; user <= kUsers; user++) {
		Claims claims;
		claims.user = user;
		tokens.push_back(world->es.Token(claims));
		ids.push_back(UserId(user));
		payloads.push_back(Payload(claims, 0, 0));
		first->Call("select auth.jwt_session_init($1)", {tokens.back()});
	}
	Way ways[] = {
		{"user_id", "select auth.jwt_session_init($1, true)", &tokens},
		{"setting", "select set_config('app.user_id', $1, true)", &ids},
		{"init_plan", "select set_config('pg_session_jwt.jwt', $1, true)", &tokens},
		{"claims", "select set_config('request.jwt.claims', $1, true)", &payloads},
	};
	constexpr size_t count = std::size(ways);
	for (Way &way : ways) {
		for (int i = 0; i < kClients; i++)
			way.connections.push_back(has_pooler ? Open(world->pool, way.name)
												 : Open(world->main, way.name));
	}
	// Many short turns: what a turn costs drifts with the machine, and neighbours drift together.
	// In an order of its own each round: a turn also costs what the one before it has left behind.
	size_t order[count];
	std::iota(order, order + count, size_t{0});
	std::mt19937 random(1);
	int rounds = world->quick ? 30 : 150;
	for (int round = 0; round < rounds; round++) {
		std::shuffle(order, order + count, random);
		for (size_t i : order)
			Measure(*world, first.get(), &ways[i], std::chrono::milliseconds(100));
	}
	world->results.Note("pooler", has_pooler ? "PgBouncer" : "none: clients connected directly");
	world->results.Add(Relate(ways[0], ways[1], "pooled", what, 1.10));
	world->results.Add(Relate(ways[0], ways[3], "pooled_claims",
							  "for comparison: with a token / with set_config() of its claims", 0));
	world->results.Add(Relate(ways[2], ways[1], "pooled_setting",
							  "for comparison: token by set_config() alone / with set_config()",
							  0));
}

} // namespace bench
