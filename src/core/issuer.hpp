// Issuer: one row of the registry, ready to judge tokens.
#pragma once

#include "core/claims.hpp"
#include "core/key_set.hpp"
#include "core/session.hpp"

#include <string>
#include <vector>

namespace session_jwt {

struct Issuer {
	KeySet keys;
	Status keys_status = Status::kIssuerNoKeys; // kOk: there are keys, usable or not
	AlgorithmSet algorithms = kAsymmetricAlgorithms;
	std::vector<std::string> audiences; // empty: any
	std::string audience_claim;
	std::vector<std::string> subject_path;
	TimeRules time;
	bool is_enabled = true;
	bool has_required_claims = false;
	uint8_t fingerprint[32] = {}; // of the key set and the algorithms

	FetchFacts fetch;
	RowTag tag;
	uint64_t checked = 0;
	uint64_t version = 0;
};

// ReadAlgorithms turns a row's algorithm names into a set. It returns kAlgorithmUnknown, with the
// index of the name in *out_index, for a name that is none of ours.
[[nodiscard]] Status ReadAlgorithms(const IssuerRow &row, AlgorithmSet *out, int *out_index);

// MakeIssuer fills *out from `row`. Its keys are made when a token means them. It returns
// kAlgorithmUnknown for a row that was not checked.
[[nodiscard]] Status MakeIssuer(const IssuerRow &row, Issuer *out);

} // namespace session_jwt
