// Ways to make VerifiedClaims of bytes that nobody verified. None may compile.
#include "core/verification.hpp"

namespace session_jwt {

#ifndef SESSION_JWT_CASE
#define SESSION_JWT_CASE 0
#endif

// What may be done: pass them on.
inline std::string_view
Text(const VerifiedClaims &claims)
{
	return claims.text();
}

#if SESSION_JWT_CASE == 1
VerifiedClaims
Construct(const JsonDocument &document)
{
	return VerifiedClaims(document, "{}");
}
#elif SESSION_JWT_CASE == 2
VerifiedClaims
Brace(const JsonDocument &document)
{
	return {document, "{}"};
}
#elif SESSION_JWT_CASE == 3
VerifiedClaims
Default()
{
	return VerifiedClaims();
}
#elif SESSION_JWT_CASE == 4
// Friendship is not inherited.
class Impostor : Verification {
public:
	static VerifiedClaims
	Make(const JsonDocument &document)
	{
		return VerifiedClaims(document, "{}");
	}
};
#elif SESSION_JWT_CASE == 5
class Derived : public VerifiedClaims {
public:
	explicit Derived(const JsonDocument &document) : VerifiedClaims(document, "{}") {}
};
#endif

} // namespace session_jwt
