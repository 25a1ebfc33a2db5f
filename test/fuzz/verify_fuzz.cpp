// Property of the whole sequence: a token is accepted only if header and payload are, byte for
// byte, what a key of the row (or the connection's) signed, and only at its time; an unchanged
// token is accepted then; a refusal changes no state; OpenSSL's error queue is empty.
//
// Input: token, keys of the row, time, flags, then changes of four bytes each; a change may take
// all that follows as a new part.
#include "originals.hpp"
#include "property.hpp"

#include "core/base64url.hpp"

#include <algorithm>

#include <openssl/err.h>

using namespace session_jwt;

namespace {

// Part returns where the part `index` of `token` is, from its first byte to behind its last.
std::pair<size_t, size_t>
Part(const std::string &token, int index)
{
	size_t begin = 0;
	for (int i = 0; i < index && token.find('.', begin) != std::string::npos; i++) {
		begin = token.find('.', begin) + 1;
	}
	return {begin, std::min(token.find('.', begin), token.size()) - begin};
}

void
Change(std::string *token, std::string_view text)
{
	const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
	while (text.size() >= 4 && !token->empty()) {
		const size_t at = (byte(1) * size_t{256} + byte(2)) % token->size();
		const auto [begin, len] = Part(*token, byte(1) % 3);
		const std::string &other = Originals()[byte(2) % Originals().size()].token;
		const auto [other_begin, other_len] = Part(other, byte(1) % 3);
		const std::string_view rest = text.substr(4);
		switch (byte(0) % 6) {
		case 0:
			(*token)[at] = static_cast<char>((*token)[at] ^ byte(3));
			break;
		case 1:
			token->insert(at, 1, text[3]);
			break;
		case 2:
			token->erase(at, byte(3));
			break;
		case 3:
			token->replace(begin, len, other, other_begin, other_len);
			break;
		case 4:
			token->replace(begin, len, EncodeBase64Url(rest));
			return;
		default:
			token->replace(begin, len, rest);
			return;
		}
		text = rest;
	}
}

// CheckAccepted finds the original that was accepted.
void
CheckAccepted(const std::string &token, int mask, bool in_time, std::string_view claims)
{
	const std::string_view input = std::string_view(token).substr(0, token.rfind('.'));
	Must(in_time, "accepted in time");
	for (const Original &original : Originals()) {
		if (original.signing_input() == input && (mask & 1 << original.key) != 0) {
			Must(claims == original.payload, "claims as signed");
			return;
		}
	}
	Must(false, "accepted only what a key of the row signed");
}

void
AtIssuer(const std::string &token, const Original &original, int mask, int64_t now)
{
	static int loaded = -1;
	if (loaded != mask) {
		Must(LoadIssuer(RowOf(mask).View(), RowTag{}, 0).status == Status::kOk, "row is taken");
		loaded = mask;
	}
	const bool in_time = now >= kFrom - 60 && now < kUntil + 60;
	const uint64_t version = FindIssuer(kIssuer).version;
	(void)ReadTokenIssuer(token);
	const TokenOutcome out = VerifyIssuerToken(kIssuer, now, false);
	if (out.status == Status::kOk) {
		CheckAccepted(token, mask, in_time, out.claims);
	} else {
		Must(out.claims.empty() && out.subject.empty(), "refusal says nothing");
		Must(!in_time || token != original.token || (mask & 1 << original.key) == 0,
			 "unchanged token is accepted");
	}
	Must(FindIssuer(kIssuer).version == version, "issuer unchanged");
}

void
AtConnection(const std::string &token, const Original &original, bool is_accepted, int64_t now)
{
	static const Status loaded = LoadConnectionKey(Keys().ed.Jwk()).status;
	Must(loaded == Status::kOk, "connection key is taken");
	const bool in_time = now >= kFrom - 60 && now <= kUntil + 60;
	const int64_t mark = HighestJti();
	const TokenOutcome out = VerifyConnectionToken(token, now, Presentation{is_accepted, false});
	if (out.status == Status::kOk) {
		CheckAccepted(token, 1, in_time, out.claims);
		Must(is_accepted || out.jti > mark, "jti rises");
		Must(HighestJti() == std::max(mark, out.jti), "mark moves");
	} else {
		Must(HighestJti() == mark, "mark stands");
		Must(!in_time || !is_accepted || token != original.token || original.key != 0,
			 "unchanged token is accepted");
	}
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 5) {
		return 0;
	}
	const Original &original = Originals()[data[0] % Originals().size()];
	const int mask = 1 + data[1] % ((1 << kNumKeys) - 1);
	const int64_t now = kNow + static_cast<int8_t>(data[2]) * (data[3] & 1 ? 1'000'000 : 2);
	std::string token = original.token;
	Change(&token, Text(data + 4, size - 4));
	AtIssuer(token, original, mask, now);
	AtConnection(token, original, (data[3] & 2) != 0, now);
	Must(ERR_peek_error() == 0, "OpenSSL's error queue is empty");
	return 0;
}
