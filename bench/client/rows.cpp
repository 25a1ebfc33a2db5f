// The cost of a policy per row of a sequential scan.
#include "world.hpp"

namespace bench {

namespace {

// A scan of `table` under the policy of `role`, by a session that `prepare` has been run in.
Case
Scan(const World &world, const std::string &name, const std::string &role, const char *table,
	 const std::vector<std::string> &prepare, const Settings &more = {}, int times = 1)
{
	ConnectionPtr connection = Open(world.main, role, more);
	connection->Exec("set max_parallel_workers_per_gather = 0");
	connection->Exec("set jit = off");
	for (const std::string &sql : prepare)
		connection->Exec(sql);
	double rows =
		std::stod(Open(world.main)->Exec(std::string("select count(*) from bench.") + table));
	std::string sql = std::string("select count(*) from bench.") + table;
	// A policy that lets nothing through would be no comparison.
	if (connection->Exec(sql) == "0")
		throw std::runtime_error(name + ": no rows");
	Connection *raw = connection.get();
	auto run = [raw, sql, times](int) {
		for (int i = 0; i < times; i++)
			raw->Exec(sql);
	};
	return Case{name, connection, run, rows * times, 0};
}

std::string
Present(const std::string &token)
{
	return "select auth.jwt_session_init(" + Quote(token) + ")";
}

// Connection key and unsigned claims count only in a database without issuers.
void
WithoutRegistry(World *world)
{
	ConnectionPtr owner = Open(world->main);
	owner->Exec("delete from auth.issuers");
	Settings key = {{"options", "-c pg_session_jwt.jwk=" + world->rs.Jwk()}};
	std::string claims = "set request.jwt.claims = " + Quote(Payload({}, 1, 300));
	std::vector<Case> cases;
	cases.push_back(Scan(*world, "constant", "constant", "rows", {}));
	cases.push_back(Scan(*world, "key", "user_id", "rows", {Present(world->rs.Token())}, key));
	cases.push_back(Scan(*world, "claims", "user_id", "rows", {claims}));
	RunRounds(&cases, world->Rounds(31));
	world->results.Add(Compare(cases, "key", "constant", "scan_key",
							   "scan, user_id = auth.user_id(), connection key / constant", 1.10));
	world->results.Add(Compare(cases, "claims", "constant", "scan_claims",
							   "scan, user_id = auth.user_id(), unsigned claims / constant", 1.10));
}

void
WithRegistry(World *world)
{
	PutIssuer(world, world->main);
	std::vector<std::string> me = {Present(world->rs.Token())};
	std::vector<std::string> trivial = {"select bench.keep(" + Quote(UserId(1)) + ")"};
	std::vector<Case> cases;
	auto add = [&](const char *name, const char *role, const std::vector<std::string> &prepare) {
		cases.push_back(Scan(*world, name, role, "rows", prepare));
	};
	add("constant", "constant", {});
	add("constant uuid", "constant_uuid", {});
	add("auth.user_id()", "user_id", me);
	add("auth.uid()", "uid", me);
	add("auth.claim_text('org_id')", "claim_text", me);
	add("auth.jwt() ->> 'org_id'", "jwt_arrow", me);
	add("(select auth.user_id() = user_id)", "drizzle", me);
	add("(select trivial() = user_id)", "drizzle_trivial", trivial);
	add("(select auth.user_id())", "init_plan", me);
	add("trivial C function", "trivial", trivial);
	add("trivial C function, uuid", "trivial_uuid", trivial);
	add("current_setting()", "setting", {"set app.user_id = " + Quote(UserId(1))});
	RunRounds(&cases, world->Rounds(31));
	world->results.AddCosts("row", cases);
	auto compare = [&](const char *name, const char *base, const char *id, const char *what,
					   double bar) {
		world->results.Add(Compare(cases, name, base, id, what, bar));
	};
	compare("auth.user_id()", "constant", "scan_registry",
			"scan, user_id = auth.user_id(), registry token / constant", 1.10);
	compare("auth.uid()", "constant uuid", "scan_uid", "scan, owner = auth.uid() / constant", 1.10);
	compare("auth.claim_text('org_id')", "constant", "scan_claim_text",
			"scan, user_id = auth.claim_text('org_id') / constant", 1.14);
	compare("(select auth.user_id() = user_id)", "(select trivial() = user_id)", "scan_drizzle",
			"scan, (select auth.user_id() = user_id) / trivial C function", 1.05);
	compare("auth.jwt() ->> 'org_id'", "constant", "scan_jwt",
			"scan, user_id = auth.jwt() ->> 'org_id' / constant", 2.2);
	compare("(select auth.user_id())", "constant", "scan_init_plan",
			"for comparison: (select auth.user_id()) / constant", 0);
	compare("trivial C function", "constant", "scan_trivial",
			"for comparison: C function that does nothing / constant", 0);
	compare("trivial C function, uuid", "constant uuid", "scan_trivial_uuid",
			"for comparison: the same, uuid / constant", 0);
	compare("current_setting()", "constant", "scan_setting",
			"for comparison: current_setting() / constant", 0);
}

void
AgainstHelpers(World *world)
{
	std::string claims = "set request.jwt.claims = " + Quote(SupabaseClaims());
	std::vector<Case> cases;
	// One scan would be over before the processor has its pace again after the helpers'.
	cases.push_back(Scan(*world, "auth.uid()", "uid", "few", {Present(world->rs.Token())}, {}, 20));
	cases.push_back(Scan(*world, "SQL helper", "sql_helper", "few", {claims}));
	cases.push_back(Scan(*world, "PL/pgSQL helper", "plpgsql_helper", "few", {claims}));
	RunRounds(&cases, world->Rounds(21));
	world->results.AddCosts("row", {cases.begin() + 1, cases.end()});
	Row sql = Compare(cases, "SQL helper", "auth.uid()", "scan_sql",
					  "scan, Supabase-style SQL helper / auth.uid()", 70);
	sql.is_floor = true;
	world->results.Add(sql);
	world->results.Add(Compare(cases, "PL/pgSQL helper", "auth.uid()", "scan_plpgsql",
							   "for comparison: the same in PL/pgSQL / auth.uid()", 0));
}

} // namespace

void
MeasureRows(World *world)
{
	WithoutRegistry(world);
	WithRegistry(world);
	AgainstHelpers(world);
}

} // namespace bench
