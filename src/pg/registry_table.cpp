#include "pg/registry_table.hpp"

#include "pg/text.hpp"

namespace session_jwt {

namespace {

constexpr const char *table_names[] = {"issuers", "issuer_fetches"};
constexpr int min_columns[] = {11, 9};
constexpr int num_tables = 2;

// What is known of the tables, good while `seen` equals registry_generation.
struct Known {
	uint64 seen;
	Oid tables[num_tables]; // InvalidOid: there is none
	bool has_rows;          // of auth.issuers
};
Known known = {};

extern "C" {

// While no table is known, any new relation may be it.
static void
RelationChanged(Datum, Oid relation)
{
	if (relation == InvalidOid || !OidIsValid(known.tables[0]) || relation == known.tables[0] ||
		relation == known.tables[1]) {
		registry_generation++;
		generation++;
	}
}

} // extern "C"

// If `relation` is one of the tables, note it.
void
NoteTable(Oid relation, Known *found)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	if (!HeapTupleIsValid(tuple))
		return;
	Form_pg_class form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
	for (int i = 0; i < num_tables; i++) {
		if (form->relkind == RELKIND_RELATION &&
			strcmp(NameStr(form->relname), table_names[i]) == 0)
			found->tables[i] = relation;
	}
	ReleaseSysCache(tuple);
}

// Whether `table` is to be searched by an index: one page is read sooner than an index is opened
// for the first time.
bool
NeedsIndex(Relation table)
{
	return RelationGetNumberOfBlocks(table) > 1;
}

// Note the tables that the extension's row names as its configuration (pg_extension_config_dump):
// the install script names both, and only members may be named. Where a member was dropped from the
// extension and added again, its name is lost here.
void
NoteConfiguration(HeapTuple extension, TupleDesc desc, Known *found)
{
	bool is_null;
	Datum tables = heap_getattr(extension, Anum_pg_extension_extconfig, desc, &is_null);
	if (is_null)
		return;
	ArrayType *array = DatumGetArrayTypeP(tables);
	if (ARR_NDIM(array) != 1 || ARR_HASNULL(array) || ARR_ELEMTYPE(array) != OIDOID)
		return;
	const Oid *oids = reinterpret_cast<const Oid *>(ARR_DATA_PTR(array));
	for (int i = 0; i < ARR_DIMS(array)[0]; i++)
		NoteTable(oids[i], found);
}

// Note the tables among all members of the extension.
void
NoteMembers(Oid extension, Known *found)
{
	ScanKeyData keys[2];
	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ExtensionRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(extension));
	Relation depend = table_open(DependRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(depend, DependReferenceIndexId, true, nullptr, 2, keys);
	HeapTuple tuple;
	while (HeapTupleIsValid(tuple = systable_getnext(scan))) {
		Form_pg_depend form = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
		if (form->deptype == DEPENDENCY_EXTENSION && form->classid == RelationRelationId)
			NoteTable(form->objid, found);
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
}

// Find the tables among the extension's members, not by their schema's name: whoever may create
// tables in a schema, or rename one, must not be able to name issuers or to hide them.
void
FindTables(Known *found)
{
	ScanKeyData key;
	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("pg_session_jwt"));
	Relation extensions = table_open(ExtensionRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(extensions, ExtensionNameIndexId, NeedsIndex(extensions),
										  nullptr, 1, &key);
	Oid extension = InvalidOid;
	if (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple)) {
		extension = reinterpret_cast<Form_pg_extension>(GETSTRUCT(tuple))->oid;
		NoteConfiguration(tuple, RelationGetDescr(extensions), found);
	}
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	if (OidIsValid(extension) && !(OidIsValid(found->tables[0]) && OidIsValid(found->tables[1])))
		NoteMembers(extension, found);
}

bool
HasRows(Relation table)
{
	SysScanDesc scan = systable_beginscan(table, InvalidOid, false, nullptr, 0, nullptr);
	bool has_rows = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	return has_rows;
}

// Open a table that was found, or return NULL if somebody has dropped it just now.
Relation
OpenTable(int which, Oid oid)
{
	Relation table = try_table_open(oid, AccessShareLock);
	if (table != nullptr && RelationGetDescr(table)->natts < min_columns[which])
		elog(ERROR, "table \"%s\" of pg_session_jwt has %d columns", table_names[which],
			 RelationGetDescr(table)->natts);
	return table;
}

// See whether auth.issuers has rows. The other table is opened by those who need it only.
void
LookAtIssuers(Known *found)
{
	constexpr int which = static_cast<int>(RegistryTable::kIssuers);
	Relation table = OpenTable(which, found->tables[which]);
	if (table == nullptr) {
		found->tables[which] = InvalidOid;
		return;
	}
	found->has_rows = HasRows(table);
	table_close(table, AccessShareLock);
}

// Bring `known` up to date. If news comes while it looks, the next call looks again.
void
Look()
{
	if (known.seen == registry_generation)
		return;
	Known found = {};
	found.seen = registry_generation;
	FindTables(&found);
	if (OidIsValid(found.tables[static_cast<int>(RegistryTable::kIssuers)]))
		LookAtIssuers(&found);
	known = found;
}

} // namespace

void
WatchRegistry()
{
	CacheRegisterRelcacheCallback(RelationChanged, Datum{0});
}

Relation
OpenRegistry(RegistryTable which)
{
	// Taking the lock may bring news, of a new index for one; then what is known is looked up anew.
	const int index = static_cast<int>(which);
	for (int tries = 0; tries < 10; tries++) {
		Look();
		if (!OidIsValid(known.tables[index]))
			return nullptr;
		Relation table = OpenTable(index, known.tables[index]);
		if (table != nullptr && known.seen == registry_generation)
			return table;
		if (table != nullptr)
			table_close(table, AccessShareLock);
	}
	elog(ERROR, "the registry of pg_session_jwt does not stop changing");
	return nullptr;
}

bool
RegistryHasRows()
{
	Look();
	return known.has_rows;
}

bool
IsRegistry(RegistryTable which, Oid relation)
{
	Look();
	return OidIsValid(relation) && relation == known.tables[static_cast<int>(which)];
}

RowScan
FindRow(Relation table, std::string_view issuer)
{
	text *name = MakeText(issuer);
	if (name == nullptr) // no value of this database can equal it
		return RowScan{nullptr, nullptr};
	ScanKeyData key;
	ScanKeyEntryInitialize(&key, 0, 1, BTEqualStrategyNumber, InvalidOid, C_COLLATION_OID, F_TEXTEQ,
						   PointerGetDatum(name));
	Oid index = NeedsIndex(table) ? PrimaryKeyIndex(table) : InvalidOid;
	SysScanDesc scan = systable_beginscan(table, index, OidIsValid(index), nullptr, 1, &key);
	return RowScan{scan, systable_getnext(scan)};
}

void
EndScan(const RowScan &scan)
{
	if (scan.scan != nullptr)
		systable_endscan(scan.scan);
}

} // namespace session_jwt
