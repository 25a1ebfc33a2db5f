// The audit log (pg_session_jwt.audit_log): identities taken into use, and tokens refused.
#pragma once

#include "pg/identity.hpp"

namespace session_jwt {

// Refuse raises the refusal as ReportToken does, after a line in the log if auditing is on.
[[noreturn]] void Refuse(Status status, int64 number, const char *hint = nullptr);

// AuditIdentity writes the audit line of an identity taken into use, if auditing is on: sub, aud,
// iss and jti as JSON, so that no value can break the line. Never a token.
void AuditIdentity(Identity *identity);

} // namespace session_jwt
