// The background worker that fetches key sets: it reads what is due, fetches it with no
// transaction open, stores it, stays a little for what comes next, and ends.
#include "core/cache_control.hpp"

#include "fetch/http.hpp"
#include "fetch/store.hpp"
#include "pg/report.hpp"

extern "C" {
#include "common/pg_prng.h"
#include "postmaster/interrupt.h"
#include "tcop/tcopprot.h"
}

namespace session_jwt {

namespace {

constexpr int linger_ms = 1500; // without anything to do
constexpr long look_ms = 50;
constexpr double first_pause = 30; // seconds after the first failure; doubled for each further
constexpr int max_doublings = 5;

// The pause after a failure, with jitter so that many databases do not ask at once.
double
PauseAfter(int failures)
{
	double pause = first_pause * static_cast<double>(1 << Min(failures, max_doublings));
	return pause * (0.75 + 0.5 * pg_prng_double(&pg_global_prng_state));
}

const char *
DiscoveryProblem(Status status)
{
	switch (status) {
	case Status::kDiscoveryJson:
		return "the provider's configuration is not a JSON object";
	case Status::kDiscoveryIssuer:
		return "the provider's configuration names another issuer";
	case Status::kDiscoveryUri:
		return "the provider's configuration has no jwks_uri";
	default:
		return "the provider's configuration could not be read";
	}
}

// What the key set's problem is; NULL if it can be used.
const char *
KeySetProblem(std::string_view jwks)
{
	IssuerRow row;
	row.jwks = jwks;
	// HMAC keys are never fetched, so the row's own algorithms make no difference here.
	Outcome outcome = OpenKeySet(row);
	if (outcome.status == Status::kOk)
		return nullptr;
	const char *problem = KeyProblem(outcome.status);
	return psprintf("the answer is no usable key set: %s",
					problem != nullptr ? problem : "internal error");
}

// The address of the provider's configuration (OpenID Connect Discovery 1.0 section 4.1).
char *
DiscoveryAddress(const char *issuer)
{
	int len = static_cast<int>(strlen(issuer));
	while (len > 0 && issuer[len - 1] == '/')
		len--;
	return psprintf("%.*s/.well-known/openid-configuration", len, issuer);
}

// Find the key set's address by discovery. NULL, with *out_error set, if that fails.
char *
Discover(const char *issuer, const HttpPolicy &policy, const char **out_error)
{
	HttpResponse response;
	Get(DiscoveryAddress(issuer), policy, &response);
	if (!response.is_ok) {
		*out_error = pstrdup(response.error);
		return nullptr;
	}
	char *utf8 = pg_server_to_any(issuer, static_cast<int>(strlen(issuer)), PG_UTF8);
	Discovery found = ReadDiscovery(response.body, utf8);
	if (found.status != Status::kOk) {
		*out_error = DiscoveryProblem(found.status);
		return nullptr;
	}
	return pnstrdup(found.jwks_uri.data(), found.jwks_uri.size());
}

// The settings are the other library's variables; here they are read by name.
bool
IsMode(const char *mode)
{
	return strcmp(GetConfigOption("pg_session_jwt.fetch", false, false), mode) == 0;
}

void
FetchOne(const DueIssuer &issuer)
{
	HttpPolicy policy = {IsMode("any"),
						 GetConfigOption("pg_session_jwt.fetch_ca_file", false, false)};
	const char *error = nullptr;
	const char *uri = issuer.jwks_uri;
	if (uri == nullptr)
		uri = Discover(issuer.issuer, policy, &error);
	HttpResponse response = {};
	if (error == nullptr) {
		Get(uri, policy, &response);
		error = response.is_ok ? KeySetProblem(response.body) : response.error;
	}
	CHECK_FOR_INTERRUPTS(); // a fetch that was cut off by one has not failed
	if (error == nullptr)
		StoreKeys(issuer, uri, response.body, FreshSeconds(response.freshness));
	else
		StoreFailure(issuer, uri != nullptr ? uri : DiscoveryAddress(issuer.issuer), error,
					 PauseAfter(issuer.failures));
}

// Fetch all that is due. Returns how many issuers that were.
int
FetchDue(const FetchRequest &request)
{
	MemoryContext context =
		AllocSetContextCreate(TopMemoryContext, "issuers due", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	int count = 0;
	for (DueIssuer *due = ReadDue(request, context); due != nullptr; due = due->next) {
		MemoryContextSwitchTo(context);
		FetchOne(*due);
		count++;
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return count;
}

// Wait for the one place of a worker in this database.
void
TakePlace(LOCKTAG *tag)
{
	SetFetchLock(tag, FetchLock::kWorker);
	StartTransactionCommand();
	(void)LockAcquire(tag, ExclusiveLock, true, false);
	CommitTransactionCommand();
}

void
Settle()
{
	// Whatever the database or its roles set, nothing is found by name but the catalogs, and no
	// lock of somebody else's holds the worker for long.
	SetConfigOption("search_path", "pg_catalog, pg_temp", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("lock_timeout", "3s", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("statement_timeout", "10s", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("default_transaction_isolation", "read committed", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("default_transaction_read_only", "off", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("session_replication_role", "origin", PGC_SUSET, PGC_S_OVERRIDE);
}

} // namespace

} // namespace session_jwt

using namespace session_jwt;

extern "C" {

PG_MODULE_MAGIC;

PGDLLEXPORT void session_jwt_fetch_main(Datum database);

void
session_jwt_fetch_main(Datum database)
{
	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	FetchRequest request;
	memcpy(&request, MyBgworkerEntry->bgw_extra, sizeof request);
	BackgroundWorkerInitializeConnectionByOid(DatumGetObjectId(database), InvalidOid, 0);
	load_file("pg_session_jwt", false); // defines the settings
	WatchRegistry();
	Settle();

	LOCKTAG place;
	TakePlace(&place);
	int idle_ms = 0;
	while (idle_ms < linger_ms && !IsMode("off")) {
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending) {
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		idle_ms = FetchDue(request) > 0 ? 0 : idle_ms + static_cast<int>(look_ms);
		request = FetchRequest{}; // it was urgent once
		if (LockHasWaiters(&place, ExclusiveLock, true))
			break; // the next worker brings a request of its own
		(void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, look_ms,
						PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
	LockRelease(&place, ExclusiveLock, true);
}

} // extern "C"
