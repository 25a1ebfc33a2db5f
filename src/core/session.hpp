// The port: the only way from src/pg (and src/fetch) into core. Every function is noexcept, takes
// views and numbers, and returns plain data, so that nothing of C++ is alive when the caller
// raises an error. The process has one state behind these functions; a failed call leaves it as
// it was. Views in results are valid until the next call of any function here.
#pragma once

#include "core/status.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace session_jwt {

// Outcome is the result of a call that yields nothing but success or a reason.
struct Outcome {
	Status status = Status::kInternal; // fail closed
	int index = -1;                    // key or array element the status complains of; -1: none
	const char *member = "";           // JSON member it complains of; static text
};

// Subject says what the subject claim is.
enum class Subject : uint8_t { kAbsent, kText, kOther };

// TokenOutcome is what a verified token says. Nothing but status and number is set on failure.
struct TokenOutcome {
	Status status = Status::kInternal;
	int64_t number = 0;       // kExpired: exp. kNotYetValid: nbf. In seconds since the epoch.
	int64_t valid_from = 0;   // first second at which the token may be used, leeway applied
	int64_t valid_until = 0;  // last such second
	std::string_view claims;  // the payload: JSON in UTF-8, as it was signed
	std::string_view subject; // UTF-8
	Subject subject_kind = Subject::kAbsent;
	bool is_ordered = false; // connection key: jti must rise (behaviour item 45)
	int64_t jti = 0;         // if is_ordered
};

// SetUp makes the state and warms what is slow on first use. Optional. A status other than kOk
// says that the crypto library does not verify what it must.
Outcome SetUp() noexcept;

// --- The connection key (behaviour C3, C4) ------------------------------------------------------

// LoadConnectionKey parses pg_session_jwt.jwk and keeps it. Once it has succeeded, further calls
// do nothing: the key of a connection never changes (behaviour item 70).
[[nodiscard]] Outcome LoadConnectionKey(std::string_view jwk) noexcept;

// ConnectionDigest hashes the connection key and `token`, as TokenDigest does for an issuer.
[[nodiscard]] bool ConnectionDigest(std::string_view token, uint8_t (&out)[32]) noexcept;

// Presentation is what the caller knows of a token beforehand.
struct Presentation {
	bool is_accepted = false;        // this very value was accepted: its jti need not rise again
	bool signature_known = false;    // remembered as good under the digest of key and token
	int64_t highest_jti = INT64_MAX; // HighestJti() when this value was presented, if lower
};

// VerifyConnectionToken checks `token` with the connection key, which must have been loaded.
// `now` is in seconds since the epoch.
[[nodiscard]] TokenOutcome VerifyConnectionToken(std::string_view token, int64_t now,
												 Presentation presentation) noexcept;

// HighestJti returns the highest jti that VerifyConnectionToken accepted, 0 at first.
[[nodiscard]] int64_t HighestJti() noexcept;

// RaiseHighestJti makes that at least `jti`, which another process accepted. The key must have been
// loaded.
void RaiseHighestJti(int64_t jti) noexcept;

// --- The issuer registry ------------------------------------------------------------------------

// FetchFacts is what the caller knows of the fetching of an issuer's key set. Core only keeps it.
// Times are in microseconds, on the caller's scale.
struct FetchFacts {
	bool can_fetch = false;           // the key set may be fetched anew
	int64_t refresh_at = INT64_MAX;   // from then on it should be
	int64_t stale_at = INT64_MAX;     // from then on its keys are good no more
	int64_t fetched_at = INT64_MIN;   // when that last succeeded
	int64_t attempted_at = INT64_MIN; // when it was last tried
};

// IssuerRow is one row of auth.issuers. Texts are UTF-8.
struct IssuerRow {
	std::string_view issuer;
	std::string_view jwks; // JSON; empty: none yet
	const std::string_view *audiences = nullptr;
	size_t num_audiences = 0; // 0: any audience
	std::string_view audience_claim;
	const std::string_view *algorithms = nullptr;
	size_t num_algorithms = 0; // 0: every asymmetric algorithm
	const std::string_view *subject_path = nullptr;
	size_t subject_path_len = 0;
	int64_t leeway = 0; // seconds
	bool is_enabled = true;
	bool has_required_claims = false; // handed back in IssuerState; the caller checks them
};

// RowTag tells versions of a row apart; the caller decides what it holds.
struct RowTag {
	uint64_t high = 0;
	uint64_t low = 0;
	bool operator==(const RowTag &) const = default;
};

// TokenIssuer is ReadTokenIssuer's result.
struct TokenIssuer {
	Status status = Status::kInternal;
	std::string_view issuer; // UNVERIFIED: good for nothing but choosing the row
};

