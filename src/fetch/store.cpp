#include "fetch/store.hpp"

#include "pg/registry.hpp"

extern "C" {
#include "executor/spi.h"
}

namespace session_jwt {

namespace {

// The owner of the extension; the worker acts with its rights and no more.
Oid
ExtensionOwner()
{
	ScanKeyData key;
	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("pg_session_jwt"));
	Relation extensions = table_open(ExtensionRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(extensions, ExtensionNameIndexId, true, nullptr, 1, &key);
	HeapTuple tuple = systable_getnext(scan);
	Oid owner = InvalidOid;
	if (HeapTupleIsValid(tuple))
		owner = reinterpret_cast<Form_pg_extension>(GETSTRUCT(tuple))->extowner;
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	return owner;
}

// Whether the table is there, under the name that the statements below have for it: whoever owns
// the schema can rename it and put another one in its place, with tables of the same names.
bool
IsInPlace(RegistryTable which, const char *name)
{
	Relation table = OpenRegistry(which);
	if (table == nullptr)
		return false;
	Oid schema = get_namespace_oid("auth", true);
	bool is_in_place =
		OidIsValid(schema) && get_relname_relid(name, schema) == RelationGetRelid(table);
	table_close(table, AccessShareLock);
	return is_in_place;
}

Oid usual_user;
int usual_context;

// Begin a transaction with the owner's rights, restricted as autovacuum is for users' code. False
// if this database has no registry.
bool
Begin()
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	if (!IsInPlace(RegistryTable::kIssuers, "issuers") ||
		!IsInPlace(RegistryTable::kFetches, "issuer_fetches"))
		return false;
	GetUserIdAndSecContext(&usual_user, &usual_context);
	SetUserIdAndSecContext(ExtensionOwner(),
						   SECURITY_RESTRICTED_OPERATION | SECURITY_LOCAL_USERID_CHANGE);
	SPI_connect();
	return true;
}

// Nothing of a user's is left to run at commit: in a restricted operation a deferred trigger is an
// error when it is queued.
void
End(bool is_connected)
{
	if (is_connected) {
		SPI_finish();
		SetUserIdAndSecContext(usual_user, usual_context);
	}
	PopActiveSnapshot();
	CommitTransactionCommand();
}

// ExecuteOne runs `sql` with `count` parameters and raises if it does not end as `expected`.
void
ExecuteOne(const char *sql, int count, Oid *types, Datum *values, const char *nulls, int expected)
{
	int result = SPI_execute_with_args(sql, count, types, values, nulls, false, 0);
	if (result != expected)
		elog(ERROR, "SPI_execute_with_args failed: %s", SPI_result_code_string(result));
}

constexpr const char due_sql[] =
	"SELECT i.issuer, i.jwks_uri, pg_catalog.jsonb_hash_extended(i.jwks, 0), "
	"COALESCE(f.failures, 0), i.algorithms "
	"FROM auth.issuers AS i LEFT JOIN auth.issuer_fetches AS f ON f.issuer = i.issuer "
	"WHERE i.enabled "
	"AND (i.jwks_uri IS NOT NULL OR i.jwks IS NULL "
	"OR f.jwks_hash = pg_catalog.jsonb_hash_extended(i.jwks, 0)) "
	"AND (f.refresh_at IS NULL OR f.refresh_at <= pg_catalog.clock_timestamp() "
	"OR f.jwks_uri <> i.jwks_uri "                     // given another address since
	"OR (i.jwks IS NULL AND f.jwks_hash IS NOT NULL) " // lost its keys since
	"OR (pg_catalog.hashtextextended(i.issuer, 0) = $1 AND ($2 "
	"OR f.attempted_at < pg_catalog.clock_timestamp() - interval '30 seconds'))) "
	"ORDER BY pg_catalog.hashtextextended(i.issuer, 0) IS NOT DISTINCT FROM $1 DESC, "
	"f.attempted_at NULLS FIRST LIMIT 100";

DueIssuer *
CopyDue(HeapTuple tuple, TupleDesc desc, MemoryContext context)
{
	bool is_null;
	DueIssuer *due = static_cast<DueIssuer *>(MemoryContextAllocZero(context, sizeof(DueIssuer)));
	due->issuer = MemoryContextStrdup(context, SPI_getvalue(tuple, desc, 1));
	if (char *uri = SPI_getvalue(tuple, desc, 2))
		due->jwks_uri = MemoryContextStrdup(context, uri);
	Datum hash = SPI_getbinval(tuple, desc, 3, &is_null);
	due->has_jwks = !is_null;
	due->jwks_hash = is_null ? 0 : DatumGetInt64(hash);
	due->failures = DatumGetInt32(SPI_getbinval(tuple, desc, 4, &is_null));
	Datum algorithms = SPI_getbinval(tuple, desc, 5, &is_null);
	if (!is_null) {
		MemoryContext caller = MemoryContextSwitchTo(context);
		due->algorithms = ReadTextArray(datumCopy(algorithms, false, -1), &due->num_algorithms);
		(void)MemoryContextSwitchTo(caller);
	}
	return due;
}

// The row as it was read must be the row that is written: somebody may have changed it while the
// fetch went on.
constexpr const char lock_sql[] =
	"SELECT i.jwks IS DISTINCT FROM $4 FROM auth.issuers AS i "
	"WHERE i.issuer = $1 AND i.enabled AND i.jwks_uri IS NOT DISTINCT FROM $2 "
	"AND pg_catalog.jsonb_hash_extended(i.jwks, 0) IS NOT DISTINCT FROM $3 FOR UPDATE";

constexpr const char keys_sql[] = "UPDATE auth.issuers SET jwks = $2 WHERE issuer = $1";

constexpr const char fetched_sql[] =
	"INSERT INTO auth.issuer_fetches AS f (issuer, jwks_hash, fetched_at, refresh_at, "
	"attempted_at, jwks_uri, failures) "
	"VALUES ($1, pg_catalog.jsonb_hash_extended($2, 0), pg_catalog.clock_timestamp(), "
	"pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => $4), "
	"pg_catalog.clock_timestamp(), $3, 0) "
	"ON CONFLICT (issuer) DO UPDATE SET jwks_hash = EXCLUDED.jwks_hash, "
	"fetched_at = EXCLUDED.fetched_at, refresh_at = EXCLUDED.refresh_at, "
	"attempted_at = EXCLUDED.attempted_at, jwks_uri = EXCLUDED.jwks_uri, failures = 0";

constexpr const char failed_sql[] =
	"INSERT INTO auth.issuer_fetches AS f (issuer, refresh_at, attempted_at, jwks_uri, "
	"last_error, last_error_at, failures) "
	"SELECT i.issuer, pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => $4), "
	"pg_catalog.clock_timestamp(), $2, $3, pg_catalog.clock_timestamp(), 1 "
	"FROM auth.issuers AS i WHERE i.issuer = $1 "
	"ON CONFLICT (issuer) DO UPDATE SET refresh_at = EXCLUDED.refresh_at, "
	"attempted_at = EXCLUDED.attempted_at, jwks_uri = EXCLUDED.jwks_uri, "
	"last_error = EXCLUDED.last_error, last_error_at = EXCLUDED.last_error_at, "
	"failures = f.failures + 1, jwks_hash = (SELECT f.jwks_hash FROM auth.issuers AS i "
	"WHERE i.issuer = f.issuer AND i.jwks IS NOT NULL)";

constexpr const char orphans_sql[] =
	"SELECT FROM auth.issuer_fetches AS f WHERE NOT EXISTS "
	"(SELECT FROM auth.issuers AS i WHERE i.issuer = f.issuer) LIMIT 1";

constexpr const char forget_sql[] = "DELETE FROM auth.issuer_fetches AS f WHERE NOT EXISTS "
									"(SELECT FROM auth.issuers AS i WHERE i.issuer = f.issuer)";

// Forget issuers that are gone. Only if there are such: the statement by itself makes every backend
// look at the registry again.
void
ForgetOrphans()
{
	ExecuteOne(orphans_sql, 0, nullptr, nullptr, nullptr, SPI_OK_SELECT);
	if (SPI_processed > 0)
		ExecuteOne(forget_sql, 0, nullptr, nullptr, nullptr, SPI_OK_DELETE);
}

// Lock the row. False if it is no more what it was; *is_new tells whether the keys differ.
bool
LockRow(const DueIssuer &issuer, Datum jwks, bool *is_new)
{
	Oid types[4] = {TEXTOID, TEXTOID, INT8OID, JSONBOID};
	Datum values[4] = {CStringGetTextDatum(issuer.issuer), Datum{0},
					   Int64GetDatum(issuer.jwks_hash), jwks};
	char nulls[] = "    ";
	if (issuer.jwks_uri != nullptr)
		values[1] = CStringGetTextDatum(issuer.jwks_uri);
	else
		nulls[1] = 'n';
	if (!issuer.has_jwks)
		nulls[2] = 'n';
	ExecuteOne(lock_sql, 4, types, values, nulls, SPI_OK_SELECT);
	if (SPI_processed != 1)
		return false;
	bool is_null;
	*is_new =
		DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null));
	return true;
}

} // namespace

