/*
 * A background worker that never says when a statement of its begins, as PostgreSQL asks no worker
 * to: statement_timestamp() is when it connected, for ever. It calls public.job() once, and ends.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "utils/snapmgr.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void quiet_worker_main(Datum database);
PGDLLEXPORT Datum run_quiet_worker(PG_FUNCTION_ARGS);

void
quiet_worker_main(Datum database)
{
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(DatumGetObjectId(database), InvalidOid, 0);
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	if (SPI_execute("select public.job()", false, 0) != SPI_OK_SELECT)
		elog(ERROR, "public.job() could not be called");
	SPI_finish();
	PopActiveSnapshot();
	CommitTransactionCommand();
	proc_exit(0);
}

/* Runs such a worker in the current database, and waits for its end. */
PG_FUNCTION_INFO_V1(run_quiet_worker);
Datum
run_quiet_worker(PG_FUNCTION_ARGS)
{
	BackgroundWorker worker = {0};
	BackgroundWorkerHandle *handle;

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_main_arg = ObjectIdGetDatum(MyDatabaseId);
	worker.bgw_notify_pid = MyProcPid;
	strcpy(worker.bgw_library_name, "quiet_worker");
	strcpy(worker.bgw_function_name, "quiet_worker_main");
	strcpy(worker.bgw_name, "quiet worker");
	strcpy(worker.bgw_type, "quiet worker");
	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
		elog(ERROR, "no background worker could be registered");
	WaitForBackgroundWorkerShutdown(handle);
	PG_RETURN_VOID();
}
