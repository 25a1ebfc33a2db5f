// JWK Sets that are read as tokens ask for their keys: nothing but the time differs from reading
// all of them at once.
#include "catch.hpp"
#include "tokens.hpp"

#include "core/issuer.hpp"

#include <vector>

namespace session_jwt {

namespace {

constexpr JwkRules kHmacAllowed = {true, false};

// The first coordinates of a key with the second of another: no point of the curve.
std::string
OffCurve(std::string_view kid)
{
	const std::string good = Keys().es256.Jwk(kid);
	const std::string other = Keys().other_es256.Jwk(kid);
	const size_t y = good.find("\"y\":");
	return good.substr(0, y) + other.substr(other.find("\"y\":"));
}

std::vector<std::string>
Sets()
{
	const TestKeys &keys = Keys();
	const std::string zero =
		R"({"kty":"OKP","crv":"Ed25519","kid":"a","x":")" + std::string(43, 'A') + "\"}";
	const std::string secret = TestKey::Hmac(64).Jwk(Kid("a"));
	return {
		PublicSet(),
		keys.rsa.Jwk(Kid("a")),
		keys.rsa.Jwk(R"("use":"enc")"),
		OffCurve(Kid("a")),
		zero,
		R"({"keys":[]})",
		R"({"keys":{}})",
		R"({"keys":[],"keys":[]})",
		R"({"keys":[7,null,{}]})",
		"",
		"{}",
		"[]",
		JwkSet({keys.rsa.Jwk(Kid("a")), keys.rsa.Jwk(Kid("b") + R"(,"d":"AA")")}),
		JwkSet({OffCurve(Kid("a")), keys.es256.Jwk(Kid("a")), zero}),
		JwkSet({OffCurve(Kid("a")), zero, keys.rsa.Jwk(R"("use":"enc")")}),
		JwkSet({OffCurve(Kid("b")), keys.es256.Jwk(), keys.ed.Jwk(Kid("a"))}),
		JwkSet({keys.es256.Jwk(Kid("a")), keys.other_es256.Jwk(Kid("b")), secret}),
		JwkSet({keys.ed.Jwk(R"("kid":"b","kid":"a")"), keys.other_ed.Jwk(R"("kid":7)")}),
		JwkSet({keys.ed.Jwk(Kid("a")), keys.ed.Jwk(Kid("a")), keys.ed.Jwk(Kid("a")),
				keys.ed.Jwk(Kid("a")), keys.ed.Jwk(Kid("a"))}),
		JwkSet({secret, TestKey::Hmac(20).Jwk(Kid("b"))}),
	};
}

// What a set has for a token, read at once.
Status
Expected(const std::string &text, const JwkRules &rules, Algorithm alg, const char *kid,
		 size_t *count)
{
	KeySet set;
	int bad_key;
	KeySet::Candidates found;
	if (set.Parse(text, rules, false, &bad_key) != Status::kOk) {
		*count = 0;
		return Status::kIssuerNoKeys;
	}
	Status status = set.Select(alg, kid != nullptr, kid != nullptr ? kid : "", &found);
	*count = found.count;
	return status;
}

// The same, of a set that was loaded, as Verification does it.
Status
Loaded(KeySet *set, Algorithm alg, const char *kid, size_t *count)
{
	KeySet::Candidates found;
	CHECK(set->Read(kid != nullptr, kid != nullptr ? kid : "") == Status::kOk);
	Status status = set->Select(alg, kid != nullptr, kid != nullptr ? kid : "", &found);
	*count = found.count;
	return status == Status::kOk || set->HasUsable() ? status : Status::kIssuerNoKeys;
}

constexpr Algorithm kAlgorithms[] = {Algorithm::kRS256, Algorithm::kPS256, Algorithm::kES256,
									 Algorithm::kEdDSA, Algorithm::kHS256, Algorithm::kHS512};
constexpr const char *kKids[] = {nullptr, "a", "b", "rsa", "es256", "", "none"};

} // namespace

