// Keys, rows and tokens for tests.
#include "tokens.hpp"

#include "core/base64url.hpp"

namespace session_jwt {

const TestKeys &
Keys()
{
	static const TestKeys keys;
	return keys;
}

std::string
Claims(std::string_view extra)
{
	std::string claims = "{\"iss\":\"" + std::string(kIssuer) +
						 "\",\"sub\":\"user\",\"exp\":" + std::to_string(kNow + 3600);
	if (!extra.empty()) {
		claims += "," + std::string(extra);
	}
	return claims + "}";
}

std::string
Parts(std::string_view header, std::string_view payload, std::string_view signature)
{
	return EncodeBase64Url(header) + "." + EncodeBase64Url(payload) + "." +
		   EncodeBase64Url(signature);
}

std::string
SignedParts(const TestKey &key, Algorithm alg, std::string_view header, std::string_view payload)
{
	const std::string input = EncodeBase64Url(header) + "." + EncodeBase64Url(payload);
	return input + "." + EncodeBase64Url(key.Sign(alg, input));
}

std::string
WithSignature(std::string_view token, std::string_view signature)
{
	return std::string(token.substr(0, token.rfind('.') + 1)) + EncodeBase64Url(signature);
}

std::string
Kid(std::string_view kid)
{
	return "\"kid\":\"" + std::string(kid) + "\"";
}

std::string
JwkSet(std::initializer_list<std::string> jwks)
{
	std::string set = "{\"keys\":[";
	for (const std::string &jwk : jwks) {
		set += (set.back() == '[' ? "" : ",") + jwk;
	}
	return set + "]}";
}

std::string
PublicSet()
{
	const TestKeys &keys = Keys();
	return JwkSet({keys.rsa.Jwk(Kid("rsa")), keys.es256.Jwk(Kid("es256")),
				   keys.es384.Jwk(Kid("es384")), keys.es512.Jwk(Kid("es512")),
				   keys.ed.Jwk(Kid("ed"))});
}

IssuerRow
TestRow::View() const
{
	IssuerRow row;
	row.issuer = issuer;
	row.jwks = jwks;
	row.audiences = audiences.data();
	row.num_audiences = audiences.size();
	row.audience_claim = audience_claim;
	row.algorithms = algorithms.data();
	row.num_algorithms = algorithms.size();
	row.subject_path = subject_path.data();
	row.subject_path_len = subject_path.size();
	row.leeway = leeway;
	row.is_enabled = is_enabled;
	return row;
}

TokenOutcome
Present(const TestRow &row, std::string_view token, int64_t now)
{
	TokenOutcome outcome;
	outcome.status = LoadIssuer(row.View(), RowTag{}, 0).status;
	if (outcome.status != Status::kOk) {
		return outcome;
	}
	const TokenIssuer hint = ReadTokenIssuer(token);
	outcome.status = hint.status;
	if (outcome.status != Status::kOk) {
		return outcome;
	}
	const std::string issuer(hint.issuer);
	if (!FindIssuer(issuer).is_known) {
		outcome.status = Status::kIssuerUnknown;
		return outcome;
	}
	return VerifyIssuerToken(issuer, now, false);
}

TestRow
HmacRow()
{
	TestRow row(Keys().hs.Jwk());
	row.algorithms = {"HS256"};
	return row;
}

} // namespace session_jwt
