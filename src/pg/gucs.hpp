// The settings, and what their hooks keep.
#pragma once

#include "pg/prelude.hpp"

namespace session_jwt {

// TokenInstance is the "extra" of one value of pg_session_jwt.jwt. guc.c carries it with the value
// through savepoints, SET LOCAL and rollback, so what is noted here ends exactly when the value
// does. A new SET of the same text makes a new instance.
struct TokenInstance {
	uint64 serial;
	int64 highest_jti; // that had been accepted when it was set (behaviour item 45)
	bool is_accepted;  // its jti was found in order (behaviour item 45)
	bool is_audited;   // an audit line was written
	bool is_inherited; // in a parallel worker: it is the leader's
	bool is_own;       // the session set it, so that nothing but the session changes it
};

extern char *pg_session_jwt_jwk; // NULL: never given
extern char *pg_session_jwt_jwt; // NULL or "": no token
extern char *request_jwt_claims; // NULL or "": none
extern bool pg_session_jwt_audit_log;
extern int pg_session_jwt_max_token_size; // bytes

extern int pg_session_jwt_shared_cache; // kilobytes; 0: off

extern int pg_session_jwt_fetch;         // a FetchMode
extern int pg_session_jwt_fetch_timeout; // milliseconds
extern int pg_session_jwt_max_stale;     // seconds
extern char *pg_session_jwt_fetch_ca_file;

extern TokenInstance *current_token; // NULL: no token
extern LocalTransactionId token_changed_in;
extern bool current_claims_audited;

// DefineSettings defines all settings and finds out whether loading the library lost a key.
void DefineSettings();

// KeyIsLost tells whether a connection key was given to this backend and could not be taken, so
// that its absence must not be taken for "never given" (design.md section 2).
bool KeyIsLost();

// ShareToken writes down for parallel workers what *current_token says. Call it after each change.
void ShareToken();

// InheritToken gives *current_token, in a parallel worker, what its leader wrote down.
void InheritToken();

// SetToken makes `token` the value of pg_session_jwt.jwt, for the transaction if `is_local`.
void SetToken(const char *token, bool is_local);

} // namespace session_jwt