TEST_CASE("KeySetLoadedFindsWhatParsedFinds")
{
	for (const std::string &text : Sets()) {
		for (const JwkRules &rules : {JwkRules{}, kHmacAllowed}) {
			KeySet kept;
			const Status loaded = kept.Load(text, rules);
			for (Algorithm alg : kAlgorithms) {
				for (const char *kid : kKids) {
					CAPTURE(text, rules.allow_hmac, alg, kid);
					size_t expected_count;
					size_t count;
					const Status expected = Expected(text, rules, alg, kid, &expected_count);
					if (loaded != Status::kOk) {
						CHECK(expected == Status::kIssuerNoKeys);
						CHECK(kept.keys().empty());
						continue;
					}
					// A set that was asked before, and one that was not.
					KeySet fresh;
					REQUIRE(fresh.Load(text, rules) == Status::kOk);
					CHECK(Loaded(&fresh, alg, kid, &count) == expected);
					CHECK(count == expected_count);
					CHECK(Loaded(&kept, alg, kid, &count) == expected);
					CHECK(count == expected_count);
				}
			}
		}
	}
}

TEST_CASE("KeySetLoadMakesTheKeysThatAreMeant")
{
	KeySet set;
	auto made = [&] {
		std::string kids;
		for (const Jwk &jwk : set.keys()) {
			kids += jwk.key != nullptr ? jwk.kid + " " : "";
		}
		return kids;
	};
	REQUIRE(set.Load(PublicSet(), {}) == Status::kOk);
	CHECK(set.is_set());
	CHECK(made().empty());
	CHECK(set.Read(true, "none") == Status::kOk);
	CHECK(made().empty());
	CHECK(set.Read(true, "es256") == Status::kOk);
	CHECK(made() == "es256 ");
	CHECK(set.HasUsable());
	CHECK(made() == "es256 ");
	CHECK(set.Read(false, "") == Status::kOk);
	CHECK(made() == "rsa es256 es384 es512 ed ");

	REQUIRE(set.Load(PublicSet(), {}) == Status::kOk);
	CHECK(set.HasUsable());
	CHECK(made() == "rsa ");
}

// Keys stay where they are while others are read: candidates point to them.
TEST_CASE("KeySetReadKeepsKeys")
{
	KeySet set;
	KeySet::Candidates before;
	KeySet::Candidates after;
	REQUIRE(set.Load(PublicSet(), {}) == Status::kOk);
	REQUIRE(set.Read(true, "ed") == Status::kOk);
	REQUIRE(set.Select(Algorithm::kEdDSA, true, "ed", &before) == Status::kOk);
	REQUIRE(set.Read(false, "") == Status::kOk);
	REQUIRE(set.Select(Algorithm::kEdDSA, true, "ed", &after) == Status::kOk);
	CHECK(before.keys[0] == after.keys[0]);
}

TEST_CASE("KeySetLoadRefusesAPrivateKeyAtOnce")
{
	const std::string bad = Keys().rsa.Jwk(R"("d":"AA","use":"enc")");
	KeySet set;
	for (const std::string &text : {JwkSet({Keys().ed.Jwk(), bad}), JwkSet({bad}), bad}) {
		CHECK(set.Load(text, {}) == Status::kJwkPrivate);
		CHECK(set.keys().empty());
		CHECK_FALSE(set.HasUsable());
	}
	std::string many = "{\"keys\":[" + Keys().ed.Jwk();
	for (size_t i = 0; i < kMaxKeys; i++) {
		many += ",{}";
	}
	CHECK(set.Load(many + "]}", {}) == Status::kJwkSetTooMany);
	CHECK(set.keys().empty());
}

// A row whose keys all turn out to be unusable is told as one without keys, whatever the token.
TEST_CASE("RowOfUnusableKeysHasNone")
{
	const TestKeys &keys = Keys();
	const TestRow row(JwkSet({OffCurve(Kid("es256")), keys.rsa.Jwk(R"("kid":"rsa","use":"enc")")}));
	auto status = [&](const TestKey &key, Algorithm alg, std::string_view extra) {
		return Present(row, key.Token(alg, Claims(), extra)).status;
	};
	CHECK(status(keys.es256, Algorithm::kES256, Kid("es256")) == Status::kIssuerNoKeys);
	CHECK(status(keys.es256, Algorithm::kES256, Kid("none")) == Status::kIssuerNoKeys);
	CHECK(status(keys.rsa, Algorithm::kRS256, Kid("rsa")) == Status::kIssuerNoKeys);
	CHECK(status(keys.rsa, Algorithm::kRS256, "") == Status::kIssuerNoKeys);
	CHECK(status(keys.hs, Algorithm::kHS256, "") == Status::kIssuerNoKeys); // not allowed either
}

} // namespace session_jwt
