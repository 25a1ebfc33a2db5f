// What a parallel worker refuses is raised once more by its leader. That the statement and the
// context are to be hidden does not cross the queue between them, and both may hold the token.
#include "pg/report.hpp"

namespace session_jwt {

namespace {

emit_log_hook_type next_hook = nullptr;

// The source file does cross the queue.
bool
IsOurs(const ErrorData *edata)
{
	return edata->elevel >= ERROR && edata->filename != nullptr &&
		   (strcmp(edata->filename, "report_token.cpp") == 0 ||
			strcmp(edata->filename, "report_keys.cpp") == 0);
}

extern "C" {

static void
HideStatement(ErrorData *edata)
{
	if (unlikely(IsOurs(edata))) {
		edata->hide_stmt = true;
		edata->hide_ctx = true;
		// Raised in this process it has none; the leader's own callbacks have added theirs.
		if (edata->context != nullptr)
			edata->context = pstrdup("parallel worker");
	}
	if (next_hook != nullptr)
		next_hook(edata);
}

} // extern "C"

} // namespace

void
WatchWorkerReports()
{
	next_hook = emit_log_hook;
	emit_log_hook = HideStatement;
}

} // namespace session_jwt
