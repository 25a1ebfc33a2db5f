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
	Oid keys[num_tables];   // their primary keys
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

// Find the tables among the extension's members, not by their schema's name: whoever may create
// tables in a schema, or rename one, must not be able to name issuers or to hide them.
void
FindTables(Known *found)
{
	Oid extension = get_extension_oid("pg_session_jwt", true);
	if (!OidIsValid(extension))
		return;

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

bool
HasRows(Relation table)
{
	SysScanDesc scan = systable_beginscan(table, InvalidOid, false, nullptr, 0, nullptr);
	bool has_rows = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	return has_rows;
}

// Look at a table that was found: its key, and for auth.issuers whether it has rows.
void
LookAt(int which, Known *found)
{
	Relation table = try_table_open(found->tables[which], AccessShareLock);
	if (table == nullptr) { // dropped by somebody just now
		found->tables[which] = InvalidOid;
		return;
	}
	if (RelationGetDescr(table)->natts < min_columns[which])
		elog(ERROR, "table \"%s\" of pg_session_jwt has %d columns", table_names[which],
			 RelationGetDescr(table)->natts);
	found->keys[which] = PrimaryKeyIndex(table);
	if (which == 0)
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
	for (int i = 0; i < num_tables; i++) {
		if (OidIsValid(found.tables[i]))
			LookAt(i, &found);
	}
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
	for (int tries = 0; tries < 10; tries++) {
		Look();
		if (!OidIsValid(known.tables[static_cast<int>(which)]))
			return nullptr;
		Relation table = try_table_open(known.tables[static_cast<int>(which)], AccessShareLock);
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
FindRow(RegistryTable which, Relation table, std::string_view issuer)
{
	text *name = MakeText(issuer);
	if (name == nullptr) // no value of this database can equal it
		return RowScan{nullptr, nullptr};
	ScanKeyData key;
	ScanKeyEntryInitialize(&key, 0, 1, BTEqualStrategyNumber, InvalidOid, C_COLLATION_OID, F_TEXTEQ,
						   PointerGetDatum(name));
	Oid index = known.keys[static_cast<int>(which)];
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
