// The claims of a verified token (RFC 7519 section 4), and the rules they must meet.
#pragma once

#include "core/json.hpp"
#include "core/status.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace session_jwt {

class Verification;

// VerifiedClaims is the payload of a token whose signature was found good. Only Verification can
// make one, so a function that takes it cannot be handed unverified bytes.
class VerifiedClaims {
public:
	const JsonDocument &
	document() const
	{
		return document_;
	}
	// text returns the payload as it was signed: JSON in UTF-8.
	std::string_view
	text() const
	{
		return text_;
	}

private:
	friend class Verification;
	VerifiedClaims(const JsonDocument &document, std::string_view text)
		: document_(document), text_(text)
	{
	}
	const JsonDocument &document_;
	std::string_view text_;
};

// TimeWindow is when a token may be used: from and until, both included, in seconds since the
// epoch, the leeway already applied.
struct TimeWindow {
	int64_t from = INT64_MIN;
	int64_t until = INT64_MAX;
	int64_t nbf = 0; // as claimed, for messages
	int64_t exp = 0;
};

// TimeRules says how exp and nbf are read.
struct TimeRules {
	int64_t leeway = 60; // seconds
	// RFC 7519 section 4.1.4: a token must not be accepted "on or after" exp. The connection key
	// keeps 0.5.0's reading, which accepts the second exp + leeway itself (behaviour item 47).
	bool inclusive_exp = false;
	bool require_exp = true;
};

// ReadWindow reads nbf, then exp. It returns kNbfType, kExpType or kExpMissing.
[[nodiscard]] Status ReadWindow(const VerifiedClaims &claims, const TimeRules &rules,
								TimeWindow *out);

// JudgeWindow returns kNotYetValid or kExpired if `now` lies outside.
[[nodiscard]] Status JudgeWindow(const TimeWindow &window, int64_t now);

// JudgeAudience looks for one of `accepted` in the claim `name`, a string or an array of strings
// (RFC 7519 section 4.1.3). It returns kAudienceMissing if the claim is absent or empty.
[[nodiscard]] Status JudgeAudience(const VerifiedClaims &claims, std::string_view name,
								   std::span<const std::string> accepted);

// ReadJti reads the connection protocol's jti, an integer. It returns kJtiType otherwise.
[[nodiscard]] Status ReadJti(const VerifiedClaims &claims, int64_t *out);

} // namespace session_jwt
