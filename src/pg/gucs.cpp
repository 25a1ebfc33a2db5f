#include "pg/gucs.hpp"

#include "pg/current.hpp"
#include "pg/fetch_request.hpp"

namespace session_jwt {

char *pg_session_jwt_jwk = nullptr;
char *pg_session_jwt_jwt = nullptr;
char *request_jwt_claims = nullptr;
bool pg_session_jwt_audit_log = false;
int pg_session_jwt_max_token_size = 16 * 1024;
int pg_session_jwt_shared_cache = 1024;
int pg_session_jwt_fetch = static_cast<int>(FetchMode::kPublic);
int pg_session_jwt_fetch_timeout = 5000;
int pg_session_jwt_max_stale = 24 * 60 * 60;
char *pg_session_jwt_fetch_ca_file = nullptr;

TokenInstance *current_token = nullptr;
LocalTransactionId token_changed_in = InvalidLocalTransactionId;
bool current_claims_audited = false;

namespace {

// The value that pg_session_jwt.jwk takes when a key was given and lost. It is no JWK, and as the
// value of the setting it reaches parallel workers by itself.
constexpr const char lost_key[] = "(a key was given and could not be taken)";

// What a leader has noted of its token goes to its workers as the value of a setting that nobody
// sets: a worker starts with no history, and would accept what its leader refuses. The value is
// rewritten in place, because a setting cannot be set while a parallel query runs.
constexpr const char history_name[] = "pg_session_jwt.token_history";
constexpr const char no_history[] = "0 0 00000000000000000000 00000000000000000000";
constexpr const char numbers_format[] = "%020lld %020lld";
constexpr int numbers_at = 4; // where they begin

constexpr const char jwk_name[] = "pg_session_jwt.jwk";
constexpr const char jwt_name[] = "pg_session_jwt.jwt";
constexpr const char audit_name[] = "pg_session_jwt.audit_log";

char *token_history = nullptr; // nobody but DefineHistory sets it, so its length is known
int64 history_before = 0;      // the numbers in it
int64 history_highest = 0;
uint64 last_serial = 0;
bool audit_log_was_taken = false;

extern "C" {

static bool
CheckToken(char **newval, void **extra, GucSource source)
{
	if (*newval == nullptr || **newval == '\0')
		return true;
	TokenInstance *instance = static_cast<TokenInstance *>(AllocateGucExtra(sizeof(TokenInstance)));
	if (instance == nullptr) {
		// The server's own message would quote the token.
		GUC_check_errcode(ERRCODE_OUT_OF_MEMORY);
		GUC_check_errmsg("out of memory");
		return false;
	}
	*instance = TokenInstance{
		++last_serial,          HighestJti(), false, false, InitializingParallelWorker,
		source >= PGC_S_SESSION};
	*extra = instance;
	return true;
}

static void
AssignToken(const char *, void *extra)
{
	current_token = static_cast<TokenInstance *>(extra);
	// The postmaster, which preloads the library, has no transactions.
	token_changed_in = MyProc == nullptr ? InvalidLocalTransactionId : CurrentLocalTransactionId();
	generation++;
	ShareToken();
}

static bool
CheckAuditLog(bool *, void **, GucSource source)
{
	// Not reached for a value that its giver has no right to set.
	audit_log_was_taken = audit_log_was_taken || source > PGC_S_DEFAULT;
	return true;
}

static void
AssignClaims(const char *, void *)
{
	current_claims_audited = false;
	generation++;
}

// What is known of the issuers was reckoned with the old value.
static void
AssignMaxStale(int, void *)
{
	registry_generation++;
	generation++;
}

} // extern "C"

// Whether a value for `name` came before the library was loaded. One that was taken out of the
// configuration file again leaves a setting without a value, for which GetConfigOption() of newer
// versions answers "".
bool
IsGiven(const char *name)
{
#if PG_VERSION_NUM >= 160000
	const config_generic *setting = find_option(name, false, true, DEBUG5);
	return setting != nullptr && setting->source != PGC_S_DEFAULT;
#else
	return GetConfigOption(name, true, false) != nullptr;
#endif
}

void
DefineKey()
{
	bool was_given = IsGiven(jwk_name);
	DefineCustomStringVariable(jwk_name,
							   "Sets the public key (a JWK) that verifies this connection's "
							   "tokens.",
							   "It is not consulted in a database that has an issuer.",
							   &pg_session_jwt_jwk, nullptr, PGC_BACKEND, GUC_NO_RESET_ALL, nullptr,
							   nullptr, nullptr);
	// A value that may not be set any more at this point (from ALTER ROLE SET, or from a
	// configuration file reloaded since the server started) is dropped with at most a warning.
	if (was_given && pg_session_jwt_jwk == nullptr)
		SetConfigOption(jwk_name, lost_key, PGC_BACKEND, PGC_S_OVERRIDE);
}

void
DefineHistory()
{
	DefineCustomStringVariable(history_name, "Shows parallel workers what is known of the token.",
							   nullptr, &token_history, nullptr, PGC_SIGHUP,
							   GUC_NO_SHOW_ALL | GUC_NO_RESET_ALL | GUC_NOT_IN_SAMPLE |
								   GUC_DISALLOW_IN_FILE,
							   nullptr, nullptr, nullptr);
	SetConfigOption(history_name, no_history, PGC_SIGHUP, PGC_S_OVERRIDE);
}

void
DefineAuditLog()
{
	bool was_given = IsGiven(audit_name);
	DefineCustomBoolVariable(audit_name,
							 "Writes a line to the server log for each identity taken into use "
							 "and for each token refused.",
							 nullptr, &pg_session_jwt_audit_log, false, PGC_SUSET, 0, CheckAuditLog,
							 nullptr, nullptr);
	// A startup option of a client that may not set this takes the place of the administrator's
	// value and is then dropped. Auditing is not to be switched off that way.
	if (was_given && !audit_log_was_taken)
		SetConfigOption(audit_name, "on", PGC_SUSET, PGC_S_OVERRIDE);
}

void
DefineCarriers()
{
	// Neither setting is NOT_WHILE_SEC_REST: a SECURITY DEFINER function may set an identity, and
	// loading the library inside one must not drop what was set before.
	DefineCustomStringVariable(
		jwt_name, "Sets the JSON Web Token whose identity the session acts with.", nullptr,
		&pg_session_jwt_jwt, nullptr, PGC_USERSET, 0, CheckToken, AssignToken, nullptr);
	DefineCustomStringVariable("request.jwt.claims", "Sets unsigned claims, as PostgREST does.",
							   "They are used only in a database without an issuer and by a "
							   "connection that was never given a key.",
							   &request_jwt_claims, nullptr, PGC_USERSET, 0, nullptr, AssignClaims,
							   nullptr);
}

const config_enum_entry fetch_modes[] = {
	{"off", static_cast<int>(FetchMode::kOff), false},
	{"public", static_cast<int>(FetchMode::kPublic), false},
	{"any", static_cast<int>(FetchMode::kAny), false},
	{nullptr, 0, false},
};

// Only the configuration file decides where the fetcher may connect to, and the fetcher's own
// process is where it is enforced: no session can pass it a value.
void
DefineFetching()
{
	DefineCustomEnumVariable(
		"pg_session_jwt.fetch", "Sets which addresses key sets may be fetched from.",
		"\"public\": public addresses by https. \"any\": private ones too, and "
		"http on loopback.",
		&pg_session_jwt_fetch, static_cast<int>(FetchMode::kPublic), fetch_modes, PGC_SIGHUP, 0,
		nullptr, nullptr, nullptr);
	DefineCustomStringVariable("pg_session_jwt.fetch_ca_file",
							   "Sets the file of the certification authorities that the fetcher "
							   "trusts.",
							   "Empty: those of the operating system.",
							   &pg_session_jwt_fetch_ca_file, nullptr, PGC_SIGHUP, 0, nullptr,
							   nullptr, nullptr);
	DefineCustomIntVariable("pg_session_jwt.fetch_timeout",
							"Sets how long a session waits for keys to be fetched.", nullptr,
							&pg_session_jwt_fetch_timeout, 5000, 0, 60000, PGC_USERSET, GUC_UNIT_MS,
							nullptr, nullptr, nullptr);
	DefineCustomIntVariable("pg_session_jwt.max_stale",
							"Sets how long fetched keys are good after they were last fetched.",
							nullptr, &pg_session_jwt_max_stale, 24 * 60 * 60, 60, 30 * 24 * 60 * 60,
							PGC_SIGHUP, GUC_UNIT_S, nullptr, AssignMaxStale, nullptr);
}

} // namespace

void
DefineSettings()
{
	// The server warns of values that it drops, and in which statement; that may hold the token.
	ErrorContextCallback *callbacks = error_context_stack;
	error_context_stack = nullptr;
	DefineKey();
	DefineHistory();
	DefineCarriers();
	DefineAuditLog();
	DefineCustomIntVariable("pg_session_jwt.max_token_size",
							"Sets the size above which a token is refused unread.", nullptr,
							&pg_session_jwt_max_token_size, 16 * 1024, 256, 1024 * 1024, PGC_SUSET,
							GUC_UNIT_BYTE, nullptr, nullptr, nullptr);
	DefineFetching();
	// Only the configuration file sets this one: the memory is one for all. Its size is fixed when
	// the memory is made; 0 takes effect at once.
	DefineCustomIntVariable(
		"pg_session_jwt.shared_cache",
		"Sets the size of the cluster's memory of tokens whose signature was verified.",
		"0 turns it off. Before PostgreSQL 17 it needs shared_preload_libraries.",
		&pg_session_jwt_shared_cache, 1024, 0, 1024 * 1024, PGC_SIGHUP, GUC_UNIT_KB, nullptr,
		nullptr, nullptr);
	// "request" is never reserved: PostgREST and others keep their own settings there.
	MarkGUCPrefixReserved("pg_session_jwt");
	error_context_stack = callbacks;
}

bool
KeyIsLost()
{
	return pg_session_jwt_jwk != nullptr && strcmp(pg_session_jwt_jwk, lost_key) == 0;
}

void
ShareToken()
{
	// Workers keep what they were given.
	if (IsParallelWorker() || token_history == nullptr)
		return;
	constexpr TokenInstance none = {};
	const TokenInstance *token = current_token != nullptr ? current_token : &none;
	token_history[0] = token->is_accepted ? '1' : '0';
	token_history[2] = token->is_audited ? '1' : '0';
	// Every SET comes here; the numbers change only where tokens are ordered by them.
	int64 highest = HighestJti();
	if (token->highest_jti == history_before && highest == history_highest)
		return;
	history_before = token->highest_jti;
	history_highest = highest;
	snprintf(token_history + numbers_at, sizeof no_history - numbers_at, numbers_format,
			 static_cast<long long>(history_before), static_cast<long long>(history_highest));
}

void
InheritToken()
{
	long long before;
	long long highest;
	int is_accepted;
	int is_audited;
	if (token_history == nullptr ||
		sscanf(token_history, "%d %d %lld %lld", &is_accepted, &is_audited, &before, &highest) != 4)
		elog(ERROR, "pg_session_jwt: a parallel worker has no token history");
	// The leader accepts the token that it accepted last a second time (behaviour item 33), and a
	// worker cannot tell it from another one with that jti.
	highest = Max(highest - 1, 0);
	RaiseHighestJti(highest);
	TokenInstance *token = current_token;
	if (token->is_inherited) {
		token->highest_jti = before;
		token->is_accepted = token->is_accepted || is_accepted != 0;
		token->is_audited = token->is_audited || is_audited != 0;
	} else {
		// A function's own SET, in the worker.
		token->highest_jti = Max(token->highest_jti, static_cast<int64>(highest));
	}
}

void
SetToken(const char *token, bool is_local)
{
	(void)set_config_option(jwt_name, token, superuser() ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION,
							is_local ? GUC_ACTION_LOCAL : GUC_ACTION_SET, true, 0, false);
}

} // namespace session_jwt
