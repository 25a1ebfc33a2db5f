// The steps of reading a JWK, spread over jwk.cpp, jwk_usage.cpp and jwk_material.cpp.
#pragma once

#include "core/jwk.hpp"

#include <string>

namespace session_jwt {

// JwkReader fills one Jwk. Its steps return kOk, or what Fail made of it.
class JwkReader {
public:
	JwkReader(const JsonDocument &document, const JsonNode &node, const JwkRules &rules, Jwk *out)
		: document_(document), node_(node), rules_(rules), out_(*out)
	{
	}

	Status Read();
	// Peek is the first step of Read: the names, and whether the key is private.
	Status Peek();

private:
	const JsonNode *
	Member(const char *name) const
	{
		return document_.Member(node_, name);
	}
	Status
	Fail(Status status, const char *member)
	{
		out_.member = member;
		return status;
	}

	void ReadNames();
	Status CheckPrivate();
	Status ReadUsage();
	Status CheckThumbprint(const char *name, size_t size);
	Status CheckCertificates();
	Status ReadBytes(const char *name, std::string *out);
	Status ReadOkp();
	Status ReadRsa();
	Status ReadEc();
	Status ReadOct();
	Status ReadMaterial();
	Status RestrictAlgorithms();
	Status SetThumbprint(const std::string &canonical);

	const JsonDocument &document_;
	const JsonNode &node_;
	const JwkRules &rules_;
	Jwk &out_;
	bool has_alg_ = false;
	Algorithm alg_ = Algorithm::kEdDSA; // meaningful if has_alg_
};

} // namespace session_jwt
