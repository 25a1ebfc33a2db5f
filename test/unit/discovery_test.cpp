// OpenID Connect Discovery: the provider's configuration, and everything that is none.
#include "catch.hpp"

#include "core/discovery.hpp"

#include <string>

using session_jwt::JsonDocument;
using session_jwt::ParseDiscovery;
using session_jwt::Status;

namespace {

constexpr std::string_view kIssuer = "https://issuer.example/";

Status
Read(const std::string &text, std::string_view issuer = kIssuer)
{
	JsonDocument document;
	std::string_view uri = "untouched";
	Status status = ParseDiscovery(text, issuer, &document, &uri);
	if (status != Status::kOk)
		CHECK(uri == "untouched");
	return status;
}

std::string
WithIssuer(const std::string &issuer)
{
	return R"({"issuer":)" + issuer + R"(,"jwks_uri":"https://issuer.example/keys"})";
}

std::string
WithUri(const std::string &uri)
{
	return R"({"issuer":"https://issuer.example/","jwks_uri":)" + uri + "}";
}

} // namespace

TEST_CASE("Discovery_NotAnObject")
{
	for (const char *text : {"", " ", "null", "true", "1", "\"text\"", "[]", "[{}]", "<html>", "{",
							 "{\"issuer\":", "{}{}", "\xef\xbb\xbf{}", "{\"a\":\"\xff\"}"}) {
		CAPTURE(text);
		CHECK(Read(text) == Status::kDiscoveryJson);
	}
	std::string whole = WithUri("\"https://issuer.example/keys\"");
	REQUIRE(Read(whole) == Status::kOk);
	for (size_t len = 0; len < whole.size(); len++)
		CHECK(Read(whole.substr(0, len)) == Status::kDiscoveryJson);
	CHECK(Read(std::string(200, '[') + std::string(200, ']')) == Status::kDiscoveryJson);
}

TEST_CASE("Discovery_MemberTwice")
{
	CHECK(Read(R"({"issuer":"https://evil.example/","issuer":"https://issuer.example/",)"
			   R"("jwks_uri":"https://evil.example/keys"})") == Status::kDiscoveryJson);
	CHECK(Read(R"({"issuer":"https://issuer.example/","jwks_uri":"https://a.example",)"
			   R"("jwks_uri":"https://b.example"})") == Status::kDiscoveryJson);
}

TEST_CASE("Discovery_OtherIssuer")
{
	for (const char *issuer :
		 {R"("https://issuer.example")", R"("https://issuer.example//")",
		  R"("https://ISSUER.example/")", R"("http://issuer.example/")",
		  R"("https://issuer.example/ ")", R"("https://issuer.example/x")", R"("")", "null", "1",
		  R"(["https://issuer.example/"])", R"({"a":"https://issuer.example/"})"}) {
		CAPTURE(issuer);
		CHECK(Read(WithIssuer(issuer)) == Status::kDiscoveryIssuer);
	}
	CHECK(Read(R"({"jwks_uri":"https://issuer.example/keys"})") == Status::kDiscoveryIssuer);
	CHECK(Read(R"({"a":{"issuer":"https://issuer.example/"}})") == Status::kDiscoveryIssuer);
}

TEST_CASE("Discovery_NoUri")
{
	for (const char *uri : {R"("")", "null", "1", "[]", R"(["https://a.example"])",
							R"("https://a.example/k\n")", R"("https://a.example/ k")",
							R"("https://a.example/\u00e9")", R"("https://a.example/\u007f")"}) {
		CAPTURE(uri);
		CHECK(Read(WithUri(uri)) == Status::kDiscoveryUri);
	}
	CHECK(Read(R"({"issuer":"https://issuer.example/"})") == Status::kDiscoveryUri);
}

TEST_CASE("Discovery_Found")
{
	JsonDocument document;
	std::string_view uri;
	REQUIRE(ParseDiscovery(R"({"a":{"jwks_uri":"x"},"jwks_uri":"https:\/\/k.example/\u006b?a=b",)"
						   R"("issuer":"https:\/\/issuer.example\/","jwks_uri2":1})",
						   kIssuer, &document, &uri) == Status::kOk);
	CHECK(uri == "https://k.example/k?a=b");
}
