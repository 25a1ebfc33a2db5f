// What a JWK says it is for (RFC 7517 section 4), and the certificate members beside it.
#include "core/base64url.hpp"
#include "core/jwk_reader.hpp"

#include <algorithm>

namespace session_jwt {

namespace {

AlgorithmSet
AlgorithmsOf(std::string_view kty)
{
	return kty == "OKP"   ? kEdAlgorithms
		   : kty == "RSA" ? kRsaAlgorithms
		   : kty == "EC"  ? kEcAlgorithms
						  : kHmacAlgorithms;
}

bool
IsHex(std::string_view text)
{
	return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// IsBase64 reports whether `text` is standard base64 with padding (RFC 4648 section 4).
bool
IsBase64(std::string_view text)
{
	constexpr std::string_view kAlphabet =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const size_t padding = text.size() - std::min(text.find_last_not_of('=') + 1, text.size());

	return !text.empty() && text.size() % 4 == 0 && padding <= 2 &&
		   text.find_first_not_of(kAlphabet) >= text.size() - padding;
}

} // namespace

// ReadUsage reads the members that say what the key is for (RFC 7517 sections 4.2 to 4.5).
Status
JwkReader::ReadUsage()
{
	const JsonNode *kid = Member("kid");
	const JsonNode *use = Member("use");
	const JsonNode *key_ops = Member("key_ops");
	const JsonNode *alg = Member("alg");

	if (kid != nullptr && kid->type != JsonType::kString) {
		return Fail(Status::kJwkMember, "kid");
	}
	if (use != nullptr && use->type != JsonType::kString) {
		return Fail(Status::kJwkMember, "use");
	}
	if (use != nullptr && use->text != "sig") {
		return Fail(Status::kJwkUse, "use");
	}
	if (key_ops != nullptr) {
		bool may_verify = false;

		if (key_ops->type != JsonType::kArray) {
			return Fail(Status::kJwkMember, "key_ops");
		}
		for (const JsonNode *op = document_.NextChild(*key_ops, nullptr); op != nullptr;
			 op = document_.NextChild(*key_ops, op)) {
			if (op->type != JsonType::kString) {
				return Fail(Status::kJwkMember, "key_ops");
			}
			may_verify = may_verify || op->text == "verify";
		}
		if (!may_verify) {
			return Fail(Status::kJwkUse, "key_ops");
		}
	}
	if (alg != nullptr) {
		if (alg->type != JsonType::kString) {
			return Fail(Status::kJwkMember, "alg");
		}
		if (!ParseAlgorithm(alg->text, &alg_) || (Bit(alg_) & AlgorithmsOf(out_.kty)) == 0) {
			return Fail(Status::kJwkAlgorithm, "alg");
		}
		has_alg_ = true;
	}
	return Status::kOk;
}

// CheckThumbprint checks x5t or x5t#S256 (RFC 7517 sections 4.8 and 4.9): a digest of `size`
// bytes. Auth0's older tenants encode its hexadecimal digits instead; those pass as well, since
// nothing is looked up by this member.
Status
JwkReader::CheckThumbprint(const char *name, size_t size)
{
	const JsonNode *node = Member(name);
	std::string bytes;

	if (node == nullptr) {
		return Status::kOk;
	}
	if (node->type != JsonType::kString || !DecodeBase64Url(node->text, &bytes) ||
		!(bytes.size() == size || (bytes.size() == 2 * size && IsHex(bytes)))) {
		return Fail(Status::kJwkMember, name);
	}
	return Status::kOk;
}

// CheckCertificates checks x5c (RFC 7517 section 4.7): an array of base64, not base64url.
Status
JwkReader::CheckCertificates()
{
	const JsonNode *x5c = Member("x5c");
	bool any = false;

	if (x5c == nullptr) {
		return Status::kOk;
	}
	if (x5c->type != JsonType::kArray) {
		return Fail(Status::kJwkMember, "x5c");
	}
	for (const JsonNode *entry = document_.NextChild(*x5c, nullptr); entry != nullptr;
		 entry = document_.NextChild(*x5c, entry)) {
		if (entry->type != JsonType::kString || !IsBase64(entry->text)) {
			return Fail(Status::kJwkMember, "x5c");
		}
		any = true;
	}
	return any ? Status::kOk : Fail(Status::kJwkMember, "x5c");
}

} // namespace session_jwt
