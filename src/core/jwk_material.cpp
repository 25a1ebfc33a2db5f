// The key material of a JWK (RFC 7518 section 6, RFC 8037 section 2) and its RFC 7638 thumbprint.
#include "core/base64url.hpp"
#include "core/digest.hpp"
#include "core/jwk_reader.hpp"

#include <algorithm>

namespace session_jwt {

namespace {

std::string_view
WithoutLeadingZeros(std::string_view number)
{
	number.remove_prefix(std::min(number.find_first_not_of('\0'), number.size()));
	return number;
}

int
CountBits(std::string_view number)
{
	number = WithoutLeadingZeros(number);
	if (number.empty()) {
		return 0;
	}
	int bits = static_cast<int>((number.size() - 1) * 8);
	for (unsigned top = static_cast<uint8_t>(number.front()); top != 0; top >>= 1) {
		bits++;
	}
	return bits;
}

// CoordinateSize returns the bytes of a coordinate (RFC 7518 section 6.2.1.2), 0 for a curve that
// is not supported.
size_t
CoordinateSize(std::string_view crv)
{
	return crv == "P-256" ? 32 : crv == "P-384" ? 48 : crv == "P-521" ? 66 : 0;
}

} // namespace

// SetThumbprint hashes the required members in order (RFC 7638 section 3).
Status
JwkReader::SetThumbprint(const std::string &canonical)
{
	uint8_t digest[32];

	if (!Sha256(canonical, {}, digest)) {
		return Status::kInternal;
	}
	out_.thumbprint =
		EncodeBase64Url(std::string_view(reinterpret_cast<const char *>(digest), sizeof(digest)));
	return Status::kOk;
}

Status
JwkReader::ReadBytes(const char *name, std::string *out)
{
	const JsonNode *node = Member(name);

	if (node == nullptr || node->type != JsonType::kString || node->text.empty() ||
		!DecodeBase64Url(node->text, out)) {
		return Fail(Status::kJwkMember, name);
	}
	return Status::kOk;
}

Status
JwkReader::ReadOkp()
{
	const JsonNode *crv = Member("crv");
	std::string x;

	if (crv == nullptr || crv->type != JsonType::kString) {
		return Fail(Status::kJwkMember, "crv");
	}
	if (crv->text != "Ed25519") {
		return Fail(Status::kJwkType, "crv");
	}
	Status status = ReadBytes("x", &x);
	if (status != Status::kOk) {
		return status;
	}
	status = MakeEd25519Key(x, &out_.key);
	if (status != Status::kOk) {
		return Fail(status, "x");
	}
	return SetThumbprint("{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" + EncodeBase64Url(x) +
						 "\"}");
}

Status
JwkReader::ReadRsa()
{
	std::string n;
	std::string e;

	Status status = ReadBytes("n", &n);
	if (status == Status::kOk) {
		status = ReadBytes("e", &e);
	}
	if (status != Status::kOk) {
		return status;
	}
	out_.bits = CountBits(n);
	status = MakeRsaKey(n, e, &out_.key);
	if (status != Status::kOk) {
		return Fail(status, status == Status::kJwkRsaExponent ? "e" : "n");
	}
	// RFC 7638 section 3.3 wants the shortest form, whatever the JWK has.
	return SetThumbprint("{\"e\":\"" + EncodeBase64Url(WithoutLeadingZeros(e)) +
						 "\",\"kty\":\"RSA\",\"n\":\"" + EncodeBase64Url(WithoutLeadingZeros(n)) +
						 "\"}");
}

Status
JwkReader::ReadEc()
{
	const JsonNode *crv = Member("crv");
	std::string x;
	std::string y;

	if (crv == nullptr || crv->type != JsonType::kString) {
		return Fail(Status::kJwkMember, "crv");
	}
	const size_t size = CoordinateSize(out_.crv);
	if (size == 0) {
		return Fail(Status::kJwkType, "crv");
	}
	Status status = ReadBytes("x", &x);
	if (status == Status::kOk) {
		status = ReadBytes("y", &y);
	}
	if (status != Status::kOk) {
		return status;
	}
	status = MakeEcKey(out_.crv, x, y, &out_.key);
	if (status != Status::kOk) {
		return Fail(status, status == Status::kJwkMember && x.size() == size ? "y" : "x");
	}
	return SetThumbprint("{\"crv\":\"" + std::string(out_.crv) + "\",\"kty\":\"EC\",\"x\":\"" +
						 EncodeBase64Url(x) + "\",\"y\":\"" + EncodeBase64Url(y) + "\"}");
}

Status
JwkReader::ReadOct()
{
	std::string k;

	if (!rules_.allow_hmac) {
		return Fail(Status::kJwkHmacUnlisted, "kty");
	}
	Status status = ReadBytes("k", &k);
	if (status != Status::kOk) {
		return status;
	}
	out_.bits = static_cast<int>(k.size() * 8);
	status = MakeHmacKey(k, &out_.key);
	if (status != Status::kOk) {
		return Fail(status, "k");
	}
	return SetThumbprint("{\"k\":\"" + EncodeBase64Url(k) + "\",\"kty\":\"oct\"}");
}

Status
JwkReader::ReadMaterial()
{
	if (out_.kty == "OKP") {
		return ReadOkp();
	}
	if (out_.kty == "RSA") {
		return ReadRsa();
	}
	return out_.kty == "EC" ? ReadEc() : ReadOct();
}

} // namespace session_jwt
