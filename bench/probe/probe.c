/*
 * Functions that bound what any function of an extension can cost, and a clock. They are in a
 * library of their own, so that a backend which only reads the clock has loaded nothing else.
 */
#include "postgres.h"

#include <time.h>

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

PG_MODULE_MAGIC;

static text *kept_text = NULL;
static pg_uuid_t *kept_uuid = NULL;

/* Nanoseconds of processor time that this backend has used. */
PG_FUNCTION_INFO_V1(bench_clock);
Datum
bench_clock(PG_FUNCTION_ARGS)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	PG_RETURN_INT64((int64) now.tv_sec * 1000000000 + now.tv_nsec);
}

/* Does nothing with its argument, which may be a token. */
PG_FUNCTION_INFO_V1(bench_noop);
Datum
bench_noop(PG_FUNCTION_ARGS)
{
	(void) PG_GETARG_TEXT_PP(0);
	PG_RETURN_VOID();
}

/* Keeps the user whom bench_text and bench_uuid return. */
PG_FUNCTION_INFO_V1(bench_keep);
Datum
bench_keep(PG_FUNCTION_ARGS)
{
	char	   *id = text_to_cstring(PG_GETARG_TEXT_PP(0));
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

	kept_text = cstring_to_text(id);
	kept_uuid = DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(id)));
	MemoryContextSwitchTo(caller);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(bench_text);
Datum
bench_text(PG_FUNCTION_ARGS)
{
	if (kept_text == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(kept_text);
}

PG_FUNCTION_INFO_V1(bench_uuid);
Datum
bench_uuid(PG_FUNCTION_ARGS)
{
	if (kept_uuid == NULL)
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(kept_uuid);
}
