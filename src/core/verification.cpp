#include "core/verification.hpp"

#include "core/base64url.hpp"
#include "core/digest.hpp"

#include <algorithm>
#include <span>

namespace session_jwt {

namespace {

constexpr size_t ed25519_signature_size = 64; // bytes (RFC 8032 section 5.1.6)

Outcome
Failed(Status status, const char *member = "")
{
	return Outcome{status, -1, member};
}

// The one algorithm that a connection key of this kind stands for.
bool
ChooseAlgorithm(const Jwk &jwk, Algorithm *out)
{
	if (jwk.crv == "Ed25519")
		*out = Algorithm::kEdDSA;
	else if (jwk.kty == "RSA")
		*out = Algorithm::kRS256;
	else if (jwk.crv == "P-256")
		*out = Algorithm::kES256;
	else
		return false;
	return true;
}

bool
IsSameScheme(Algorithm a, Algorithm b)
{
	return a == b || ((Bit(a) | Bit(b)) & ~kEdAlgorithms) == 0;
}

const JsonNode *
FollowPath(const JsonDocument &document, const std::vector<std::string> &path)
{
	const JsonNode *node = &document.root();
	for (const std::string &name : path) {
		node = document.Member(*node, name);
		if (node == nullptr)
			return nullptr;
	}
	return node;
}

void
ReadSubject(const JsonNode *node, TokenOutcome *out)
{
	if (node == nullptr) {
		out->subject_kind = Subject::kAbsent;
	} else if (node->type == JsonType::kString) {
		out->subject_kind = Subject::kText;
		out->subject = node->text;
	} else {
		out->subject_kind = Subject::kOther;
	}
}

Status
JudgeTime(const VerifiedClaims &claims, const TimeRules &rules, int64_t now, TokenOutcome *out)
{
	TimeWindow window;
	if (Status status = ReadWindow(claims, rules, &window); status != Status::kOk)
		return status;
	out->valid_from = window.from;
	out->valid_until = window.until;
	Status status = JudgeWindow(window, now);
	if (status != Status::kOk)
		out->number = status == Status::kExpired ? window.exp : window.nbf;
	return status;
}

} // namespace

Outcome
ReadConnectionKey(std::string_view text, ConnectionKey *out)
{
	JsonDocument document;
	if (document.Parse(text) != JsonError::kNone || document.root().type != JsonType::kObject)
		return Failed(Status::kJwkJson);
	JwkRules rules;
	rules.ignore_usage = true;
	Jwk jwk = ParseJwk(document, document.root(), rules);
	if (jwk.status == Status::kJwkHmacUnlisted)
		return Failed(Status::kJwkType, "kty");
	if (jwk.status != Status::kOk)
		return Failed(jwk.status, jwk.member);
	if (!ChooseAlgorithm(jwk, &out->alg))
		return Failed(Status::kJwkType, "crv");
	if (!Sha256("jwk", text, out->fingerprint))
		return Failed(Status::kInternal);
	out->key = std::move(jwk.key);
	out->is_ordered = out->alg == Algorithm::kEdDSA;
	return Outcome{Status::kOk, -1, ""};
}

Status
Verification::Connection(std::string_view token, const ConnectionKey &key, int64_t now,
						 Presentation presentation, TokenOutcome *out)
{
	if (key.key == nullptr)
		return Status::kInternal;
	is_open_ = false; // the documents are about to hold another token
	CompactToken parts;
	if (Status status = SplitToken(token, &parts); status != Status::kOk)
		return status;
	// Before the header, as in 0.5.0: an RS256 token for an Ed25519 key ends here (item 40).
	if (!DecodeBase64Url(parts.signature, &signature_))
		return Status::kSignatureEncoding;
	if (key.alg == Algorithm::kEdDSA && signature_.size() > ed25519_signature_size)
		return Status::kSignatureLength;
	Header header;
	if (Status status = ParseHeader(parts.header, &header_json_, &header_text_, &header);
		status != Status::kOk)
		return status;
	if (header.has_alg && !IsSameScheme(header.alg, key.alg))
		return Status::kAlgorithmMismatch;
	if (!presentation.signature_known) {
		if (Status status = key.key->Verify(key.alg, parts.signing_input, signature_);
			status != Status::kOk)
			return status;
	}

	// RFC 8725 section 3.10 and design.md section 4: nothing is parsed before this line.
	if (Status status = ParsePayload(parts.payload, &payload_json_, &payload_text_);
		status != Status::kOk)
		return status;
	VerifiedClaims claims(payload_json_, payload_text_);
	return JudgeConnectionClaims(claims, key, now, presentation, out);
}

Status
Verification::JudgeConnectionClaims(const VerifiedClaims &claims, const ConnectionKey &key,
									int64_t now, Presentation presentation, TokenOutcome *out)
{
	if (key.is_ordered) {
		if (Status status = ReadJti(claims, &out->jti); status != Status::kOk)
			return status;
		if (!presentation.is_accepted &&
			out->jti <= std::min(key.highest_jti, presentation.highest_jti))
			return Status::kJtiOrder;
		out->is_ordered = true;
	}
	TimeRules rules;
	rules.inclusive_exp = true;
	rules.require_exp = false;
	if (Status status = JudgeTime(claims, rules, now, out); status != Status::kOk)
		return status;
	out->claims = claims.text();
	ReadSubject(payload_json_.Member(payload_json_.root(), "sub"), out);
	return Status::kOk;
}

Status
Verification::Open(std::string_view token, std::string_view *out_issuer)
{
	is_open_ = false;
	token_.assign(token);
	if (Status status = SplitToken(token_, &parts_); status != Status::kOk)
		return status;
	if (Status status = ParseHeader(parts_.header, &header_json_, &header_text_, &header_);
		status != Status::kOk)
		return status;
	if (!header_.has_alg)
		return Status::kAlgorithmMissing;
	if (!DecodeBase64Url(parts_.signature, &signature_))
		return Status::kSignatureEncoding;
	if (Status status = ParsePayload(parts_.payload, &payload_json_, &payload_text_);
		status != Status::kOk)
		return status;
	const JsonNode *issuer = payload_json_.Member(payload_json_.root(), "iss");
	if (issuer == nullptr || issuer->type != JsonType::kString)
		return Status::kIssuerMissing;

	issuer_ = issuer->text;
	*out_issuer = issuer_;
	is_open_ = true;
	return Status::kOk;
}

Status
Verification::CheckSignature(Issuer &issuer)
{
	if ((issuer.algorithms & Bit(header_.alg)) == 0)
		return Status::kAlgorithmNotAllowed;
	if (Status status = issuer.keys.Read(header_.has_kid, header_.kid); status != Status::kOk)
		return status;
	KeySet::Candidates candidates;
	if (Status status = issuer.keys.Select(header_.alg, header_.has_kid, header_.kid, &candidates);
		status != Status::kOk)
		return status;

	Status status = Status::kSignature;
	for (size_t i = 0; i < candidates.count; i++) {
		status = candidates.keys[i]->Verify(header_.alg, parts_.signing_input, signature_);
		if (status == Status::kOk)
			return status;
	}
	return status;
}

Status
Verification::Registry(Issuer &issuer, std::string_view issuer_name, int64_t now,
					   bool signature_known, TokenOutcome *out)
{
	if (!is_open_ || issuer_ != issuer_name)
		return Status::kInternal;
	if (!issuer.is_enabled)
		return Status::kIssuerDisabled;
	if (issuer.keys_status != Status::kOk)
		return Status::kIssuerNoKeys;
	if (!signature_known) {
		if (Status status = CheckSignature(issuer); status != Status::kOk)
			return status == Status::kInternal || issuer.keys.HasUsable() ? status
																		  : Status::kIssuerNoKeys;
	}
	VerifiedClaims claims(payload_json_, payload_text_);
	return JudgeRegistryClaims(claims, issuer, now, out);
}

Status
Verification::JudgeRegistryClaims(const VerifiedClaims &claims, const Issuer &issuer, int64_t now,
								  TokenOutcome *out)
{
	if (!issuer.audiences.empty()) {
		if (Status status = JudgeAudience(claims, issuer.audience_claim, issuer.audiences);
			status != Status::kOk)
			return status;
	}
	if (Status status = JudgeTime(claims, issuer.time, now, out); status != Status::kOk)
		return status;
	out->claims = claims.text();
	ReadSubject(FollowPath(payload_json_, issuer.subject_path), out);
	return Status::kOk;
}

Status
Verification::Unsigned(std::string_view text, TokenOutcome *out)
{
	is_open_ = false; // the payload document is about to hold something else
	if (payload_json_.Parse(text) != JsonError::kNone)
		return Status::kPayloadJson;
	out->valid_from = INT64_MIN;
	out->valid_until = INT64_MAX;
	out->claims = text;
	ReadSubject(payload_json_.Member(payload_json_.root(), "sub"), out);
	return Status::kOk;
}

} // namespace session_jwt
