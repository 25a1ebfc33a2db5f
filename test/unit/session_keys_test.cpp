// The port's functions that look at rows, key sets and texts.
#include "catch.hpp"
#include "tokens.hpp"

#include "core/session.hpp"

#include <cstring>

namespace session_jwt {

namespace {

Outcome
Check(std::string_view jwks)
{
	return CheckIssuerRow(TestRow(std::string(jwks)).View());
}

KeyReport
OnlyKey(const std::string &jwk)
{
	(void)OpenKeySet(TestRow(jwk).View());
	return DescribeKey(0);
}

} // namespace

TEST_CASE("CheckRowNamesKeyAndMember")
{
	const std::string good = Keys().rsa.Jwk();
	const Outcome duplicate = Check(JwkSet({good, good, Keys().ed.Jwk(R"("d":"AA")")}));
	CHECK(duplicate.status == Status::kJwkPrivate);
	CHECK(duplicate.index == 2);
	CHECK(std::string_view(duplicate.member) == "d");

	const Outcome short_x = Check(JwkSet({good, R"({"kty":"OKP","crv":"Ed25519","x":"AA"})"}));
	CHECK(short_x.status == Status::kJwkMember);
	CHECK(short_x.index == 1);
	CHECK(std::string_view(short_x.member) == "x");

	const Outcome single = Check(R"({"kty":"OKP","crv":"Ed25519","x":"AA"})");
	CHECK(single.status == Status::kJwkMember);
	CHECK(single.index == -1);
	CHECK(std::string_view(single.member) == "x");
}

TEST_CASE("CheckRowNamesTheAlgorithm")
{
	TestRow row(PublicSet());
	row.algorithms = {"EdDSA", "RS257"};
	const Outcome out = CheckIssuerRow(row.View());
	CHECK(out.status == Status::kAlgorithmUnknown);
	CHECK(out.index == 1);
}

TEST_CASE("CheckRowIsStricterThanLoad")
{
	const std::string weak = JwkSet({Keys().ed.Jwk(), TestKey::Rsa(1024).Jwk()});
	CHECK(Check(weak).status == Status::kJwkRsaSize);
	CHECK(LoadIssuer(TestRow(weak).View(), RowTag{}, 0).status == Status::kOk);
	CHECK(Present(TestRow(weak), Keys().ed.Token(Algorithm::kEdDSA, Claims())).status ==
		  Status::kOk);
	// A key for something else is skipped by both.
	CHECK(Check(JwkSet({Keys().ed.Jwk(), Keys().rsa.Jwk(R"("use":"enc")")})).status == Status::kOk);
}

TEST_CASE("CheckRowTakesNoKeysYet")
{
	CHECK(Check("").status == Status::kOk);
	CHECK_FALSE(DescribeKey(0).is_found);
}

TEST_CASE("DescribeKeyListsTheSet")
{
	REQUIRE(OpenKeySet(TestRow(PublicSet()).View()).status == Status::kOk);
	const char *kids[] = {"rsa", "es256", "es384", "es512", "ed"};
	const char *types[] = {"RSA", "EC", "EC", "EC", "OKP"};
	for (size_t i = 0; i < 5; i++) {
		const KeyReport key = DescribeKey(i);
		CHECK(key.is_found);
		CHECK(key.status == Status::kOk);
		CHECK(key.has_kid);
		CHECK(key.kid == kids[i]);
		CHECK(key.kty == types[i]);
		CHECK(key.thumbprint.size() == 43); // SHA-256 in base64url
	}
	CHECK(DescribeKey(0).bits == 2048);
	CHECK_FALSE(DescribeKey(5).is_found);
	CHECK_FALSE(DescribeKey(SIZE_MAX).is_found);
}

TEST_CASE("DescribeKeySaysWhyNot")
{
	CHECK(OnlyKey(Keys().ed.Jwk(R"("use":"enc")")).status == Status::kJwkUse);
	CHECK(OnlyKey(Keys().ed.Jwk(R"("use":"enc")")).use == "enc");
	CHECK(OnlyKey(Keys().ed.Jwk(R"("use":"evil")")).use.empty());
	CHECK(OnlyKey(Keys().ed.Jwk(R"("use":"sig")")).use == "sig");
	CHECK(OnlyKey(Keys().ed.Jwk(R"("d":"AA")")).status == Status::kJwkPrivate);
	CHECK(OnlyKey(R"({"kty":"LWE"})").status == Status::kJwkType);
	CHECK(OnlyKey(R"({"kty":"LWE"})").kty.empty()); // nothing foreign is echoed
	CHECK(OnlyKey(TestKey::Rsa(1024).Jwk()).status == Status::kJwkRsaSize);
	CHECK(OnlyKey(TestKey::Rsa(1024).Jwk()).bits == 1024);
	CHECK(OnlyKey(TestKey::Rsa(1024).Jwk()).thumbprint.empty());
	CHECK_FALSE(OnlyKey("[]").is_found);

	TestRow row(Keys().ed.Jwk());
	row.algorithms = {"RS256"};
	(void)OpenKeySet(row.View());
	CHECK(DescribeKey(0).status == Status::kAlgorithmNotAllowed);
}

// A row that is looked at replaces the one before, also when it is refused.
TEST_CASE("OpenKeySetReplacesTheOneBefore")
{
	REQUIRE(OpenKeySet(TestRow(PublicSet()).View()).status == Status::kOk);
	CHECK(OpenKeySet(TestRow("not JSON").View()).status == Status::kJwkJson);
	CHECK_FALSE(DescribeKey(0).is_found);
}

TEST_CASE("ReadUuidIsBehaviour55")
{
	uint8_t out[16] = {};
	const uint8_t expected[16] = {0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0,
								  0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0};
	for (const char *text :
		 {"12345678-9abc-def0-1234-56789abcdef0", "123456789ABCDEF0123456789ABCDEF0",
		  "{12345678-9abc-def0-1234-56789abcdef0}",
		  "urn:uuid:12345678-9abc-def0-1234-56789abcdef0"}) {
		CAPTURE(text);
		std::memset(out, 0, sizeof out);
		CHECK(ReadUuid(text, out));
		CHECK(std::memcmp(out, expected, sizeof out) == 0);
	}
	CHECK_FALSE(ReadUuid("", out));
	CHECK_FALSE(ReadUuid("12345678-9abc-def0-1234-56789abcdef", out));
}

TEST_CASE("LibrariesAreNamed")
{
	const Libraries libraries = LibrariesInUse();
	CHECK((libraries.ed25519 == "lib25519" || libraries.ed25519 == "libsodium" ||
		   libraries.ed25519 == "OpenSSL"));
	CHECK_FALSE(libraries.openssl.empty());
	CHECK_FALSE(libraries.simdjson.empty());
}

} // namespace session_jwt
