// What SQL calls of the registry: the trigger that guards auth.issuers, and the look into a key
// set behind auth.issuer_keys.
#include "pg/fetch_request.hpp"
#include "pg/registry.hpp"
#include "pg/report.hpp"
#include "pg/text.hpp"

namespace session_jwt {

namespace {

// Tell of the keys that a row may hold and that will not be used.
void
NoticeUnusedKeys()
{
	for (size_t i = 0;; i++) {
		KeyReport key = DescribeKey(i);
		if (!key.is_found)
			return;
		const char *problem = KeyProblem(key.status);
		if (key.status == Status::kOk || problem == nullptr)
			continue;
		ereport(NOTICE, (errmsg("jwks.keys[%d] will not be used", static_cast<int>(i)),
						 key.member[0] != '\0'
							 ? errdetail_internal("Member \"%s\": %s", key.member, problem)
							 : errdetail_internal("%s", problem)));
	}
}

// Judge the row about to be written. What a CHECK constraint says better is left to it.
void
CheckRow(HeapTuple tuple, TupleDesc desc)
{
	IssuerRow row;
	ReadIssuerRow(tuple, desc, &row);
	Outcome outcome = CheckIssuerRow(row);
	// A row without any usable key is an error that wants reasons.
	if (outcome.status == Status::kOk || outcome.status == Status::kJwkSetUnusable)
		NoticeUnusedKeys();
	if (outcome.status != Status::kOk)
		ReportKeySet(outcome);
}

// CoreText makes a text of what core returned, or NULL for "".
Datum
CoreText(std::string_view view, bool *is_null)
{
	text *made = view.empty() ? nullptr : MakeText(view);
	*is_null = made == nullptr;
	return PointerGetDatum(made);
}

constexpr int num_key_columns = 10;

void
PutKey(ReturnSetInfo *result, size_t index, const KeyReport &key)
{
	Datum values[num_key_columns] = {};
	bool nulls[num_key_columns] = {};
	const char *problem = key.status == Status::kOk ? nullptr : KeyProblem(key.status);

	values[0] = Int32GetDatum(static_cast<int32>(index) + 1);
	values[1] = CoreText(key.kid, &nulls[1]);
	values[2] = CoreText(key.kty, &nulls[2]);
	values[3] = CoreText(key.alg, &nulls[3]);
	values[4] = CoreText(key.use, &nulls[4]);
	values[5] = Int32GetDatum(key.bits);
	nulls[5] = key.bits == 0;
	values[6] = CoreText(key.crv, &nulls[6]);
	values[7] = CoreText(key.thumbprint, &nulls[7]);
	values[8] = BoolGetDatum(key.status == Status::kOk);
	nulls[9] = problem == nullptr;
	if (problem != nullptr)
		values[9] = CStringGetTextDatum(
			key.member[0] != '\0' ? psprintf("%s: %s", key.member, problem) : problem);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

// The views in a KeyReport live until the next call of core, which PutKey does not make.
void
PutKeys(ReturnSetInfo *result)
{
	for (size_t i = 0;; i++) {
		KeyReport key = DescribeKey(i);
		if (!key.is_found)
			return;
		PutKey(result, i, key);
	}
}

} // namespace

} // namespace session_jwt

using namespace session_jwt;

SESSION_JWT_FUNCTION(issuers_changed)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("auth.issuers_changed() can only be called as a trigger")));
	TriggerData *trigger = reinterpret_cast<TriggerData *>(fcinfo->context);
	Relation table = trigger->tg_relation;
	if (!IsRegistry(RegistryTable::kIssuers, RelationGetRelid(table)))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("auth.issuers_changed() is the trigger of auth.issuers only")));

	// Every backend, on standbys too, looks again at its next statement after the commit.
	CacheInvalidateRelcache(table);
	if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		return static_cast<Datum>(0);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return PointerGetDatum(trigger->tg_trigtuple);
	HeapTuple tuple =
		TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	CheckRow(tuple, RelationGetDescr(table));
	HashedRow row;
	HashRow(tuple, RelationGetDescr(table), &row);
	if (row.is_enabled && (row.has_uri || !row.has_jwks))
		RequestFetchesAtCommit();
	return PointerGetDatum(tuple);
}

SESSION_JWT_FUNCTION(issuer_fetches_changed)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
						errmsg("auth.issuer_fetches_changed() can only be called as a trigger")));
	CacheInvalidateRelcache(reinterpret_cast<TriggerData *>(fcinfo->context)->tg_relation);
	return static_cast<Datum>(0);
}

SESSION_JWT_FUNCTION(refresh_issuer)
{
	text *name = PG_GETARG_TEXT_PP(0);
	Relation table = OpenRegistry(RegistryTable::kIssuers);
	if (table == nullptr)
		elog(ERROR, "auth.issuers does not exist");
	AclResult right = pg_class_aclcheck(RelationGetRelid(table), GetUserId(), ACL_UPDATE);
	if (right != ACLCHECK_OK)
		aclcheck_error(right, OBJECT_TABLE, RelationGetRelationName(table));
	table_close(table, AccessShareLock);

	std::string_view issuer = ToUtf8(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	IssuerState before = RefreshIssuer(issuer);
	if (!before.is_known)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("issuer \"%s\" does not exist", text_to_cstring(name))));
	if (!before.fetch.can_fetch)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the keys of issuer \"%s\" are not fetched", text_to_cstring(name)),
				 errhint("The issuer is disabled, or its keys were given by hand; set \"jwks_uri\" "
						 "of its row, or \"jwks\" to NULL, to have them fetched.")));
	FetchResult result = AwaitFetch(issuer, true);
	if (const char *hint = FetchHint(result))
		ereport(WARNING,
				(errmsg("could not fetch the keys of issuer \"%s\"", text_to_cstring(name)),
				 errhint("%s", hint)));
	PG_RETURN_BOOL(RefreshIssuer(issuer).fetch.fetched_at != before.fetch.fetched_at);
}

SESSION_JWT_FUNCTION(jwks_keys)
{
	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return Datum{0};
	IssuerRow row;
	row.jwks = JsonText(PG_GETARG_JSONB_P(0));
	if (!PG_ARGISNULL(1))
		row.algorithms = ReadTextArray(PG_GETARG_DATUM(1), &row.num_algorithms);
	Outcome outcome = OpenKeySet(row);
	if (outcome.status != Status::kOk && !DescribeKey(0).is_found)
		ReportKeySet(outcome);
	PutKeys(reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo));
	return Datum{0};
}
