// raw.hpp as SQL functions.
#include "pg/prelude.hpp"

#include "raw.hpp"

extern "C" {
PG_MODULE_MAGIC;
}

static std::string_view
View(const struct varlena *value)
{
	return std::string_view(VARDATA_ANY(value), static_cast<size_t>(VARSIZE_ANY_EXHDR(value)));
}

SESSION_JWT_FUNCTION(bench_split)
{
	if (!bench::SplitAndParse(View(PG_GETARG_TEXT_PP(0))))
		elog(ERROR, "not a token");
	PG_RETURN_VOID();
}

SESSION_JWT_FUNCTION(bench_keep_key)
{
	PG_RETURN_BOOL(bench::KeepKey(View(PG_GETARG_TEXT_PP(0)), View(PG_GETARG_BYTEA_PP(1))));
}

SESSION_JWT_FUNCTION(bench_verify)
{
	if (!bench::VerifyRaw(View(PG_GETARG_TEXT_PP(0))))
		elog(ERROR, "signature is not good");
	PG_RETURN_VOID();
}
