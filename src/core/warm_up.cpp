#include "core/warm_up.hpp"

#include "core/base64url.hpp"
#include "core/jwk.hpp"
#include "core/state.hpp"
#include "core/token.hpp"

namespace session_jwt {

namespace {

struct Example {
	Algorithm alg;
	const char *jwk;
	const char *token;
};

constexpr Example examples[] = {
	// RFC 7515 appendix A.2
	{Algorithm::kRS256,
	 "{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxH"
	 "mfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47"
	 "soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665x"
	 "smtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFk"
	 "MLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"}",
	 "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGF"
	 "tcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu"
	 "3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdi"
	 "uB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--x"
	 "i12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5A"
	 "XLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
	// RFC 7515 appendix A.3
	{Algorithm::kES256,
	 "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE"
	 "U\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
	 "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGF"
	 "tcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw"
	 "5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
	// RFC 8037 appendix A.4
	{Algorithm::kEdDSA,
	 "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPc"
	 "HURo\"}",
	 "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7"
	 "-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"},
};

Status
VerifyExample(const Example &example)
{
	JsonDocument document;
	CompactToken token;
	std::string signature;
	if (document.Parse(example.jwk) != JsonError::kNone ||
		SplitToken(example.token, &token) != Status::kOk ||
		!DecodeBase64Url(token.signature, &signature))
		return Status::kInternal;
	Jwk jwk = ParseJwk(document, document.root(), JwkRules{});
	if (jwk.status != Status::kOk)
		return jwk.status;
	return jwk.key->Verify(example.alg, token.signing_input, signature);
}

// What is in the RFC's token.
constexpr std::string_view example_issuer = "joe";
constexpr int64_t example_time = 1300819379; // a second before its exp

// Present an example as a backend does: with a row of the registry, which is not kept, and in the
// buffers that backends will use, in which no token stays open.
Status
Rehearse(const Example &example, State *state)
{
	const std::string set = "{\"keys\":[" + std::string(example.jwk) + "]}";
	IssuerRow row;
	row.issuer = example_issuer;
	row.jwks = set;
	row.audience_claim = "aud";
	Issuer made;
	if (Status status = MakeIssuer(row, &made); status != Status::kOk)
		return status;
	decltype(state->issuers) issuers;
	Issuer &issuer = issuers[std::string(example_issuer)] = std::move(made);

	Verification &verification = state->verification;
	std::string_view name;
	TokenOutcome outcome;
	Status status = verification.Open(example.token, &name);
	if (status == Status::kOk)
		status = verification.Registry(issuer, name, example_time, false, &outcome);
	Status closed = verification.Unsigned("{}", &outcome);
	return status == Status::kOk ? closed : status;
}

} // namespace

Status
WarmUp(State *state)
{
	for (const Example &example : examples) {
		if (Status status = VerifyExample(example); status != Status::kOk)
			return status;
	}
	return Rehearse(examples[0], state);
}

} // namespace session_jwt
