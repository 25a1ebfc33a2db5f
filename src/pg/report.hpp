// The one place that turns a Status into an error: SQLSTATE, message, detail, hint.
// report_token.cpp has the texts for tokens, report_keys.cpp those for keys.
#pragma once

#include "pg/prelude.hpp"

namespace session_jwt {

// ReportFault raises the statuses that are nobody's doing: out of memory, and bugs.
[[noreturn]] void ReportFault(Status status);

// ReportToken raises the refusal of a token. `number` is the claim that kExpired and kNotYetValid
// speak of, or when kIssuerStale's keys were fetched. `hint`, if any, takes the usual one's place.
// Statement and context are kept out of the log, because they may hold the token.
[[noreturn]] void ReportToken(Status status, int64 number, const char *hint);

// ReportConnectionKey raises what is wrong with pg_session_jwt.jwk.
[[noreturn]] void ReportConnectionKey(const Outcome &outcome);

// ReportMissingKey raises that there is nothing to verify a token with.
[[noreturn]] void ReportMissingKey();

// ReportLostKey raises that a connection key was given and could not be taken.
[[noreturn]] void ReportLostKey();

// ReportKeySet raises what is wrong with the jwks or algorithms of a row of auth.issuers.
[[noreturn]] void ReportKeySet(const Outcome &outcome);

// ReportSubject raises that the subject claim is not text.
[[noreturn]] void ReportSubject();

// ReportNotUtf8 raises that the token is not even text.
[[noreturn]] void ReportNotUtf8();

// ReportUnrepresentable raises that a claim has no form in the database's encoding.
[[noreturn]] void ReportUnrepresentable();

// WatchWorkerReports makes the leader of parallel workers report their refusals as they do, with
// neither statement nor context.
void WatchWorkerReports();

// KeyProblem says in a sentence why a key is not used; static text.
const char *KeyProblem(Status status);

// TokenLabel returns a short name for `status`, for counting; static text.
const char *TokenLabel(Status status);

// TokenProblem returns the primary message that ReportToken gives `status`; static text.
const char *TokenProblem(Status status);

} // namespace session_jwt
