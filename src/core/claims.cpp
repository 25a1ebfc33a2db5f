#include "core/claims.hpp"

#include <algorithm>

namespace session_jwt {

namespace {

// a + b, clamped to the ends of int64_t; `b` is a leeway of a few hundred seconds.
int64_t
AddClamped(int64_t a, int64_t b)
{
	int64_t sum;
	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b < 0 ? INT64_MIN : INT64_MAX;
}

bool
ReadDate(const JsonNode &claim, bool round_up, int64_t *out)
{
	return claim.type == JsonType::kNumber && ParseNumericDate(claim.text, round_up, out);
}

bool
IsAccepted(const JsonNode &value, std::span<const std::string> accepted)
{
	return value.type == JsonType::kString &&
		   std::find(accepted.begin(), accepted.end(), value.text) != accepted.end();
}

} // namespace

Status
ReadWindow(const VerifiedClaims &claims, const TimeRules &rules, TimeWindow *out)
{
	const JsonDocument &document = claims.document();
	TimeWindow window;

	// A date with a fraction is rounded against the token, so the window never grows.
	if (const JsonNode *nbf = document.Member(document.root(), "nbf")) {
		if (!ReadDate(*nbf, true, &window.nbf))
			return Status::kNbfType;
		window.from = AddClamped(window.nbf, -rules.leeway);
	}
	if (const JsonNode *exp = document.Member(document.root(), "exp")) {
		if (!ReadDate(*exp, false, &window.exp))
			return Status::kExpType;
		window.until = AddClamped(window.exp, rules.leeway - (rules.inclusive_exp ? 0 : 1));
	} else if (rules.require_exp) {
		return Status::kExpMissing;
	}
	*out = window;
	return Status::kOk;
}

Status
JudgeWindow(const TimeWindow &window, int64_t now)
{
	if (now < window.from)
		return Status::kNotYetValid;
	if (now > window.until)
		return Status::kExpired;
	return Status::kOk;
}

Status
JudgeAudience(const VerifiedClaims &claims, std::string_view name,
			  std::span<const std::string> accepted)
{
	const JsonDocument &document = claims.document();
	const JsonNode *audience = document.Member(document.root(), name);
	if (audience == nullptr || audience->type == JsonType::kNull)
		return Status::kAudienceMissing;
	if (audience->type != JsonType::kArray)
		return IsAccepted(*audience, accepted) ? Status::kOk : Status::kAudienceForeign;

	const JsonNode *element = document.NextChild(*audience, nullptr);
	if (element == nullptr)
		return Status::kAudienceMissing;
	for (; element != nullptr; element = document.NextChild(*audience, element)) {
		if (IsAccepted(*element, accepted))
			return Status::kOk;
	}
	return Status::kAudienceForeign;
}

Status
ReadJti(const VerifiedClaims &claims, int64_t *out)
{
	const JsonDocument &document = claims.document();
	const JsonNode *jti = document.Member(document.root(), "jti");
	if (jti == nullptr || jti->type != JsonType::kNumber || !ParseInteger(jti->text, out))
		return Status::kJtiType;
	return Status::kOk;
}

} // namespace session_jwt
