// The background worker that fetches key sets: it reads what is due, fetches it with no
// transaction open, stores it, stays a little for what comes next, and ends.
#include "core/cache_control.hpp"

#include "fetch/http.hpp"
#include "fetch/keys.hpp"

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

// The issuer whose keys are just being fetched: an error is noted as its failure.
const DueIssuer *fetching = nullptr;
const char *fetching_from = nullptr;

// The pause after a failure, with jitter so that many databases do not ask at once.
double
PauseAfter(int failures)
{
	double pause = first_pause * static_cast<double>(1 << Min(failures, max_doublings));
	return pause * (1 + 0.5 * pg_prng_double(&pg_global_prng_state));
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
	Get(DiscoveryAddress(issuer), policy, total_timeout_ms, &response);
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
	fetching = &issuer;
	fetching_from = uri != nullptr ? uri : DiscoveryAddress(issuer.issuer);
	TimestampTz start = GetCurrentTimestamp();
	if (uri == nullptr)
		uri = Discover(issuer.issuer, policy, &error);
	HttpResponse response = {};
	FetchedKeys keys = {};
	if (error == nullptr) {
		fetching_from = uri;
		long used_ms = TimestampDifferenceMilliseconds(start, GetCurrentTimestamp());
		Get(uri, policy, Max(total_timeout_ms - used_ms, 1), &response);
		error = response.is_ok ? ReadKeys(issuer, response.body, &keys) : response.error;
	}
	CHECK_FOR_INTERRUPTS(); // a fetch that was cut off by one has not failed
	if (error == nullptr)
		StoreKeys(issuer, uri, keys, FreshSeconds(response.freshness));
	else
		StoreFailure(issuer, fetching_from, error, PauseAfter(issuer.failures));
	fetching = nullptr;
}

// Fetch all that is due, or what is done before another worker asks for the place: that one may be
// sent for an issuer that people wait for, and finds the rest as well. Returns how many issuers
// that were.
int
FetchDue(const FetchRequest &request, const LOCKTAG &place)
{
	MemoryContext context =
		AllocSetContextCreate(TopMemoryContext, "issuers due", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	int count = 0;
	for (DueIssuer *due = ReadDue(request, context); due != nullptr; due = due->next) {
		(void)MemoryContextSwitchTo(context);
		FetchOne(*due);
		count++;
		if (LockHasWaiters(&place, ExclusiveLock, true))
			break;
	}
	(void)MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return count;
}

// Wait for the one place of a worker in this database. False if that is needless: a worker waits
// already that has, as this one, nothing special to do.
bool
TakePlace(const FetchRequest &request, LOCKTAG *place)
{
	LOCKTAG next;
	SetFetchLock(place, FetchLock::kWorker);
	SetFetchLock(&next, FetchLock::kNext);
	StartTransactionCommand();
	bool is_needed = request.is_urgent ||
					 LockAcquire(&next, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
	if (is_needed)
		(void)LockAcquire(place, ExclusiveLock, true, false);
	CommitTransactionCommand(); // which releases `next`
	return is_needed;
}

void
Settle()
{
	// Whatever the database sets, nothing is found by name but the catalogs, and no lock of
	// somebody else's holds the worker for long.
	SetConfigOption("search_path", "pg_catalog, pg_temp", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("lock_timeout", "3s", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("default_transaction_isolation", "read committed", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("default_transaction_read_only", "off", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("session_replication_role", "origin", PGC_SUSET, PGC_S_OVERRIDE);
}

// After an error: report it, and note it as the failure of what was being fetched, so that it is
// not tried again at once. An error while doing that ends the process.
void
Recover()
{
	error_context_stack = nullptr;
	PG_exception_stack = nullptr;
	HOLD_INTERRUPTS();
	EmitErrorReport();
	AbortCurrentTransaction();
	(void)MemoryContextSwitchTo(TopMemoryContext);
	FlushErrorState();
	RESUME_INTERRUPTS();
	if (fetching != nullptr)
		StoreFailure(*fetching, fetching_from, "internal error; see the server's log",
					 PauseAfter(fetching->failures));
	fetching = nullptr;
}

// Fetch what is due, and stay a little for what comes next.
void
Serve(FetchRequest request, const LOCKTAG &place)
{
	int idle_ms = 0;
	while (idle_ms < linger_ms && !IsMode("off")) {
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending) {
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		idle_ms = FetchDue(request, place) > 0 ? 0 : idle_ms + static_cast<int>(look_ms);
		request = FetchRequest{}; // it was urgent once
		if (LockHasWaiters(&place, ExclusiveLock, true))
			break; // the next worker brings a request of its own
		(void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, look_ms,
						PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
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
	LOCKTAG place;
	if (!TakePlace(request, &place))
		return;
	Settle();

	sigjmp_buf on_error;
	if (sigsetjmp(on_error, 1) == 0) {
		PG_exception_stack = &on_error;
		Serve(request, place);
	} else {
		Recover();
	}
	PG_exception_stack = nullptr;
	LockRelease(&place, ExclusiveLock, true);
}

} // extern "C"
