// What happens when the library is loaded.
#include "pg/gucs.hpp"
#include "pg/registry.hpp"
#include "pg/report.hpp"
#include "pg/shared.hpp"

extern "C" {

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "pg_session_jwt", .version = EXTVERSION);
#else
PG_MODULE_MAGIC;
#endif

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	session_jwt::DefineSettings();
	session_jwt::WatchRegistry();
	session_jwt::WatchWorkerReports();
	// The postmaster pays for OpenSSL's first use once, and every backend inherits the result.
	if (process_shared_preload_libraries_in_progress) {
		session_jwt::PrepareShared();
		if (session_jwt::SetUp().status != session_jwt::Status::kOk)
			elog(ERROR, "pg_session_jwt: the crypto library fails its known answers");
	}
}

} // extern "C"
