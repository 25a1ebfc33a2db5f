// Reading one JWK. Nothing is believed of a key but what is needed to verify with it.
#include "core/jwk.hpp"

#include "core/jwk_reader.hpp"

namespace session_jwt {

namespace {

// Names that may be reported. A name outside these lists is foreign text and is not repeated.
constexpr std::string_view kKeyTypes[] = {"OKP", "RSA", "EC", "oct"};
constexpr std::string_view kCurves[] = {"Ed25519", "P-256",  "P-384", "P-521",
										"Ed448",   "X25519", "X448",  "secp256k1"};
constexpr std::string_view kUses[] = {"sig", "enc"};

// Private members (RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2), whatever the kty: one
// that is unknown here may be a mistyped one. "priv" is that of AKP keys (ML-DSA).
constexpr const char *kPrivate[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "priv"};

// Known returns the entry of `names` that equals the string `node`, or "".
template <size_t N>
std::string_view
Known(const JsonNode *node, const std::string_view (&names)[N])
{
	if (node != nullptr && node->type == JsonType::kString) {
		for (std::string_view name : names) {
			if (node->text == name) {
				return name;
			}
		}
	}
	return {};
}

} // namespace

// ReadNames takes down what a report shows even of a key that is refused.
void
JwkReader::ReadNames()
{
	const JsonNode *kid = Member("kid");
	const JsonNode *alg = Member("alg");
	Algorithm known;

	if (kid != nullptr && kid->type == JsonType::kString) {
		out_.kid = kid->text;
		out_.has_kid = true;
	}
	if (alg != nullptr && alg->type == JsonType::kString && ParseAlgorithm(alg->text, &known)) {
		out_.alg = AlgorithmName(known);
	}
	out_.kty = Known(Member("kty"), kKeyTypes);
	out_.crv = Known(Member("crv"), kCurves);
	out_.use = Known(Member("use"), kUses);
}

Status
JwkReader::CheckPrivate()
{
	for (const char *name : kPrivate) {
		if (Member(name) != nullptr) {
			return Fail(Status::kJwkPrivate, name);
		}
	}
	return Status::kOk;
}

// RestrictAlgorithms settles what the key may verify. EdDSA and Ed25519 are one scheme, so a JWK
// that names either allows both (RFC 9864 section 2.2).
Status
JwkReader::RestrictAlgorithms()
{
	out_.algorithms = out_.key->algorithms();
	if (!has_alg_) {
		return Status::kOk;
	}
	if ((Bit(alg_) & out_.algorithms) == 0) {
		return out_.key->type() == KeyType::kOct ? Fail(Status::kJwkHmacSize, "k")
												 : Fail(Status::kJwkAlgorithm, "alg");
	}
	if ((Bit(alg_) & kEdAlgorithms) == 0) {
		out_.algorithms = Bit(alg_);
	}
	return Status::kOk;
}

Status
JwkReader::Peek()
{
	if (node_.type != JsonType::kObject) {
		return Status::kJwkJson;
	}
	ReadNames();
	// First of all: a set with a private key is refused as a whole, whatever else is wrong.
	return CheckPrivate();
}

Status
JwkReader::Read()
{
	Status status = Peek();
	if (status != Status::kOk) {
		return status;
	}
	if (document_.HasDuplicate(node_)) {
		return Status::kJwkDuplicate;
	}
	if (out_.kty.empty()) {
		const JsonNode *kty = Member("kty");
		return Fail(kty != nullptr && kty->type == JsonType::kString ? Status::kJwkType
																	 : Status::kJwkMember,
					"kty");
	}
	// What the key is for comes before what it is: an encryption key may well be too short.
	if (!rules_.ignore_usage) {
		status = ReadUsage();
		status = status == Status::kOk ? CheckThumbprint("x5t", 20) : status;
		status = status == Status::kOk ? CheckThumbprint("x5t#S256", 32) : status;
		status = status == Status::kOk ? CheckCertificates() : status;
	}
	status = status == Status::kOk ? ReadMaterial() : status;
	return status == Status::kOk ? RestrictAlgorithms() : status;
}

Jwk
ParseJwk(const JsonDocument &document, const JsonNode &node, const JwkRules &rules)
{
	Jwk jwk;

	jwk.status = JwkReader(document, node, rules, &jwk).Read();
	if (jwk.status != Status::kOk) {
		jwk.key.reset();
		jwk.algorithms = 0;
		jwk.thumbprint.clear();
	}
	return jwk;
}

Jwk
PeekJwk(const JsonDocument &document, const JsonNode &node)
{
	Jwk jwk;

	Status status = JwkReader(document, node, JwkRules{}, &jwk).Peek();
	jwk.is_read = status != Status::kOk;
	jwk.status = jwk.is_read ? status : Status::kInternal;
	return jwk;
}

} // namespace session_jwt
