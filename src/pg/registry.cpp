#include "pg/registry.hpp"

#include "pg/gucs.hpp"

namespace session_jwt {

namespace {

RowTag
TagOf(HeapTuple tuple)
{
	return RowTag{HeapTupleHeaderGetRawXmin(tuple->t_data),
				  (static_cast<uint64>(ItemPointerGetBlockNumberNoCheck(&tuple->t_self)) << 16) |
					  ItemPointerGetOffsetNumberNoCheck(&tuple->t_self)};
}

// The microsecond after `time` by `seconds`, without running over.
int64
After(TimestampTz time, int64 seconds)
{
	int64 result;
	return pg_add_s64_overflow(time, seconds * USECS_PER_SEC, &result) ? PG_INT64_MAX : result;
}

TimestampTz
ReadTime(HeapTuple tuple, TupleDesc desc, AttrNumber column, TimestampTz if_null)
{
	bool is_null;
	Datum value = heap_getattr(tuple, column, desc, &is_null);
	return is_null ? if_null : DatumGetTimestampTz(value);
}

// Whether the key set of `row` is the one that the fetcher stored: a key set that was given by
// hand afterwards is another.
bool
IsFetched(const HashedRow &row, HeapTuple fetch, TupleDesc desc)
{
	bool is_null;
	Datum hash = heap_getattr(fetch, kFetchHashColumn, desc, &is_null);
	return row.has_jwks && !is_null && DatumGetInt64(hash) == row.jwks_hash;
}

// What auth.issuer_fetches says of the issuer whose row is `row`.
FetchFacts
ReadFetch(const HashedRow &row, std::string_view issuer)
{
	FetchFacts facts;
	facts.can_fetch = row.is_enabled && (row.has_uri || !row.has_jwks);
	Relation table = OpenRegistry(RegistryTable::kFetches);
	if (table == nullptr)
		return facts;
	RowScan found = FindRow(table, issuer);
	if (found.tuple != nullptr) {
		TupleDesc desc = RelationGetDescr(table);
		bool is_fetched = IsFetched(row, found.tuple, desc);
		facts.can_fetch = row.is_enabled && (facts.can_fetch || is_fetched);
		facts.attempted_at = ReadTime(found.tuple, desc, kFetchAttemptedColumn, PG_INT64_MIN);
		facts.fetched_at = ReadTime(found.tuple, desc, kFetchFetchedColumn, PG_INT64_MIN);
		facts.refresh_at = ReadTime(found.tuple, desc, kFetchRefreshColumn, PG_INT64_MIN);
		// The row lost the keys that were fetched for it: they are due at once.
		if (!row.has_jwks && !heap_attisnull(found.tuple, kFetchHashColumn, desc))
			facts.refresh_at = PG_INT64_MIN;
		if (is_fetched)
			facts.stale_at = After(facts.fetched_at, pg_session_jwt_max_stale);
	} else {
		facts.refresh_at = PG_INT64_MIN;
	}
	EndScan(found);
	table_close(table, AccessShareLock);
	return facts;
}

// Load the row into core unless it is the very one that core has.
void
TakeRow(HeapTuple tuple, TupleDesc desc, std::string_view issuer, const IssuerState &state,
		uint64 seen)
{
	HashedRow hashed;
	HashRow(tuple, desc, &hashed);
	FetchFacts facts = ReadFetch(hashed, issuer);
	RowTag tag = TagOf(tuple);
	if (!state.is_known || !(state.tag == tag)) {
		IssuerRow row;
		ReadIssuerRow(tuple, desc, &row);
		Outcome outcome = LoadIssuer(row, tag, seen);
		if (outcome.status == Status::kOutOfMemory)
			ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
		if (outcome.status != Status::kOk) {
			ForgetIssuer(issuer);
			return;
		}
	}
	ConfirmIssuer(issuer, seen, facts);
}

} // namespace

IssuerState
RefreshIssuer(std::string_view issuer)
{
	uint64 seen = registry_generation;
	IssuerState state = FindIssuer(issuer);
	if (state.is_known && state.checked == seen)
		return state;

	Relation table = OpenRegistry(RegistryTable::kIssuers);
	if (table == nullptr) {
		ForgetIssuer(issuer);
		return IssuerState{};
	}
	RowScan found = FindRow(table, issuer);
	if (found.tuple != nullptr)
		TakeRow(found.tuple, RelationGetDescr(table), issuer, state, seen);
	else
		ForgetIssuer(issuer);
	EndScan(found);
	table_close(table, AccessShareLock);
	return FindIssuer(issuer);
}

bool
MeetsRequiredClaims(std::string_view issuer, Jsonb *claims)
{
	Relation table = OpenRegistry(RegistryTable::kIssuers);
	if (table == nullptr)
		return false;
	RowScan found = FindRow(table, issuer);
	bool is_met = false;
	if (found.tuple != nullptr) {
		bool is_null;
		Datum required =
			heap_getattr(found.tuple, kRequiredClaimsColumn, RelationGetDescr(table), &is_null);
		is_met = is_null || DatumGetBool(DirectFunctionCall2(jsonb_contains, JsonbPGetDatum(claims),
															 required));
	}
	EndScan(found);
	table_close(table, AccessShareLock);
	return is_met;
}

} // namespace session_jwt
