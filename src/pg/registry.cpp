#include "pg/registry.hpp"

#include "pg/current.hpp"
#include "pg/text.hpp"

namespace session_jwt {

uint64 registry_generation = 1;

namespace {

// What is known of the table, good while `seen` equals registry_generation.
struct Table {
	uint64 seen;
	Oid table; // InvalidOid: there is none
	Oid key;   // its primary key
	bool has_rows;
};
Table known = {0, InvalidOid, InvalidOid, false};

extern "C" {

// While no table is known, any new relation may be it.
static void
RelationChanged(Datum, Oid relation)
{
	if (relation == InvalidOid || !OidIsValid(known.table) || relation == known.table) {
		registry_generation++;
		generation++;
	}
}

} // extern "C"

// Whether `relation` is an ordinary table called "issuers".
bool
IsIssuersTable(Oid relation)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	if (!HeapTupleIsValid(tuple))
		return false;
	Form_pg_class form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
	bool is_it =
		form->relkind == RELKIND_RELATION && strcmp(NameStr(form->relname), "issuers") == 0;
	ReleaseSysCache(tuple);
	return is_it;
}

// Find the table among the extension's members, not by its schema's name: whoever may create
// tables in a schema, or rename one, must not be able to name issuers or to hide them.
Oid
FindTable()
{
	Oid extension = get_extension_oid("pg_session_jwt", true);
	if (!OidIsValid(extension))
		return InvalidOid;

	ScanKeyData keys[2];
	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ExtensionRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(extension));
	Relation depend = table_open(DependRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(depend, DependReferenceIndexId, true, nullptr, 2, keys);
	Oid found = InvalidOid;
	HeapTuple tuple;
	while (HeapTupleIsValid(tuple = systable_getnext(scan))) {
		Form_pg_depend form = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
		if (form->deptype == DEPENDENCY_EXTENSION && form->classid == RelationRelationId &&
			IsIssuersTable(form->objid))
			found = form->objid;
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	return found;
}

bool
HasRows(Relation table)
{
	SysScanDesc scan = systable_beginscan(table, InvalidOid, false, nullptr, 0, nullptr);
	bool has_rows = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	return has_rows;
}

// Open the table, looking it up anew if something has changed. NULL if there is none.
Relation
OpenTable()
{
	uint64 seen = registry_generation;
	if (known.seen == seen)
		return OidIsValid(known.table) ? table_open(known.table, AccessShareLock) : nullptr;

	Table found = {seen, FindTable(), InvalidOid, false};
	Relation table = nullptr;
	if (OidIsValid(found.table)) {
		table = try_table_open(found.table, AccessShareLock);
		if (table == nullptr) // dropped by somebody just now
			return nullptr;
		if (RelationGetDescr(table)->natts < num_issuers_columns)
			elog(ERROR, "auth.issuers has %d columns", RelationGetDescr(table)->natts);
		found.key = PrimaryKeyIndex(table);
		found.has_rows = HasRows(table);
	}
	// If invalidations came meanwhile, `seen` is old and the next call looks again.
	known = found;
	return table;
}

RowTag
TagOf(HeapTuple tuple)
{
	return RowTag{HeapTupleHeaderGetRawXmin(tuple->t_data),
				  (static_cast<uint64>(ItemPointerGetBlockNumberNoCheck(&tuple->t_self)) << 16) |
					  ItemPointerGetOffsetNumberNoCheck(&tuple->t_self)};
}

// FindRow starts a scan for the row of `issuer` (UTF-8). *out_tuple is NULL if there is none.
SysScanDesc
FindRow(Relation table, std::string_view issuer, HeapTuple *out_tuple)
{
	*out_tuple = nullptr;
	text *name = MakeText(issuer);
	if (name == nullptr) // no value of this database can equal it
		return nullptr;
	ScanKeyData key;
	ScanKeyEntryInitialize(&key, 0, kIssuerColumn, BTEqualStrategyNumber, InvalidOid,
						   C_COLLATION_OID, F_TEXTEQ, PointerGetDatum(name));
	SysScanDesc scan =
		systable_beginscan(table, known.key, OidIsValid(known.key), nullptr, 1, &key);
	*out_tuple = systable_getnext(scan);
	return scan;
}

Datum
Attribute(HeapTuple tuple, TupleDesc desc, AttrNumber column, bool *is_null)
{
	return heap_getattr(tuple, column, desc, is_null);
}

// Load the row into core unless it is the very one that core has.
void
TakeRow(HeapTuple tuple, TupleDesc desc, std::string_view issuer, const IssuerState &state,
		uint64 seen)
{
	RowTag tag = TagOf(tuple);
	if (state.is_known && state.tag == tag) {
		ConfirmIssuer(issuer, seen);
		return;
	}
	IssuerRow row;
	ReadIssuerRow(tuple, desc, &row);
	Outcome outcome = LoadIssuer(row, tag, seen);
	if (outcome.status == Status::kOutOfMemory)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	if (outcome.status != Status::kOk)
		ForgetIssuer(issuer);
}

} // namespace

void
WatchRegistry()
{
	CacheRegisterRelcacheCallback(RelationChanged, Datum{0});
}

bool
RegistryHasRows()
{
	if (known.seen != registry_generation) {
		if (Relation table = OpenTable())
			table_close(table, AccessShareLock);
	}
	return known.has_rows;
}

bool
IsRegistry(Oid relation)
{
	(void)RegistryHasRows();
	return OidIsValid(relation) && relation == known.table;
}

IssuerState
RefreshIssuer(std::string_view issuer)
{
	uint64 seen = registry_generation;
	IssuerState state = FindIssuer(issuer);
	if (state.is_known && state.checked == seen)
		return state;

	Relation table = OpenTable();
	if (table == nullptr) {
		ForgetIssuer(issuer);
		return IssuerState{};
	}
	HeapTuple tuple;
	SysScanDesc scan = FindRow(table, issuer, &tuple);
	if (tuple != nullptr)
		TakeRow(tuple, RelationGetDescr(table), issuer, state, seen);
	else
		ForgetIssuer(issuer);
	if (scan != nullptr)
		systable_endscan(scan);
	table_close(table, AccessShareLock);
	return FindIssuer(issuer);
}

bool
MeetsRequiredClaims(std::string_view issuer, Jsonb *claims)
{
	Relation table = OpenTable();
	if (table == nullptr)
		return false;
	HeapTuple tuple;
	SysScanDesc scan = FindRow(table, issuer, &tuple);
	bool is_met = false;
	if (tuple != nullptr) {
		bool is_null;
		Datum required = Attribute(tuple, RelationGetDescr(table), kRequiredClaimsColumn, &is_null);
		is_met = is_null || DatumGetBool(DirectFunctionCall2(jsonb_contains, JsonbPGetDatum(claims),
															 required));
	}
	if (scan != nullptr)
		systable_endscan(scan);
	table_close(table, AccessShareLock);
	return is_met;
}

const std::string_view *
ReadTextArray(Datum array, size_t *count)
{
	Datum *elements;
	bool *nulls;
	int num_elements;
	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &elements,
					  &nulls, &num_elements);
	std::string_view *views = static_cast<std::string_view *>(
		palloc(sizeof(std::string_view) * static_cast<Size>(Max(num_elements, 1))));
	*count = 0;
	for (int i = 0; i < num_elements; i++) {
		if (nulls[i])
			continue;
		text *element = DatumGetTextPP(elements[i]);
		views[(*count)++] = ToUtf8(VARDATA_ANY(element), VARSIZE_ANY_EXHDR(element));
	}
	return views;
}