// ReadTokenIssuer splits, decodes and parses `token` and keeps it for VerifyIssuerToken. It
// returns the payload's iss, which nothing vouches for yet (design.md section 4).
[[nodiscard]] TokenIssuer ReadTokenIssuer(std::string_view token) noexcept;

// IssuerState is what is kept of an issuer.
struct IssuerState {
	bool is_known = false;
	RowTag tag;           // of the row it was loaded from
	uint64_t checked = 0; // generation at which it was last confirmed
	uint64_t version = 0; // changes whenever its keys or rules change; never reused
	bool has_required_claims = false;
	FetchFacts fetch; // as last given
};

// FindIssuer returns the state of `issuer`.
[[nodiscard]] IssuerState FindIssuer(std::string_view issuer) noexcept;

// LoadIssuer takes a row, replacing what was kept for its issuer. Keys that cannot be used are
// skipped. A row without any usable key is taken too: its tokens are refused.
[[nodiscard]] Outcome LoadIssuer(const IssuerRow &row, RowTag tag, uint64_t generation) noexcept;

// ConfirmIssuer notes that what is kept of `issuer` is what its row says at `generation`.
void ConfirmIssuer(std::string_view issuer, uint64_t generation,
				   const FetchFacts &fetch = {}) noexcept;

// ForgetIssuer drops what is kept of `issuer`, whose row is gone.
void ForgetIssuer(std::string_view issuer) noexcept;

// VerifyIssuerToken checks the token last given to ReadTokenIssuer with the keys and rules of
// `issuer`, which must be its iss and must have been loaded. `signature_known` says that the
// caller remembers this token's signature as good under this issuer's digest (TokenDigest).
[[nodiscard]] TokenOutcome VerifyIssuerToken(std::string_view issuer, int64_t now,
											 bool signature_known) noexcept;

// TokenDigest hashes the key set and rules of `issuer` and the token last given to
// ReadTokenIssuer (SHA-256). It returns false if that fails.
[[nodiscard]] bool TokenDigest(std::string_view issuer, uint8_t (&out)[32]) noexcept;

// --- Rows and key sets being looked at ----------------------------------------------------------

// CheckIssuerRow judges a row that is about to be written, more strictly than LoadIssuer: weak
// and malformed keys are errors here. Its key set stays open for DescribeKey.
[[nodiscard]] Outcome CheckIssuerRow(const IssuerRow &row) noexcept;

// OpenKeySet parses `jwks` for DescribeKey, usable or not. `algorithms` as in IssuerRow.
[[nodiscard]] Outcome OpenKeySet(const IssuerRow &row) noexcept;

// KeyReport describes one key of the open key set.
struct KeyReport {
	bool is_found = false; // false: `index` is past the last key
	Status status = Status::kInternal;
	const char *member = "";
	bool has_kid = false;
	std::string_view kid;
	std::string_view kty; // "" if not one that is known
	std::string_view crv;
	std::string_view alg;
	std::string_view use;
	int bits = 0;
	std::string_view thumbprint; // RFC 7638, "" if the key cannot be used
};
[[nodiscard]] KeyReport DescribeKey(size_t index) noexcept;

// Discovery is an OpenID Provider's configuration (OpenID Connect Discovery 1.0, section 4).
struct Discovery {
	Status status = Status::kInternal; // kDiscovery...
	std::string_view jwks_uri;
};

// ReadDiscovery reads the document at the well-known address of `issuer`, whose member "issuer"
// must equal it byte for byte (section 4.3).
[[nodiscard]] Discovery ReadDiscovery(std::string_view text, std::string_view issuer) noexcept;

// --- Small services -----------------------------------------------------------------------------

// ReadClaims reads unsigned claims: any JSON that jsonb accepts (behaviour items 59, 60). The
// result has no window; its subject is the member "sub" of an object. kPayloadJson: it is no JSON.
[[nodiscard]] TokenOutcome ReadClaims(std::string_view text) noexcept;

// ReadUuid parses a UUID in the forms of behaviour item 55.
[[nodiscard]] bool ReadUuid(std::string_view text, uint8_t (&out)[16]) noexcept;

// Libraries names what this build stands on; static text.
struct Libraries {
	std::string_view ed25519; // "lib25519", "libsodium" or "OpenSSL"
	std::string_view openssl; // version of the library that is loaded
	std::string_view simdjson;
};
[[nodiscard]] Libraries LibrariesInUse() noexcept;

static_assert(std::is_trivially_destructible_v<Outcome> &&
			  std::is_trivially_copyable_v<TokenOutcome> &&
			  std::is_trivially_destructible_v<TokenOutcome> &&
			  std::is_trivially_destructible_v<KeyReport> &&
			  std::is_trivially_destructible_v<IssuerState>);

} // namespace session_jwt
