// A small language for the fuzzer of the port: one command a line, so that inputs can be read,
// changed and put together by lines, and a dictionary can hold its words.
#pragma once

#include "core/session.hpp"
#include "core/state.hpp"

#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "signing.hpp"
#include "tokens.hpp"

namespace session_jwt {

// NamedKey returns the key of Keys() called `name`, or null.
inline const TestKey *
NamedKey(std::string_view name)
{
	static const std::map<std::string_view, const TestKey *> keys = {
		{"rsa", &Keys().rsa},     {"es256", &Keys().es256}, {"es384", &Keys().es384},
		{"es512", &Keys().es512}, {"ed", &Keys().ed},       {"hs", &Keys().hs},
	};
	const auto found = keys.find(name);
	return found == keys.end() ? nullptr : found->second;
}

// Cut takes what stands before the first `separator` off the front of *text.
inline std::string_view
Cut(std::string_view *text, char separator)
{
	const size_t end = text->find(separator);
	const std::string_view front = text->substr(0, end);
	text->remove_prefix(end == text->npos ? text->size() : end + 1);
	return front;
}

inline std::vector<std::string_view>
CutAll(std::string_view text, char separator)
{
	std::vector<std::string_view> parts;
	while (!text.empty()) {
		parts.push_back(Cut(&text, separator));
	}
	return parts;
}

// Number reads a decimal number; what is beyond int64_t is its end.
inline int64_t
Number(std::string_view text)
{
	return std::strtoll(std::string(text).c_str(), nullptr, 10);
}

// Expand replaces $ed, $rsa and so on by the members of that key's JWK, without the braces.
inline std::string
Expand(std::string_view text)
{
	std::string out;
	while (!text.empty()) {
		const size_t dollar = text.find('$');
		out += text.substr(0, dollar);
		text.remove_prefix(dollar == text.npos ? text.size() : dollar + 1);
		if (dollar == std::string_view::npos) {
			break;
		}
		const size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789");
		const std::string_view name = text.substr(0, end);
		if (const TestKey *key = NamedKey(name)) {
			const std::string jwk = key->Jwk();
			out += jwk.substr(1, jwk.size() - 2);
			text.remove_prefix(name.size());
		} else {
			out += '$';
		}
	}
	return out;
}

// Signed is what was signed while an input ran, and with which key.
struct Signed {
	std::string input;
	const TestKey *key;
	Algorithm alg;
};

// Script is what an input has said so far.
struct Script {
	std::string issuer = kIssuer;
	std::string jwks;
	std::string_view audiences;
	std::string_view audience_claim = "aud";
	std::string_view algorithms;
	std::string_view path = "sub";
	int64_t leeway = 60;
	bool is_enabled = true;
	int64_t now = kNow;
	std::string token;
	std::vector<Signed> signatures;

	// Sign makes the token: algorithm, key, header and payload, cut by tabs. "*" is the header that
	// fits.
	void
	Sign(std::string_view text)
	{
		Algorithm alg = Algorithm::kEdDSA;
		const std::string_view alg_name = Cut(&text, '\t');
		const TestKey *key = NamedKey(Cut(&text, '\t'));
		const std::string header(Cut(&text, '\t'));
		if (key == nullptr || !ParseAlgorithm(alg_name, &alg) ||
			(key->Public()->algorithms() & Bit(alg)) == 0 || signatures.size() == 8) {
			return;
		}
		token = SignedParts(*key, alg,
							header == "*" ? "{\"alg\":\"" + std::string(alg_name) + "\"}" : header,
							text);
		signatures.push_back({token.substr(0, token.rfind('.')), key, alg});
	}

	// SignedBy returns the keys that signed `input`.
	std::vector<Signed>
	SignedBy(std::string_view input) const
	{
		std::vector<Signed> found;
		for (const Signed &one : signatures) {
			if (one.input == input) {
				found.push_back(one);
			}
		}
		return found;
	}
};

// RowView owns the lists that an IssuerRow points to.
struct RowView {
	explicit RowView(const Script &script)
		: audiences(CutAll(script.audiences, ',')), algorithms(CutAll(script.algorithms, ',')),
		  path(CutAll(script.path, '.'))
	{
		row.issuer = script.issuer;
		row.jwks = script.jwks;
		row.audiences = audiences.data();
		row.num_audiences = audiences.size();
		row.audience_claim = script.audience_claim;
		row.algorithms = algorithms.data();
		row.num_algorithms = algorithms.size();
		row.subject_path = path.data();
		row.subject_path_len = path.size();
		row.leeway = script.leeway;
		row.is_enabled = script.is_enabled;
	}

	std::vector<std::string_view> audiences;
	std::vector<std::string_view> algorithms;
	std::vector<std::string_view> path;
	IssuerRow row;
};

} // namespace session_jwt
