// The identity in force: which source decides, and the fast path of every reader.
#pragma once

#include "pg/generation.hpp"
#include "pg/identity.hpp"

namespace session_jwt {

// Current is the last answer and what it depended on.
struct Current {
	uint64 generation;     // value of `generation` it was found at; 0: never
	TimestampTz statement; // start of the statement it was judged for
	Identity *identity;
};

extern Current current;

// ResolveIdentity finds the identity in force and verifies what must be verified. It raises 42804,
// 23514 or 02000 if a token is presented and refused, or if a connection key was lost.
Identity *ResolveIdentity();

// CurrentIdentity is what readers call, once per row. Time does not pass within a statement, so
// an identity judged in this statement needs no further look at its exp.
inline Identity *
CurrentIdentity()
{
	if (likely(current.generation == generation &&
			   current.statement == GetCurrentStatementStartTimestamp()))
		return current.identity;
	return ResolveIdentity();
}

// CheckConfiguration is auth.init(): it raises unless there is a key to verify tokens with.
void CheckConfiguration();

// PresentToken is auth.jwt_session_init(): it sets the token and verifies it.
void PresentToken(const text *token, bool is_local);

} // namespace session_jwt
