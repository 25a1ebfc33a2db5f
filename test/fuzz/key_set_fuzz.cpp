// Property: a set that is accepted has a usable key and no private one; a key that cannot be used
// verifies nothing; what strict reading accepts, lenient reading accepts; OpenSSL's queue is empty.
#include "property.hpp"

#include "core/key_set.hpp"

#include <openssl/err.h>

using namespace session_jwt;

namespace {

void
CheckKeys(const KeySet &set, bool accepted)
{
	bool any = false;
	for (const Jwk &jwk : set.keys()) {
		const bool usable = jwk.key != nullptr;
		any = any || usable;
		Must(usable == (jwk.algorithms != 0), "a key has algorithms");
		Must(!usable || jwk.status == Status::kOk, "a usable key is a good one");
		Must(!usable || (jwk.algorithms & ~jwk.key->algorithms()) == 0, "algorithms of its type");
		Must(!usable || jwk.thumbprint.size() == 43, "thumbprint");
		Must(!accepted || jwk.status != Status::kJwkPrivate, "no private key");
		if (usable) {
			for (int i = 0; i < kNumAlgorithms; i++) {
				const Status status =
					jwk.key->Verify(static_cast<Algorithm>(i), "x", std::string(64, '\0'));
				Must(status != Status::kOk, "zeros are no signature");
			}
		}
	}
	Must(any == accepted, "accepted if and only if a key is usable");
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0) {
		return 0;
	}
	JwkRules rules;
	rules.allow_hmac = data[0] & 1;
	rules.ignore_usage = data[0] & 2;
	const std::string_view text = Text(data + 1, size - 1);
	int bad_key = -1;
	KeySet lenient;
	KeySet strict;
	const bool accepted = lenient.Parse(text, rules, false, &bad_key) == Status::kOk;
	CheckKeys(lenient, accepted);
	const bool strictly = strict.Parse(text, rules, true, &bad_key) == Status::kOk;
	CheckKeys(strict, strictly);
	Must(accepted || !strictly, "strict is stricter");
	Must(ERR_peek_error() == 0, "OpenSSL's error queue is empty");
	return 0;
}
