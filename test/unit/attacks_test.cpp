// Runs the table of attacks, and finds the statuses that no attack and no other table asserts.
#include "catch.hpp"
#include "attack_table.hpp"

#include "core/verification.hpp"

#include <set>

#include <openssl/err.h>

namespace session_jwt {

Status
AtRegistry(std::string_view token)
{
	return Present(TestRow(PublicSet()), token).status;
}

Status
AtHmac(std::string_view token)
{
	std::string keys = PublicSet();
	keys.insert(keys.find('[') + 1, Keys().hs.Jwk(Kid("hs")) + ",");
	TestRow row(keys);
	row.algorithms = {"HS256", "RS256"};
	return Present(row, token).status;
}

Status
AtConnection(std::string_view token, const TestKey &key)
{
	ConnectionKey connection;
	const Outcome read = ReadConnectionKey(key.Jwk(), &connection);
	if (read.status != Status::kOk) {
		return read.status;
	}
	connection.highest_jti = 5;
	Verification verification;
	TokenOutcome out;
	return verification.Connection(token, connection, kNow, Presentation{}, &out);
}

Status
AtWrite(std::string_view jwks)
{
	return CheckIssuerRow(TestRow(std::string(jwks)).View()).status;
}

namespace {

const std::span<const Attack> kTables[] = {ShapeAttacks(),   HeaderAttacks(), SignatureAttacks(),
										   PayloadAttacks(), KeyAttacks(),    ConnectionAttacks()};

void
RunTable(std::span<const Attack> table)
{
	const std::string good = Keys().ed.Token(Algorithm::kEdDSA, Claims(), Kid("ed"));
	for (const Attack &attack : table) {
		CAPTURE(attack.name, attack.source);
		CHECK(attack.run() == attack.expected);
		CHECK(ERR_peek_error() == 0);
		// A refusal leaves nothing behind that would keep others out, or let them in.
		CHECK(AtRegistry(good) == Status::kOk);
	}
}

// Values that core never returns on its own, each with its reason.
bool
IsElsewhere(Status status)
{
	switch (status) {
	case Status::kOk:
	case Status::kInternal:    // session_test: calls out of order
	case Status::kOutOfMemory: // allocation_test
	case Status::kTokenTooLong:
	case Status::kIssuerUnknown:
	case Status::kIssuerStale:
	case Status::kRequiredClaims: // these four are found in src/pg
		return true;
	default:
		return false;
	}
}

} // namespace

TEST_CASE("AttackShapeIsRefused")
{
	RunTable(ShapeAttacks());
}

TEST_CASE("AttackHeaderIsRefused")
{
	RunTable(HeaderAttacks());
}

TEST_CASE("AttackSignatureIsRefused")
{
	RunTable(SignatureAttacks());
}

TEST_CASE("AttackPayloadIsRefused")
{
	RunTable(PayloadAttacks());
}

TEST_CASE("AttackKeyIsRefused")
{
	RunTable(KeyAttacks());
}

TEST_CASE("AttackConnectionIsRefused")
{
	RunTable(ConnectionAttacks());
}

TEST_CASE("EveryStatusIsAsserted")
{
	std::set<int> asserted;
	for (const std::span<const Attack> &table : kTables) {
		for (const Attack &attack : table) {
			CHECK(attack.expected != Status::kOk);
			asserted.insert(static_cast<int>(attack.expected));
		}
	}
	// kDiscoveryUri is the last value of the enumeration.
	for (int i = 0; i <= static_cast<int>(Status::kDiscoveryUri); i++) {
		CAPTURE(i);
		CHECK((asserted.count(i) == 1) != IsElsewhere(static_cast<Status>(i)));
	}
}

// The tables are worth something only if what they start from is accepted.
TEST_CASE("AttackBaselineIsAccepted")
{
	const TestKeys &keys = Keys();
	CHECK(AtRegistry(keys.rsa.Token(Algorithm::kRS256, Claims(), Kid("rsa"))) == Status::kOk);
	CHECK(AtRegistry(keys.es256.Token(Algorithm::kES256, Claims(), Kid("es256"))) == Status::kOk);
	CHECK(AtRegistry(keys.es384.Token(Algorithm::kES384, Claims(), Kid("es384"))) == Status::kOk);
	CHECK(AtRegistry(keys.es512.Token(Algorithm::kES512, Claims(), Kid("es512"))) == Status::kOk);
	CHECK(AtRegistry(keys.ed.Token(Algorithm::kEdDSA, Claims(), Kid("ed"))) == Status::kOk);
	CHECK(AtHmac(keys.hs.Token(Algorithm::kHS256, Claims(), Kid("hs"))) == Status::kOk);
	CHECK(AtHmac(keys.rsa.Token(Algorithm::kRS256, Claims(), Kid("rsa"))) == Status::kOk);
	CHECK(AtConnection(keys.ed.Token(Algorithm::kEdDSA, "{\"jti\":6}")) == Status::kOk);
	CHECK(AtConnection(keys.rsa.Token(Algorithm::kRS256, "{}"), keys.rsa) == Status::kOk);
	CHECK(AtConnection(keys.es256.Token(Algorithm::kES256, "{}"), keys.es256) == Status::kOk);
	CHECK(AtWrite(PublicSet()) == Status::kOk);
}

} // namespace session_jwt
