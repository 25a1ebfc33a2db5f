// What a backend and the fetcher's process must agree on.
#pragma once

#include "pg/prelude.hpp"

namespace session_jwt {

// The library and the function that a backend has started.
inline constexpr const char fetch_library[] = "pg_session_jwt_fetch";
inline constexpr const char fetch_function[] = "session_jwt_fetch_main";

// FetchMode is pg_session_jwt.fetch: which addresses the worker may connect to.
enum class FetchMode : int { kOff, kPublic, kAny };

// FetchRequest goes to the worker in bgw_extra.
struct FetchRequest {
	int64 issuer_hash; // hashtextextended of the issuer that must be fetched, if is_urgent
	bool is_urgent;    // an issuer needs its keys now: an unknown kid, or none at all
	bool is_ordered;   // auth.refresh_issuer(): whenever it was last tried
};
static_assert(sizeof(FetchRequest) <= BGW_EXTRALEN);

// FetchLock names the locks of each database: of the one worker that fetches, of the one backend
// that may start a worker and wait for it, and of the one worker that waits its turn for whatever
// is due.
enum class FetchLock : uint32 { kWorker = 1, kStarter = 2, kNext = 3 };
void SetFetchLock(LOCKTAG *tag, FetchLock which);

// IsFetcher reports whether this process is the worker.
bool IsFetcher();

} // namespace session_jwt
