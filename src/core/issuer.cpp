#include "core/issuer.hpp"

#include "core/digest.hpp"

namespace session_jwt {

namespace {

std::vector<std::string>
CopyTexts(const std::string_view *texts, size_t count)
{
	return std::vector<std::string>(texts, texts + count);
}

// A remembered signature is worth only as much as the keys and algorithms it was checked with.
Status
ReadFingerprint(const IssuerRow &row, AlgorithmSet algorithms, Issuer *out)
{
	std::string rules(reinterpret_cast<const char *>(&algorithms), sizeof algorithms);
	rules.append(row.issuer).push_back('\0');
	return Sha256(rules, row.jwks, out->fingerprint) ? Status::kOk : Status::kInternal;
}

} // namespace

Status
ReadAlgorithms(const IssuerRow &row, AlgorithmSet *out, int *out_index)
{
	if (row.num_algorithms == 0) {
		*out = kAsymmetricAlgorithms;
		return Status::kOk;
	}
	AlgorithmSet algorithms = 0;
	for (size_t i = 0; i < row.num_algorithms; i++) {
		Algorithm alg;
		if (!ParseAlgorithm(row.algorithms[i], &alg)) {
			*out_index = static_cast<int>(i);
			return Status::kAlgorithmUnknown;
		}
		algorithms |= Bit(alg);
	}
	*out = algorithms;
	return Status::kOk;
}

Status
MakeIssuer(const IssuerRow &row, Issuer *out)
{
	int index = -1;
	if (Status status = ReadAlgorithms(row, &out->algorithms, &index); status != Status::kOk)
		return status;
	if (Status status = ReadFingerprint(row, out->algorithms, out); status != Status::kOk)
		return status;
	if (!row.jwks.empty()) {
		JwkRules rules;
		rules.allow_hmac = (out->algorithms & kHmacAlgorithms) != 0;
		out->keys_status = out->keys.Load(row.jwks, rules);
	}
	out->audiences = CopyTexts(row.audiences, row.num_audiences);
	out->audience_claim = row.audience_claim;
	out->subject_path = CopyTexts(row.subject_path, row.subject_path_len);
	out->time.leeway = row.leeway;
	out->is_enabled = row.is_enabled;
	out->has_required_claims = row.has_required_claims;
	return Status::kOk;
}

} // namespace session_jwt
