// auth.build_info() and auth.stats(): what this build stands on, and what it has done.
#include "pg/report.hpp"
#include "pg/shared.hpp"

namespace session_jwt {

namespace {

Datum
ViewText(std::string_view view)
{
	return PointerGetDatum(cstring_to_text_with_len(view.data(), static_cast<int>(view.size())));
}

void
PutPair(ReturnSetInfo *result, const char *name, std::string_view value)
{
	Datum values[2] = {CStringGetTextDatum(name), ViewText(value)};
	bool nulls[2] = {};
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

void
PutCount(ReturnSetInfo *result, const char *name, const char *reason, uint64 count)
{
	Datum values[3] = {CStringGetTextDatum(name), Datum{0},
					   Int64GetDatum(static_cast<int64>(count))};
	bool nulls[3] = {false, reason == nullptr, false};
	if (reason != nullptr)
		values[1] = CStringGetTextDatum(reason);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

} // namespace

} // namespace session_jwt

using namespace session_jwt;

SESSION_JWT_FUNCTION(build_info)
{
	InitMaterializedSRF(fcinfo, 0);
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	Libraries libraries = LibrariesInUse();
	PutPair(result, "version", EXTVERSION);
	PutPair(result, "postgres", PG_VERSION);
	PutPair(result, "compiler", __VERSION__);
	PutPair(result, "ed25519", libraries.ed25519);
	PutPair(result, "openssl", libraries.openssl);
	PutPair(result, "simdjson", libraries.simdjson);
	return Datum{0};
}

SESSION_JWT_FUNCTION(auth_stats)
{
	InitMaterializedSRF(fcinfo, 0);
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	PutCount(result, "verified", nullptr, Total(Counted::kVerified));
	PutCount(result, "served from backend memory", nullptr, Total(Counted::kFromBackend));
	PutCount(result, "served from shared memory", nullptr, Total(Counted::kFromShared));
	for (int i = static_cast<int>(Status::kTokenTooLong);
		 i <= static_cast<int>(Status::kRequiredClaims); i++) {
		Status status = static_cast<Status>(i);
		if (uint64 count = TotalRefused(status))
			PutCount(result, "refused", TokenLabel(status), count);
	}
	return Datum{0};
}