DueIssuer *
ReadDue(const FetchRequest &request, MemoryContext context)
{
	DueIssuer *first = nullptr;
	bool is_connected = Begin();
	if (is_connected) {
		Oid types[2] = {INT8OID, BOOLOID};
		Datum values[2] = {Int64GetDatum(request.issuer_hash), BoolGetDatum(request.is_ordered)};
		char nulls[] = "  ";
		if (!request.is_urgent)
			nulls[0] = 'n';
		ForgetOrphans();
		ExecuteOne(due_sql, 2, types, values, nulls, SPI_OK_SELECT);
		for (uint64 i = SPI_processed; i > 0; i--) {
			DueIssuer *due = CopyDue(SPI_tuptable->vals[i - 1], SPI_tuptable->tupdesc, context);
			due->next = first;
			first = due;
		}
	}
	End(is_connected);
	return first;
}

void
StoreKeys(const DueIssuer &issuer, const char *uri, const FetchedKeys &keys, int64 fresh_seconds)
{
	bool is_connected = Begin();
	if (is_connected) {
		bool is_new;
		if (LockRow(issuer, keys.set, &is_new)) {
			Oid types[4] = {TEXTOID, JSONBOID, TEXTOID, FLOAT8OID};
			Datum values[4] = {CStringGetTextDatum(issuer.issuer), keys.set,
							   CStringGetTextDatum(uri),
							   Float8GetDatum(static_cast<double>(fresh_seconds))};
			if (is_new)
				ExecuteOne(keys_sql, 2, types, values, nullptr, SPI_OK_UPDATE);
			ExecuteOne(fetched_sql, 4, types, values, nullptr, SPI_OK_INSERT);
			if (is_new)
				ereport(LOG, (errmsg("keys of issuer \"%s\" have changed", issuer.issuer),
							  keys.num_broken == 0
								  ? errdetail("They were fetched from \"%s\".", uri)
								  : errdetail("They were fetched from \"%s\"; broken keys left "
											  "out: %d.",
											  uri, keys.num_broken)));
		}
	}
	End(is_connected);
}

void
StoreFailure(const DueIssuer &issuer, const char *uri, const char *error, double pause_seconds)
{
	bool is_connected = Begin();
	if (is_connected) {
		Oid types[4] = {TEXTOID, TEXTOID, TEXTOID, FLOAT8OID};
		Datum values[4] = {CStringGetTextDatum(issuer.issuer), CStringGetTextDatum(uri),
						   CStringGetTextDatum(error), Float8GetDatum(pause_seconds)};
		ExecuteOne(failed_sql, 4, types, values, nullptr, SPI_OK_INSERT);
		if (issuer.failures == 0 && SPI_processed == 1)
			ereport(LOG, (errmsg("could not fetch the keys of issuer \"%s\" from \"%s\": %s",
								 issuer.issuer, uri, error)));
	}
	End(is_connected);
}

} // namespace session_jwt
