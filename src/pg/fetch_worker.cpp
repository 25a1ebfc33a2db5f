#include "pg/fetch_worker.hpp"

namespace session_jwt {

void
SetFetchLock(LOCKTAG *tag, FetchLock which)
{
	// Advisory locks of SQL have 1 or 2 in the last field, so these are never theirs.
	constexpr uint16 lock_class = 0x4a57;
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, 0, static_cast<uint32>(which), lock_class);
}

bool
IsFetcher()
{
	return MyBgworkerEntry != nullptr &&
		   strcmp(MyBgworkerEntry->bgw_library_name, fetch_library) == 0;
}

} // namespace session_jwt
