// The tables of the registry: found among the extension's members, watched, and scanned as
// catalogs are.
#pragma once

#include "pg/generation.hpp"

namespace session_jwt {

enum class RegistryTable : uint8 { kIssuers, kFetches };

// WatchRegistry asks the relation cache to tell of changes. Call it once per process.
void WatchRegistry();

// OpenRegistry opens a table with AccessShareLock, or returns NULL where the extension has none
// (versions before 1.0.0).
Relation OpenRegistry(RegistryTable which);

// RegistryHasRows reports whether auth.issuers has a row, enabled or not.
bool RegistryHasRows();

// IsRegistry reports whether `relation` is the table `which`.
bool IsRegistry(RegistryTable which, Oid relation);

// RowScan is a scan for the one row of an issuer.
struct RowScan {
	SysScanDesc scan;
	HeapTuple tuple; // NULL: there is no such row
};

// FindRow looks for the row of `issuer` (UTF-8) in `table`, an opened one. Rows are seen by a
// fresh snapshot, as a catalog's are: what is committed counts, whatever snapshot the transaction
// has, and row-level security, roles and search_path have no part in it. EndScan frees the tuple.
RowScan FindRow(Relation table, std::string_view issuer);
void EndScan(const RowScan &scan);

} // namespace session_jwt
