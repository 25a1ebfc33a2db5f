// Property of the port as src/pg uses it, with rows, keys and tokens of any content: a token is
// accepted only if its first two parts are, byte for byte, what a key of its issuer's row (or the
// connection's key) signed, with an algorithm that row and header name, for an audience of the row,
// and in its time; asked again, the answer is the same, also where the signature is remembered.
// What is refused leaves issuers, connection key and highest jti as they were, and says nothing but
// the reason. OpenSSL's error queue is empty after every command.
//
// Input: commands, one a line (script.hpp); the corpus shows them.
#include "accepted.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include <openssl/err.h>

using namespace session_jwt;

namespace {

// Rows that were loaded, by their issuers.
using Rows = std::map<std::string, Script>;

struct Run {
	Script script;
	Rows rows;
	std::string connection_jwk; // as it was taken
};

void
Reset()
{
	State &state = TheState();
	state.connection = ConnectionKey();
	state.issuers.clear();
	state.open_keys = KeySet();
	(void)ReadClaims("null");
}

void
PresentToIssuer(Run *run)
{
	const std::string token = run->script.token;
	const TokenIssuer hint = ReadTokenIssuer(token);
	if (hint.status != Status::kOk) {
		Must(hint.issuer.empty(), "no issuer of what is malformed");
		Must(VerifyIssuerToken(run->script.issuer, run->script.now, true).status != Status::kOk,
			 "nothing is left of what is malformed");
		return;
	}
	const std::string issuer(hint.issuer);
	const IssuerState before = FindIssuer(issuer);
	const auto row = run->rows.find(issuer);
	Must(before.is_known == (row != run->rows.end()), "rows that were loaded are known");
	for (const auto &[name, unused] : run->rows) {
		Must(name == issuer || VerifyIssuerToken(name, run->script.now, true).status != Status::kOk,
			 "not for another issuer, even remembered");
	}
	const TokenOutcome out = VerifyIssuerToken(issuer, run->script.now, false);
	Must(FindIssuer(issuer).version == before.version, "issuer unchanged");
	uint8_t digest[32] = {};
	uint8_t again[32] = {};
	Must(TokenDigest(issuer, digest) == before.is_known, "a known issuer has digests");
	if (out.status != Status::kOk) {
		MustSayNothing(out);
		Must(IsSame(VerifyIssuerToken(issuer, run->script.now, false), out), "refused again");
		return;
	}
	Must(row != run->rows.end(), "accepted for a known issuer");
	const std::string claims(out.claims);
	CheckSigned(run->script, row->second.jwks, row->second.algorithms, claims, true);
	CheckClaims(row->second, claims, run->script.now, issuer);
	Must(run->script.now >= out.valid_from && run->script.now <= out.valid_until, "in its window");
	Must(ReadTokenIssuer(token).issuer == issuer, "the same issuer");
	const TokenOutcome known = VerifyIssuerToken(issuer, run->script.now, true);
	Must(IsSame(known, out) && known.claims == claims, "a remembered signature changes nothing");
	Must(TokenDigest(issuer, again) && std::memcmp(digest, again, sizeof digest) == 0, "digest");
}

void
PresentToConnection(Run *run, Presentation presentation)
{
	const std::string token = run->script.token;
	const int64_t mark = HighestJti();
	const TokenOutcome out = VerifyConnectionToken(token, run->script.now, presentation);
	if (out.status != Status::kOk) {
		MustSayNothing(out);
		Must(HighestJti() == mark, "the mark stands");
		return;
	}
	Must(!run->connection_jwk.empty(), "accepted only with a key");
	CheckSigned(run->script, run->connection_jwk, "", std::string(out.claims), false);
	Must(!out.is_ordered || presentation.is_accepted || out.jti > mark, "jti rises");
	Must(HighestJti() == std::max(mark, out.is_ordered ? out.jti : mark), "the mark moves");
	Must(run->script.now >= out.valid_from && run->script.now <= out.valid_until, "in its window");
	const TokenOutcome again =
		VerifyConnectionToken(token, run->script.now, Presentation{true, true});
	Must(IsSame(again, out), "accepted again");
	const Status anew = VerifyConnectionToken(token, run->script.now, Presentation{}).status;
	Must(anew == (out.is_ordered ? Status::kJtiOrder : Status::kOk), "not anew, if ordered");
}

void
LoadKey(Run *run, std::string_view text)
{
	const std::string jwk = Expand(text);
	uint8_t before[32] = {};
	uint8_t after[32] = {};
	const bool had = ConnectionDigest("x", before);
	const Status status = LoadConnectionKey(jwk).status;
	const bool has = ConnectionDigest("x", after);
	Must(has == (had || status == Status::kOk), "a key that was taken is there");
	Must(!had || (status == Status::kOk && std::memcmp(before, after, sizeof before) == 0),
		 "a key that is there stays");
	if (!had && has) {
		run->connection_jwk = jwk;
	}
}

void
LoadRow(Run *run)
{
	const RowView view(run->script);
	const IssuerState before = FindIssuer(run->script.issuer);
	const Outcome out = LoadIssuer(view.row, RowTag{1, 2}, 3);
	const IssuerState after = FindIssuer(run->script.issuer);
	if (out.status == Status::kOk) {
		Must(after.is_known && after.version > before.version, "a row that is taken is new");
		Must(after.tag == RowTag{1, 2} && after.checked == 3, "tag");
		run->rows.insert_or_assign(run->script.issuer, run->script);
	} else {
		Must(after.is_known == before.is_known && after.version == before.version, "row refused");
	}
}

void
CheckRow(const Script &script)
{
	const RowView view(script);
	const Status strict = CheckIssuerRow(view.row).status;
	const Status lenient = OpenKeySet(view.row).status;
	Must(strict != Status::kOk || lenient == Status::kOk, "strict is stricter");
	bool any = false;
	for (size_t i = 0; DescribeKey(i).is_found; i++) {
		const KeyReport report = DescribeKey(i);
		any = any || report.status == Status::kOk;
		Must(report.status != Status::kOk || report.thumbprint.size() == 43, "thumbprint");
	}
	Must(strict != Status::kOk || any || script.jwks.empty(), "a row that is good has a key");
}

void
Forget(Run *run)
{
	ForgetIssuer(run->script.issuer);
	run->rows.erase(run->script.issuer);
	Must(!FindIssuer(run->script.issuer).is_known, "forgotten");
}

void
Confirm(const Script &script)
{
	const IssuerState before = FindIssuer(script.issuer);
	ConfirmIssuer(script.issuer, 7);
	const IssuerState after = FindIssuer(script.issuer);
	Must(after.is_known == before.is_known && after.version == before.version, "same keys");
	Must(!after.is_known || after.checked == 7, "confirmed");
}

void
Unsigned(const std::string &text)
{
	const TokenOutcome out = ReadClaims(text);
	Must(out.status == Status::kOk ? out.claims == text : out.claims.empty(), "claims as given");
	Must(VerifyIssuerToken(kIssuer, kNow, true).status != Status::kOk,
		 "unsigned claims are no token");
}

void
Address(Run *run, std::string_view text)
{
	const Discovery out = ReadDiscovery(text, run->script.issuer);
	Must((out.status == Status::kOk) == !out.jwks_uri.empty(), "an address if and only if good");
	uint8_t uuid[16];
	Must(!ReadUuid(text, uuid) || text.size() >= 32, "a UUID has 32 digits");
}

// Set changes the row that is being written, or the clock. It returns false for another word.
bool
Set(Script *script, std::string_view word, std::string_view text)
{
	if (word == "issuer") {
		script->issuer = text;
	} else if (word == "jwks") {
		script->jwks = Expand(text);
	} else if (word == "audiences") {
		script->audiences = text;
	} else if (word == "claim") {
		script->audience_claim = text;
	} else if (word == "algorithms") {
		script->algorithms = text;
	} else if (word == "path") {
		script->path = text;
	} else if (word == "leeway") {
		script->leeway = std::abs(Number(text) % 601); // as the table takes it
	} else if (word == "enabled") {
		script->is_enabled = text != "false";
	} else if (word == "now") {
		script->now = Number(text);
	} else {
		return false;
	}
	return true;
}

// Change alters the token: where, and by what.
void
Change(std::string *token, std::string_view text)
{
	const auto at = static_cast<uint64_t>(Number(Cut(&text, '\t')));
	if (!token->empty()) {
		token->replace(at % token->size(), 1, text);
	}
}

void
Do(Run *run, std::string_view word, std::string_view text)
{
	if (Set(&run->script, word, text)) {
		return;
	}
	if (word == "load") {
		LoadRow(run);
	} else if (word == "check") {
		CheckRow(run->script);
	} else if (word == "confirm") {
		Confirm(run->script);
	} else if (word == "forget") {
		Forget(run);
	} else if (word == "key") {
		LoadKey(run, text);
	} else if (word == "sign") {
		run->script.Sign(text);
	} else if (word == "token") {
		run->script.token = text;
	} else if (word == "change") {
		Change(&run->script.token, text);
	} else if (word == "present") {
		PresentToIssuer(run);
	} else if (word == "connect") {
		PresentToConnection(run, Presentation{text == "accepted", false});
	} else if (word == "raise") {
		RaiseHighestJti(Number(text));
	} else if (word == "claims") {
		Unsigned(std::string(text));
	} else if (word == "address") {
		Address(run, text);
	}
}

// Start asks a port without a state, which knows nothing, and makes the state.
bool
Start()
{
	uint8_t digest[32];
	ForgetIssuer(kIssuer);
	ConfirmIssuer(kIssuer, 1);
	RaiseHighestJti(9);
	Must(!FindIssuer(kIssuer).is_known && HighestJti() == 0, "nothing is known at first");
	Must(!TokenDigest(kIssuer, digest) && !ConnectionDigest("x", digest), "no digest at first");
	const Libraries libraries = LibrariesInUse();
	Must(libraries.ed25519 == Ed25519Backend() && !libraries.openssl.empty() &&
			 !libraries.simdjson.empty(),
		 "libraries have names");
	return SetUp().status == Status::kOk;
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	constexpr int kMaxCommands = 48;
	static const bool is_ready = Start();
	Must(is_ready, "the library verifies what it must");
	std::string_view text = Text(data, size);
	Run run;
	Reset();
	for (int i = 0; i < kMaxCommands && !text.empty(); i++) {
		std::string_view line = Cut(&text, '\n');
		const std::string_view word = Cut(&line, ' ');
		Do(&run, word, line);
		Must(ERR_peek_error() == 0, "OpenSSL's error queue is empty");
	}
	return 0;
}
