// Asking for key sets to be fetched. The fetching is done by a background worker of its own
// library (src/fetch), so that no backend ever loads libcurl or waits on a network.
#pragma once

#include "pg/fetch_worker.hpp"
#include "pg/registry.hpp"

namespace session_jwt {

// FetchResult says how a request went.
enum class FetchResult : uint8 {
	kDone,        // the key set was fetched, or tried in vain: see auth.issuer_status
	kTooSoon,     // it was tried a moment ago; nothing was asked for
	kTimedOut,    // nothing within pg_session_jwt.fetch_timeout
	kNoWorker,    // the cluster has no free worker slot, or the worker's library is missing
	kUncommitted, // this very transaction has changed the row, which no worker can see yet
	kNotPossible  // fetching is off, or this is a standby or a parallel worker
};

// CanFetch reports whether this process may have anything fetched at all: if not, the reason is
// kNotPossible's.
bool CanFetch();

// RequestFetches starts a worker for whatever is due, without waiting.
void RequestFetches();

// RequestFetchesAtCommit does so when the transaction commits.
void RequestFetchesAtCommit();

// AwaitFetch has the keys of `issuer` (UTF-8) fetched and waits for it, interruptibly. Backends
// that wait for one issuer share one fetch. `is_ordered` as in FetchRequest.
FetchResult AwaitFetch(std::string_view issuer, bool is_ordered);

// FetchHint says what a user can do about `result`; NULL for kDone and kTooSoon.
const char *FetchHint(FetchResult result);

} // namespace session_jwt
