// Property: a configuration is accepted only for the very issuer that it names, once, and its
// jwks_uri is printable ASCII; it is refused for every other issuer; both entries agree; what is
// refused yields no address. A configuration written from what was read is read as the same.
//
// Input: issuer, line feed, document.
#include "property.hpp"

#include "core/discovery.hpp"
#include "core/session.hpp"

#include <algorithm>
#include <string>

using namespace session_jwt;

namespace {

void
CheckAccepted(const JsonDocument &document, std::string_view issuer, std::string_view uri)
{
	size_t named = 0;
	const JsonNode &root = document.root();
	const JsonNode *member = document.NextChild(root, nullptr);
	for (; member != nullptr; member = document.NextChild(root, member)) {
		if (member->name == "issuer" || member->name == "jwks_uri") {
			named++;
			Must(member->text == (member->name == "issuer" ? issuer : uri), "as named");
		}
	}
	Must(named == 2, "each named once");
	Must(!uri.empty() &&
			 std::all_of(uri.begin(), uri.end(), [](char c) { return c > 32 && c < 127; }),
		 "printable ASCII");
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static JsonDocument document; // kept, as the port keeps its own
	std::string_view text = Text(data, size);
	const std::string issuer(text.substr(0, text.find('\n')));
	text.remove_prefix(std::min(issuer.size() + 1, text.size()));

	std::string_view uri = "untouched";
	const Status status = ParseDiscovery(text, issuer, &document, &uri);
	const Discovery port = ReadDiscovery(text, issuer);
	Must(port.status == status, "both entries agree");
	if (status != Status::kOk) {
		Must(uri == "untouched" && port.jwks_uri.empty(), "a refusal yields no address");
		return 0;
	}
	const std::string address(uri);
	Must(port.jwks_uri == address, "both entries agree");
	CheckAccepted(document, issuer, address);

	const Status other = ParseDiscovery(text, issuer + "/", &document, &uri);
	Must(other == Status::kDiscoveryIssuer, "not for another issuer");
	if (address.find_first_of("\"\\") == address.npos &&
		issuer.find_first_of("\"\\") == issuer.npos &&
		std::all_of(issuer.begin(), issuer.end(), [](char c) { return c < 0 || c >= 32; })) {
		const std::string anew =
			R"({"jwks_uri":")" + address + R"(","x":[{}],"issuer":")" + issuer + "\"}";
		Must(ParseDiscovery(anew, issuer, &document, &uri) == Status::kOk && uri == address,
			 "anew");
	}
	return 0;
}
