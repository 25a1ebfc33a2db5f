#include "pg/connection_key.hpp"

#include "pg/current.hpp"
#include "pg/audit.hpp"
#include "pg/identity_memory.hpp"
#include "pg/report.hpp"
#include "pg/shared.hpp"
#include "pg/text.hpp"

namespace session_jwt {

namespace {

bool role_settings_checked = false;

// Whether a row of pg_db_role_setting names a key. Where the library is preloaded, such a value is
// refused at login with a warning and leaves no other trace.
bool
SettingNamesKey(HeapTuple tuple, TupleDesc desc)
{
	constexpr std::string_view prefix = "pg_session_jwt.jwk=";
	bool is_null;
	Datum config = heap_getattr(tuple, Anum_pg_db_role_setting_setconfig, desc, &is_null);
	if (is_null)
		return false;
	Datum *elements;
	int num_elements;
	deconstruct_array(DatumGetArrayTypeP(config), TEXTOID, -1, false, TYPALIGN_INT, &elements,
					  nullptr, &num_elements);
	for (int i = 0; i < num_elements; i++) {
		char *setting = TextDatumGetCString(elements[i]);
		if (pg_strncasecmp(setting, prefix.data(), prefix.size()) == 0)
			return true;
	}
	return false;
}

bool
RoleSettingsNameKey()
{
	const Oid pairs[4][2] = {{MyDatabaseId, GetAuthenticatedUserId()},
							 {InvalidOid, GetAuthenticatedUserId()},
							 {MyDatabaseId, InvalidOid},
							 {InvalidOid, InvalidOid}};
	bool is_named = false;
	Relation settings = table_open(DbRoleSettingRelationId, AccessShareLock);
	for (const Oid(&pair)[2] : pairs) {
		ScanKeyData keys[2];
		ScanKeyInit(&keys[0], Anum_pg_db_role_setting_setdatabase, BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(pair[0]));
		ScanKeyInit(&keys[1], Anum_pg_db_role_setting_setrole, BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(pair[1]));
		SysScanDesc scan =
			systable_beginscan(settings, DbRoleSettingDatidRolidIndexId, true, nullptr, 2, keys);
		HeapTuple tuple;
		while (HeapTupleIsValid(tuple = systable_getnext(scan)))
			is_named = is_named || SettingNamesKey(tuple, RelationGetDescr(settings));
		systable_endscan(scan);
	}
	table_close(settings, AccessShareLock);
	return is_named;
}

// An identity verified before may be used again where the token is the one accepted last (behaviour
// item 33), this very value was accepted, or it was in order when it was set (design.md 3): a value
// that comes back after a rollback was presented before what was rolled back.
bool
IsInOrder(const Identity *identity, const TokenInstance *instance)
{
	return !identity->is_ordered || instance->is_accepted ||
		   identity->jti > instance->highest_jti || identity->jti == HighestJti();
}

} // namespace

bool
KeyWasGiven()
{
	if (KeyIsLost())
		ReportLostKey();
	if (pg_session_jwt_jwk != nullptr)
		return true;
	if (!role_settings_checked) {
		if (RoleSettingsNameKey())
			ReportLostKey();
		role_settings_checked = true;
	}
	return false;
}

void
LoadKey()
{
	Outcome outcome = LoadConnectionKey(pg_session_jwt_jwk);
	if (outcome.status != Status::kOk)
		ReportConnectionKey(outcome);
}

Identity *
ResolveConnection(std::string_view token, TokenInstance *instance, TimestampTz now)
{
	Identity *identity = FindIdentity(Source::kConnectionKey, token);
	if (identity != nullptr && IsUsable(identity, now) && IsInOrder(identity, instance)) {
		instance->is_accepted = true;
		ShareToken();
		Count(Counted::kFromBackend);
		return identity;
	}

	LoadKey();
	if (IsParallelWorker())
		InheritToken();
	Presentation presentation;
	presentation.is_accepted = instance->is_accepted;
	presentation.highest_jti = instance->highest_jti;
	TokenKey key;
	bool has_key = RemembersTokens() && ConnectionDigest(token, key.bytes);
	presentation.signature_known = has_key && IsRemembered(key);
	TokenOutcome outcome = VerifyConnectionToken(token, UnixSeconds(now), presentation);
	if (outcome.status != Status::kOk) {
		// A token that is accepted is ASCII.
		if (!IsUtf8(token))
			ReportNotUtf8();
		Refuse(outcome.status, outcome.number);
	}
	// From here on its jti is spent: whatever fails below must not refuse this value for that.
	instance->is_accepted = true;
	ShareToken();
	CountVerified(presentation.signature_known, has_key ? &key : nullptr);
	if (identity != nullptr)
		ForgetIdentity(identity);
	identity = NewIdentity(Source::kConnectionKey, token, {}, outcome);
	if (identity == nullptr)
		ReportUnrepresentable();
	RememberIdentity(identity);
	return identity;
}

} // namespace session_jwt