std::string_view
JsonText(Jsonb *value)
{
	char *json = JsonbToCString(nullptr, &value->root, VARSIZE(value));
	return ToUtf8(json, strlen(json));
}

void
ReadIssuerRow(HeapTuple tuple, TupleDesc desc, IssuerRow *row)
{
	bool is_null;
	Datum value = Attribute(tuple, desc, kIssuerColumn, &is_null);
	if (!is_null) {
		text *issuer = DatumGetTextPP(value);
		row->issuer = ToUtf8(VARDATA_ANY(issuer), VARSIZE_ANY_EXHDR(issuer));
	}
	value = Attribute(tuple, desc, kJwksColumn, &is_null);
	if (!is_null)
		row->jwks = JsonText(DatumGetJsonbP(value));
	value = Attribute(tuple, desc, kAudiencesColumn, &is_null);
	if (!is_null)
		row->audiences = ReadTextArray(value, &row->num_audiences);
	value = Attribute(tuple, desc, kAudienceClaimColumn, &is_null);
	if (!is_null) {
		text *claim = DatumGetTextPP(value);
		row->audience_claim = ToUtf8(VARDATA_ANY(claim), VARSIZE_ANY_EXHDR(claim));
	}
	value = Attribute(tuple, desc, kAlgorithmsColumn, &is_null);
	if (!is_null)
		row->algorithms = ReadTextArray(value, &row->num_algorithms);
	value = Attribute(tuple, desc, kSubjectClaimColumn, &is_null);
	if (!is_null)
		row->subject_path = ReadTextArray(value, &row->subject_path_len);
	(void)Attribute(tuple, desc, kRequiredClaimsColumn, &is_null);
	row->has_required_claims = !is_null;
	value = Attribute(tuple, desc, kLeewayColumn, &is_null);
	row->leeway = is_null ? 0 : DatumGetInt32(value);
	value = Attribute(tuple, desc, kEnabledColumn, &is_null);
	row->is_enabled = !is_null && DatumGetBool(value);
}

} // namespace session_jwt
