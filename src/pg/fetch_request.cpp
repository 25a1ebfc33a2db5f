#include "pg/fetch_request.hpp"

#include "pg/gucs.hpp"
#include "pg/text.hpp"

namespace session_jwt {

namespace {

constexpr long short_poll_ms = 10;
constexpr long long_poll_ms = 50;
constexpr int num_short_polls = 50;
constexpr int64 request_pause =
	5 * USECS_PER_SEC; // between requests of one backend for what is due

bool is_wanted_at_commit = false;
TimestampTz last_request = 0;

// Start a worker. False if the cluster has no slot for it.
bool
StartWorker(const FetchRequest &request, BackgroundWorkerHandle **out)
{
	BackgroundWorker worker = {};
	strlcpy(worker.bgw_name, "pg_session_jwt fetcher", sizeof worker.bgw_name);
	strlcpy(worker.bgw_type, "pg_session_jwt fetcher", sizeof worker.bgw_type);
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_library_name, fetch_library, sizeof worker.bgw_library_name);
	strlcpy(worker.bgw_function_name, fetch_function, sizeof worker.bgw_function_name);
	worker.bgw_main_arg = ObjectIdGetDatum(MyDatabaseId);
	worker.bgw_notify_pid = MyProcPid;
	memcpy(worker.bgw_extra, &request, sizeof request);
	return RegisterDynamicBackgroundWorker(&worker, out);
}

bool
IsWorkerRunning()
{
	LOCKTAG tag;
	SetFetchLock(&tag, FetchLock::kWorker);
	if (LockAcquire(&tag, ShareLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return true;
	LockRelease(&tag, ShareLock, false);
	return false;
}

extern "C" {

static void
AtTransactionEnd(XactEvent event, void *)
{
	if (!is_wanted_at_commit || event == XACT_EVENT_PREPARE || event == XACT_EVENT_PRE_PREPARE)
		return;
	is_wanted_at_commit = false;
	// Before the commit, because an error afterwards could not be reported. The worker looks at
	// the registry again and again for a while, and so finds what is committed by then.
	if (event == XACT_EVENT_PRE_COMMIT) {
		BackgroundWorkerHandle *handle;
		(void)StartWorker(FetchRequest{}, &handle);
	}
}

} // extern "C"

// The hash of the column's value: in the database's encoding, which has a value for every issuer
// that has a row.
int64
HashIssuer(std::string_view issuer)
{
	text *name = MakeText(issuer);
	if (name == nullptr)
		return 0;
	return DatumGetInt64(DirectFunctionCall2Coll(hashtextextended, C_COLLATION_OID,
												 PointerGetDatum(name), Int64GetDatum(0)));
}

bool
HasEnded(BackgroundWorkerHandle *handle)
{
	pid_t pid;
	return handle != nullptr && GetBackgroundWorkerPid(handle, &pid) == BGWH_STOPPED;
}

// Most fetches are over in a fraction of a second; for the others many may have to wait.
void
Sleep(int num_polls)
{
	(void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
					num_polls < num_short_polls ? short_poll_ms : long_poll_ms, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

// Wait until the fetcher has noted an attempt other than `before`. One backend at a time, the
// holder of the starter's lock, starts workers; the others only look.
FetchResult
WaitForAttempt(std::string_view issuer, const FetchRequest &request, TimestampTz before)
{
	LOCKTAG starter;
	SetFetchLock(&starter, FetchLock::kStarter);
	bool is_starter = false;
	bool was_tried = false;
	BackgroundWorkerHandle *handle = nullptr;
	TimestampTz deadline =
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), pg_session_jwt_fetch_timeout);
	FetchResult result = FetchResult::kTimedOut;
	for (int polls = 0; result == FetchResult::kTimedOut; polls++) {
		bool has_ended = HasEnded(handle);
		AcceptInvalidationMessages();
		IssuerState state = RefreshIssuer(issuer);
		if (!state.is_known || state.fetch.attempted_at != before)
			result = FetchResult::kDone;
		else if (has_ended)
			result = FetchResult::kNoWorker;
		else if (!was_tried && (is_starter || LockAcquire(&starter, ExclusiveLock, false, true) !=
												  LOCKACQUIRE_NOT_AVAIL)) {
			is_starter = true;
			was_tried = true;
			if (!StartWorker(request, &handle))
				result = FetchResult::kNoWorker;
		} else if (GetCurrentTimestamp() >= deadline) {
			break;
		} else {
			Sleep(polls);
		}
	}
	if (is_starter)
		LockRelease(&starter, ExclusiveLock, false);
	return result;
}

} // namespace

bool
CanFetch()
{
	return pg_session_jwt_fetch != static_cast<int>(FetchMode::kOff) && IsUnderPostmaster &&
		   !RecoveryInProgress() && !IsParallelWorker() && !IsFetcher();
}

void
RequestFetches()
{
	TimestampTz now = GetCurrentTimestamp();
	if (!CanFetch() || now < last_request + request_pause)
		return;
	last_request = now;
	BackgroundWorkerHandle *handle;
	if (!IsWorkerRunning())
		(void)StartWorker(FetchRequest{}, &handle);
}

void
RequestFetchesAtCommit()
{
	static bool is_registered = false;
	if (!CanFetch())
		return;
	if (!is_registered) {
		RegisterXactCallback(AtTransactionEnd, nullptr);
		is_registered = true;
	}
	is_wanted_at_commit = true;
}

FetchResult
AwaitFetch(std::string_view issuer, bool is_ordered)
{
	if (!CanFetch())
		return FetchResult::kNotPossible;
	IssuerState state = RefreshIssuer(issuer);
	if (!state.is_known || !state.fetch.can_fetch)
		return FetchResult::kNotPossible;
	if (TransactionIdIsCurrentTransactionId(static_cast<TransactionId>(state.tag.high)))
		return FetchResult::kUncommitted;
	FetchRequest request = {HashIssuer(issuer), true, is_ordered};
	return WaitForAttempt(issuer, request, state.fetch.attempted_at);
}

const char *
FetchHint(FetchResult result)
{
	switch (result) {
	case FetchResult::kDone:
	case FetchResult::kTooSoon:
		return nullptr;
	case FetchResult::kUncommitted:
		return "The issuer's row was changed in this transaction; its keys are fetched when that "
			   "is committed.";
	case FetchResult::kTimedOut:
		return "The issuer's keys were not fetched within pg_session_jwt.fetch_timeout; see "
			   "auth.issuer_status.";
	case FetchResult::kNoWorker:
		return "The issuer's keys could not be fetched: no background worker could be started.  "
			   "You may need to increase max_worker_processes, or to install the library "
			   "pg_session_jwt_fetch.";
	case FetchResult::kNotPossible:
		if (RecoveryInProgress())
			return "This server is a standby: it uses the keys that its primary has fetched.";
		if (IsParallelWorker())
			return "Parallel workers do not have keys fetched.";
		return "Fetching key sets is switched off (pg_session_jwt.fetch); store the issuer's key "
			   "set "
			   "in the column \"jwks\" of auth.issuers.";
	}
	return nullptr;
}

} // namespace session_jwt
