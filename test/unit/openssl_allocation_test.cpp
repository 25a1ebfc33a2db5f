// Every allocation that OpenSSL makes fails once, alone or with all that follow, from the key's JWK
// to the verdict: a forged token is never accepted, a good one is accepted or refused for want of
// memory and for nothing else, OpenSSL's error queue is empty, nothing leaks, and the next call,
// with memory, accepts. Each try runs in a child process. What core itself allocates is in
// allocation_test.cpp.
#include "catch.hpp"
#include "leak_check.hpp"
#include "tokens.hpp"

#include "core/ed25519_backend.hpp"
#include "core/session.hpp"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <sys/wait.h>
#include <unistd.h>

namespace session_jwt {

namespace {

constexpr Presentation kNew{};

// Plan says which of OpenSSL's allocations fails, and whether those after it do, too.
struct Plan {
	long countdown = -1; // allocations that succeed before it; -1: all do
	bool and_all_later = false;
	bool has_failed = false;
};
constinit Plan plan;

bool
MustFail()
{
	if (plan.countdown < 0 || plan.countdown-- > 0) {
		return false;
	}
	if (plan.and_all_later) {
		plan.countdown = 0;
	}
	plan.has_failed = true;
	return true;
}

void *
Allocate(size_t size, const char *, int)
{
	return MustFail() ? nullptr : std::malloc(size);
}

void *
Reallocate(void *memory, size_t size, const char *, int)
{
	return MustFail() ? nullptr : std::realloc(memory, size);
}

void
Free(void *memory, const char *, int)
{
	std::free(memory);
}

// OpenSSL takes them only before its first allocation.
const bool is_replaced = CRYPTO_set_mem_functions(Allocate, Reallocate, Free) == 1;

void
Require(bool condition, const char *what)
{
	if (!condition) {
		std::fprintf(stderr, "not so: %s\n", what);
		std::_Exit(3);
	}
}

// IsMeasured tells the version whose own faults are known, one by one. A later one may call a good
// signature bad for want of memory at more places; 3.5 waits for itself where memory runs out while
// it sets itself up; and 3.6, after memory ran out, once refuses a signature without an error in
// its queue, which core takes for a failure of the library rather than of the token.
bool
IsMeasured()
{
	return OpenSSL_version_num() < 0x30100000;
}

// Step is a way from a key to a verdict. Whatever it has loaded before it uses again, as a backend
// does.
struct Step {
	std::string name;
	std::function<Status()> accepts; // must be kOk when nothing fails
	std::function<Status()> refuses; // must never be kOk
	// OpenSSL 3.0 verifies Ed25519 with two allocations whose failure it calls a bad signature.
	bool may_blame_signature = false;
};

bool
IsForWantOfMemory(Status status)
{
	return status == Status::kOutOfMemory || status == Status::kInternal;
}

Status
Disturb(const std::function<Status()> &call, const Plan &disturbance)
{
	plan = disturbance;
	const Status status = call();
	plan.countdown = -1;
	Require(ERR_peek_error() == 0, "error queue empty");
	return status;
}

// Try returns 0 if nothing failed in this process, and 1 if something did and all is well.
int
Try(const Step &step, bool is_forged, const Plan &disturbance) noexcept
{
	const Status status = Disturb(is_forged ? step.refuses : step.accepts, disturbance);
	if (is_forged) {
		Require(status != Status::kOk, "forged token refused");
	} else if (status != Status::kOk) {
		Require(plan.has_failed &&
					(IsForWantOfMemory(status) ||
					 ((step.may_blame_signature || !IsMeasured()) && status == Status::kSignature)),
				"status");
	}
	const bool has_failed = plan.has_failed;
	Require(step.accepts() == Status::kOk, "accepted afterwards");
	Status refused = step.refuses();
	if (!IsMeasured() && IsForWantOfMemory(refused)) {
		refused = step.refuses();
	}
	Require(refused == Status::kSignature, "forged token refused afterwards");
	Require(ERR_peek_error() == 0, "error queue empty afterwards");
#ifdef SESSION_JWT_LEAK_CHECK
	Require(__lsan_do_recoverable_leak_check() == 0, "no leak");
#endif
	return has_failed ? 1 : 0;
}

// InChild calls `attempt` in a child, and returns whether an allocation failed there.
bool
InChild(const std::function<int()> &attempt)
{
	std::fflush(nullptr);
	const pid_t child = fork();
	REQUIRE(child >= 0);
	if (child == 0) {
		alarm(60); // seconds; a child takes milliseconds
		std::_Exit(attempt());
	}
	int state = 0;
	REQUIRE(waitpid(child, &state, 0) == child);
	REQUIRE(WIFEXITED(state));
	REQUIRE(WEXITSTATUS(state) <= 1);
	return WEXITSTATUS(state) == 1;
}

bool
TryInChild(const Step &step, bool is_forged, const Plan &disturbance)
{
	CAPTURE(step.name, is_forged, disturbance.countdown, disturbance.and_all_later);
	return InChild([&] { return Try(step, is_forged, disturbance); });
}

// Drive fails each allocation in turn, until the step needs no more. It returns how many there are.
long
Drive(const Step &step)
{
	long count = 0;
	for (const bool is_forged : {false, true}) {
		for (const bool and_all_later : {false, true}) {
			Plan disturbance;
			disturbance.and_all_later = and_all_later;
			disturbance.countdown = 0;
			while (TryInChild(step, is_forged, disturbance)) {
				disturbance.countdown++;
				REQUIRE(disturbance.countdown < 20'000);
			}
			count += disturbance.countdown;
		}
	}
	return count;
}

// Signer is one algorithm, its key, and another key of the same kind.
struct Signer {
	const char *name;
	Algorithm alg;
	TestKey key;
	TestKey other;
};

const std::vector<Signer> &
Signers()
{
	static const std::vector<Signer> signers = {
		{"RS256", Algorithm::kRS256, Keys().rsa, Keys().other_rsa},
		{"PS384", Algorithm::kPS384, Keys().rsa, Keys().other_rsa},
		{"ES256", Algorithm::kES256, Keys().es256, Keys().other_es256},
		{"EdDSA", Algorithm::kEdDSA, Keys().ed, Keys().other_ed},
		{"HS256", Algorithm::kHS256, Keys().hs, Keys().other_hs},
	};
	return signers;
}

Status
VerifyByIssuer(const TestRow &row, std::string_view token)
{
	if (!FindIssuer(row.issuer).is_known) {
		if (const Status status = LoadIssuer(row.View(), RowTag{1, 1}, 1).status;
			status != Status::kOk) {
			return status;
		}
	}
	if (const TokenIssuer read = ReadTokenIssuer(token); read.status != Status::kOk) {
		return read.status;
	}
	return VerifyIssuerToken(row.issuer, kNow, false).status;
}

Status
VerifyByConnection(const std::string &jwk, std::string_view token)
{
	if (const Outcome loaded = LoadConnectionKey(jwk); loaded.status != Status::kOk) {
		return loaded.status;
	}
	return VerifyConnectionToken(token, kNow, kNew).status;
}

// VerifyByOpenssl is for Ed25519, whose other libraries stand before OpenSSL.
Status
VerifyByOpenssl(std::string_view x, std::string_view input, std::string_view signature)
try {
	PublicKeyPtr key;
	if (const Status status = MakeEd25519KeyWith(Ed25519Backends().back(), x, &key);
		status != Status::kOk) {
		return status;
	}
	return key->Verify(Algorithm::kEdDSA, input, signature);
} catch (const std::bad_alloc &) {
	return Status::kOutOfMemory;
}

int
TryToStart(const Plan &disturbance) noexcept
{
	const auto start = [] { return SetUp().status; };
	const Status status = Disturb(start, disturbance);
	const bool has_failed = plan.has_failed;
	Require(status == Status::kOk || (has_failed && IsForWantOfMemory(status)), "status");
	const Status later = start();
	Require(later == Status::kOk || IsForWantOfMemory(later), "status afterwards");
	Require(ERR_peek_error() == 0, "error queue empty afterwards");
	return has_failed ? 1 : 0;
}

bool
StartInChild(const Plan &disturbance)
{
	CAPTURE(disturbance.countdown, disturbance.and_all_later);
	return InChild([&] { return TryToStart(disturbance); });
}

} // namespace

TEST_CASE("OpensslIsDriven")
{
	REQUIRE(is_replaced);
	REQUIRE(Ed25519Backends().back().name == "OpenSSL");
}

// Library and providers are not even loaded yet: no test case before this one may use OpenSSL. Each
// of the first allocations fails, and every 13th of some ten thousand that follow. What OpenSSL
// does once in a process stays undone if that fails, so afterwards it must work or say that it does
// not.
TEST_CASE("OpensslOutOfMemoryWhileWarmingUp")
{
	if (!IsMeasured()) {
		WARN("left out: for OpenSSL 3.0 only");
		return;
	}
	for (const bool and_all_later : {false, true}) {
		Plan disturbance;
		disturbance.and_all_later = and_all_later;
		disturbance.countdown = 0;
		while (StartInChild(disturbance)) {
			disturbance.countdown += disturbance.countdown < 400 ? 1 : 13;
			REQUIRE(disturbance.countdown < 100'000);
		}
		CHECK(disturbance.countdown > 1000);
	}
}

TEST_CASE("OpensslOutOfMemoryWithAnIssuer")
{
	REQUIRE(SetUp().status == Status::kOk);
	for (const Signer &signer : Signers()) {
		TestRow row(JwkSet({signer.key.Jwk(Kid("k"))}));
		if (signer.alg == Algorithm::kHS256) {
			row.algorithms = {"HS256"};
		}
		const std::string good = signer.key.Token(signer.alg, Claims(), Kid("k"));
		const std::string forged = signer.other.Token(signer.alg, Claims(), Kid("k"));
		const Step step = {signer.name, [&] { return VerifyByIssuer(row, good); },
						   [&] { return VerifyByIssuer(row, forged); }};
		CHECK(Drive(step) > 20);
	}
}

TEST_CASE("OpensslOutOfMemoryWithAConnectionKey")
{
	REQUIRE(SetUp().status == Status::kOk);
	for (const Signer &signer : Signers()) {
		if (signer.alg != Algorithm::kRS256 && signer.alg != Algorithm::kES256) {
			continue;
		}
		const std::string jwk = signer.key.Jwk();
		const std::string good = signer.key.Token(signer.alg, Claims());
		const std::string forged = signer.other.Token(signer.alg, Claims());
		CHECK(Drive({signer.name, [&] { return VerifyByConnection(jwk, good); },
					 [&] { return VerifyByConnection(jwk, forged); }}) > 40);
	}
}

TEST_CASE("OpensslOutOfMemoryWithEd25519")
{
	REQUIRE(SetUp().status == Status::kOk);
	const std::string x = Keys().ed.Raw("x");
	const std::string good = Keys().ed.Sign(Algorithm::kEdDSA, "input");
	const std::string forged = Keys().other_ed.Sign(Algorithm::kEdDSA, "input");
	CHECK(Drive({"EdDSA by OpenSSL", [&] { return VerifyByOpenssl(x, "input", good); },
				 [&] { return VerifyByOpenssl(x, "input", forged); }, true}) > 100);
}

} // namespace session_jwt
