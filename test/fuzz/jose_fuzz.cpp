// Property: what core says of a signature, jose says: another JOSE library, which reads JSON with
// jansson and decodes base64url by itself. What core accepts jose accepts. What jose accepts of a
// token that was changed, or signed with a header of any content, core accepts, but for the rules
// that IsStricter names, none of which is about the signature.
//
// jose does no EdDSA; ed25519_fuzz compares three other libraries.
//
// Input: algorithm; flags; then, by the flags, a header and a payload to sign, or changes to the
// token, to its signature's bytes, or to the key, of four bytes each.
#include "jose.hpp"
#include "property.hpp"
#include "tokens.hpp"

#include "core/base64url.hpp"
#include "core/key_set.hpp"
#include "core/token.hpp"

#include <algorithm>
#include <vector>

using namespace session_jwt;

namespace {

enum Flag : uint8_t { kOtherKey = 1, kChangeKey = 2, kSign = 4, kChangeSignature = 8 };

struct Sample {
	Algorithm alg;
	const TestKey &key;
	const TestKey &other;
	std::string token;
};

Sample
MakeSample(Algorithm alg)
{
	const TestKeys &keys = Keys();
	const bool is_rsa = (Bit(alg) & kRsaAlgorithms) != 0;
	const bool is_hmac = (Bit(alg) & kHmacAlgorithms) != 0;
	const TestKey &ec = alg == Algorithm::kES256   ? keys.es256
						: alg == Algorithm::kES384 ? keys.es384
												   : keys.es512;
	const TestKey &key = is_rsa ? keys.rsa : is_hmac ? keys.hs : ec;
	const TestKey &other = is_rsa ? keys.other_rsa : is_hmac ? keys.other_hs : keys.other_es256;
	return {alg, key, other, key.Token(alg, Claims(), Kid("a"))};
}

// The algorithms from RS256 on.
const Sample &
SampleAt(unsigned index)
{
	static const std::vector<Sample> samples = [] {
		std::vector<Sample> made;
		for (int i = static_cast<int>(Algorithm::kRS256); i < kNumAlgorithms; i++) {
			made.push_back(MakeSample(static_cast<Algorithm>(i)));
		}
		return made;
	}();
	return samples[index % samples.size()];
}

void
Change(std::string *text, std::string_view changes)
{
	const auto byte = [&](size_t i) { return static_cast<unsigned char>(changes[i]); };
	for (; changes.size() >= 4 && !text->empty(); changes.remove_prefix(4)) {
		const size_t at = (byte(1) * size_t{256} + byte(2)) % text->size();
		if (byte(0) % 3 == 0) {
			(*text)[at] = static_cast<char>((*text)[at] ^ byte(3));
		} else if (byte(0) % 3 == 1) {
			text->insert(at, 1, changes[3]);
		} else {
			text->erase(at, byte(3));
		}
	}
}

// Ours is core's verdict on a signature.
struct Ours {
	Status status = Status::kInternal;
	JsonDocument key;
	JsonDocument header;
};

void
Ask(const std::string &jwk, const CompactToken &parts, Ours *out)
{
	JwkRules rules;
	rules.allow_hmac = true;
	std::string buffer;
	std::string signature;
	int bad_key = -1;
	Header header;
	KeySet set;
	KeySet::Candidates candidates;
	(void)out->key.Parse(jwk);
	out->status = set.Parse(jwk, rules, true, &bad_key);
	if (out->status == Status::kOk) {
		out->status = ParseHeader(parts.header, &out->header, &buffer, &header);
	}
	if (out->status == Status::kOk && !header.has_alg) {
		out->status = Status::kAlgorithmMissing;
	}
	if (out->status == Status::kOk && (!DecodeBase64Url(parts.signature, &signature))) {
		out->status = Status::kSignatureEncoding;
	}
	if (out->status == Status::kOk && !DecodeBase64Url(parts.payload, &buffer)) {
		out->status = Status::kPayloadEncoding;
	}
	if (out->status == Status::kOk) {
		out->status = set.Select(header.alg, header.has_kid, header.kid, &candidates);
	}
	if (out->status == Status::kOk) {
		out->status = candidates.keys[0]->Verify(header.alg, parts.signing_input, signature);
	}
	Must(ERR_peek_error() == 0, "OpenSSL's error queue is empty");
}

// IsStricter reports whether core refused for a rule that jose does not have, which `header` and
// the key's own members, as jansson reads them, must bear out:
// - crit is refused whatever it names (RFC 7515 section 4.1.11 lets one understand extensions);
// - b64 is understood by neither: jose ignores it, core wants it absent or true (RFC 7797);
// - a member twice, which RFC 7515 section 4 lets one refuse: jansson takes the last;
// - kid is a string (section 4.1.4), and chooses the key: jose is handed the key, and ignores it;
// - JSON is nested at most kMaxJsonDepth deep, and has no number beyond PostgreSQL's numeric;
// - it has no NUL (RFC 8259 section 2), over which jansson reads where it follows a number.
bool
IsStricter(Status status, std::string_view header_text, const std::string &jwk)
{
	const Json header(header_text);
	const Json key(jwk);
	const json_t *b64 = header["b64"];
	const json_t *kid = header["kid"];
	switch (status) {
	case Status::kHeaderCritical:
		return header["crit"] != nullptr;
	case Status::kHeaderB64:
		return b64 != nullptr && !json_is_true(b64);
	case Status::kHeaderDuplicate:
		return Json(header_text, JSON_REJECT_DUPLICATES).get() == nullptr;
	case Status::kHeaderType:
		return kid != nullptr && !json_is_string(kid);
	case Status::kHeaderJson:
		return Depth(header.get()) > kMaxJsonDepth || HasExtremeNumber(header_text) ||
			   header_text.find('\0') != header_text.npos;
	case Status::kKeyUnknown:
		return json_is_string(kid) && json_equal(kid, key["kid"]) == 0;
	default:
		return false;
	}
}

void
Compare(const std::string &jwk, const std::string &token, bool is_key_changed)
{
	CompactToken parts;
	Ours ours;
	if (SplitToken(token, &parts) != Status::kOk) {
		return;
	}
	Ask(jwk, parts, &ours);
	const bool theirs = JoseAccepts(jwk, parts);
	if (ours.status == Status::kOk) {
		Must(theirs || HasHugeNumber(ours.key) || HasHugeNumber(ours.header),
			 "jose accepts what core accepts");
	} else if (theirs && !is_key_changed) {
		// What a key must be is core's own affair: jose does not look at kty with HMAC, nor at
		// private or repeated members, or the size of an exponent.
		std::string header;
		(void)DecodeBase64Url(parts.header, &header);
		Must(IsStricter(ours.status, header, jwk), "core accepts what jose accepts");
	}
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2) {
		return 0;
	}
	const Sample &sample = SampleAt(data[0]);
	const std::string_view rest = Text(data + 2, size - 2);
	std::string jwk = (data[1] & kOtherKey ? sample.other : sample.key).Jwk(Kid("a"));
	std::string token = sample.token;
	if ((data[1] & kSign) != 0) {
		const size_t end = std::min(rest.find('\n'), rest.size());
		token = SignedParts(sample.key, sample.alg, rest.substr(0, end),
							rest.substr(std::min(end + 1, rest.size())));
	} else if ((data[1] & kChangeKey) != 0) {
		Change(&jwk, rest);
	} else if ((data[1] & kChangeSignature) != 0) {
		std::string signature = FromBase64Url(std::string_view(token).substr(token.rfind('.') + 1));
		Change(&signature, rest);
		token = WithSignature(token, signature);
	} else {
		Change(&token, rest);
	}
	Compare(jwk, token, (data[1] & kChangeKey) != 0);
	return 0;
}
