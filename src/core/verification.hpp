// Verification: the sequence from a compact token to VerifiedClaims.
#pragma once

#include "core/claims.hpp"
#include "core/issuer.hpp"
#include "core/token.hpp"

#include <string>
#include <string_view>

namespace session_jwt {

// ConnectionKey is pg_session_jwt.jwk: one key, one algorithm.
struct ConnectionKey {
	PublicKeyPtr key; // empty until loaded
	Algorithm alg = Algorithm::kEdDSA;
	bool is_ordered = false; // Ed25519: jti must rise
	int64_t highest_jti = 0;
	uint8_t fingerprint[32] = {};
};

// ReadConnectionKey parses `jwk`: an Ed25519, RSA (RS256) or EC P-256 (ES256) public key.
[[nodiscard]] Outcome ReadConnectionKey(std::string_view jwk, ConnectionKey *out);

// Verification owns the memory that one token at a time is worked on in. It is the only maker of
// VerifiedClaims.
class Verification {
public:
	// Connection checks `token` with `key`: split, judge the header, check the signature over the
	// raw bytes, and only then parse the payload and judge jti, nbf and exp, in 0.5.0's order.
	[[nodiscard]] Status Connection(std::string_view token, const ConnectionKey &key, int64_t now,
									Presentation presentation, TokenOutcome *out);

	// Open copies `token`, splits it and parses both parts for Registry. *out_issuer is the
	// payload's iss: an untrusted hint, used to choose the row and for nothing else.
	[[nodiscard]] Status Open(std::string_view token, std::string_view *out_issuer);

	// Registry checks the open token with the keys of `issuer`, which it makes if they are not made
	// yet, then its claims.
	[[nodiscard]] Status Registry(Issuer &issuer, std::string_view issuer_name, int64_t now,
								  bool signature_known, TokenOutcome *out);

	// Unsigned reads claims that nobody signed; see ReadClaims.
	[[nodiscard]] Status Unsigned(std::string_view text, TokenOutcome *out);

	// token returns the open token, "" if none.
	std::string_view
	token() const
	{
		return is_open_ ? std::string_view(token_) : std::string_view();
	}

private:
	[[nodiscard]] Status CheckSignature(Issuer &issuer);
	[[nodiscard]] Status JudgeRegistryClaims(const VerifiedClaims &claims, const Issuer &issuer,
											 int64_t now, TokenOutcome *out);
	[[nodiscard]] Status JudgeConnectionClaims(const VerifiedClaims &claims,
											   const ConnectionKey &key, int64_t now,
											   Presentation presentation, TokenOutcome *out);

	bool is_open_ = false; // the members below are those of one token that Registry may check
	std::string token_;
	CompactToken parts_;
	std::string_view issuer_; // what the token claims
	Header header_;
	std::string header_text_;
	std::string payload_text_;
	std::string signature_;
	JsonDocument header_json_;
	JsonDocument payload_json_;
};

} // namespace session_jwt
