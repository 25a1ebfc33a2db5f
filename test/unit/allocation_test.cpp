// Every allocation of every port call fails once: the call reports kOutOfMemory and the state is as
// it was. Each try runs in a child process, so that it starts without a state and with empty
// buffers, and the child ends by looking for leaks. The port is noexcept, so an exception that left
// core would end the child by a signal, which is a failure here.
//
// What OpenSSL allocates comes from malloc, not from operator new: openssl_allocation_test.cpp
// fails it.
#include "catch.hpp"
#include "leak_check.hpp"
#include "failing_allocator.hpp"
#include "tokens.hpp"

#include "core/json.hpp"
#include "core/session.hpp"

#include <cstdio>
#include <cstdlib>
#include <functional>

#include <sys/wait.h>
#include <unistd.h>

namespace session_jwt {

namespace {

constexpr Presentation kNew{};

// Materials are made before the first fork: children share them.
struct Materials {
	std::string ed_jwk = Keys().ed.Jwk();
	std::string first = Keys().ed.Token(Algorithm::kEdDSA, "{\"jti\":1,\"sub\":\"a\"}");
	std::string second =
		Keys().ed.Token(Algorithm::kEdDSA, "{\"jti\":2,\"sub\":\"a\",\"exp\":2000000000}");
	std::string third = Keys().ed.Token(Algorithm::kEdDSA, "{\"jti\":3,\"sub\":\"a\"}");
	std::string token =
		Keys().rsa.Token(Algorithm::kRS256, Claims("\"a\":[1,{\"b\":\"c\\n\"}]"), Kid("rsa"));
	// More members than are compared without memory.
	std::string wide;
	std::string claims = "{\"sub\":\"a\",\"b\":[1,2,3,{\"c\":\"\\u00e9\"}]}";
	TestRow row = TestRow(PublicSet());
	TestRow other_row = TestRow(PublicSet());

	Materials()
	{
		std::string members = "\"m0\":0";
		for (int i = 1; i < 100; i++) {
			members += ",\"m" + std::to_string(i) + "\":0";
		}
		wide = Keys().ed.Token(Algorithm::kEdDSA, Claims(members), Kid("ed"));
		row.audience_claim = "a claim with a name too long to be kept in place";
		row.subject_path = {"sub"};
		other_row.issuer = "https://another-issuer.example/with/a/long/name";
	}
};

const Materials &
Given()
{
	static const Materials materials;
	return materials;
}

// Step is one port call, and what is there before it.
struct Step {
	const char *name;
	int least; // allocations that it makes at least
	std::function<void()> before;
	std::function<Status()> call;
	bool opens = false; // a token
};

bool
Good(Status status)
{
	return status == Status::kOk;
}

void
Require(bool condition, const char *what)
{
	if (!condition) {
		std::fprintf(stderr, "not so: %s\n", what);
		std::_Exit(3);
	}
}

void
LoadAll()
{
	const Materials &given = Given();
	Require(Good(LoadConnectionKey(given.ed_jwk).status), "connection key");
	Require(Good(VerifyConnectionToken(given.first, kNow, kNew).status), "first token");
	Require(Good(LoadIssuer(given.row.View(), RowTag{1, 1}, 1).status), "row");
}

void
OpenToken()
{
	LoadAll();
	Require(Good(ReadTokenIssuer(Given().token).status), "open token");
}

// Snapshot is what a failed call must leave as it was.
struct Snapshot {
	IssuerState issuer = FindIssuer(kIssuer);
	IssuerState other = FindIssuer(Given().other_row.issuer);
	int64_t jti = HighestJti();

	bool
	operator==(const Snapshot &than) const
	{
		return SameIssuer(issuer, than.issuer) && SameIssuer(other, than.other) && jti == than.jti;
	}
	static bool
	SameIssuer(const IssuerState &a, const IssuerState &b)
	{
		return a.is_known == b.is_known && a.tag == b.tag && a.checked == b.checked &&
			   a.version == b.version;
	}
};

std::vector<Step>
ConnectionSteps()
{
	const Materials &given = Given();
	return {
		{"SetUp", 1, [] {}, [] { return SetUp().status; }},
		{"LoadConnectionKey", 5, [] {}, [&] { return LoadConnectionKey(given.ed_jwk).status; }},
		{"VerifyConnectionToken at first", 5,
		 [&] { Require(Good(LoadConnectionKey(given.ed_jwk).status), "connection key"); },
		 [&] { return VerifyConnectionToken(given.second, kNow, kNew).status; }},
		{"VerifyConnectionToken later", 0, LoadAll,
		 [&] { return VerifyConnectionToken(given.second, kNow, kNew).status; }},
		{"ConnectionDigest", 0, LoadAll,
		 [&] {
			 uint8_t out[32];
			 return ConnectionDigest(given.second, out) ? Status::kOk : Status::kInternal;
		 }},
		{"ReadClaims", 2, [] {}, [&] { return ReadClaims(given.claims).status; }},
	};
}

std::vector<Step>
IssuerSteps()
{
	const Materials &given = Given();
	return {
		{"LoadIssuer at first", 10, [] {},
		 [&] {
			 return LoadIssuer(given.row.View(), RowTag{2, 2}, 2).status;
		 }},
		{"LoadIssuer of another", 10, LoadAll,
		 [&] {
			 return LoadIssuer(given.other_row.View(), RowTag{2, 2}, 2).status;
		 }},
		{"LoadIssuer again", 10, LoadAll,
		 [&] {
			 return LoadIssuer(given.row.View(), RowTag{2, 2}, 2).status;
		 }},
		{"ReadTokenIssuer", 5, LoadAll, [&] { return ReadTokenIssuer(given.token).status; }, true},
		{"ReadTokenIssuer of a wide token", 6, LoadAll,
		 [&] { return ReadTokenIssuer(given.wide).status; }, true},
		{"VerifyIssuerToken", 0, OpenToken,
		 [] { return VerifyIssuerToken(kIssuer, kNow, false).status; }},
		{"TokenDigest", 0, OpenToken,
		 [] {
			 uint8_t out[32];
			 return TokenDigest(kIssuer, out) ? Status::kOk : Status::kInternal;
		 }},
		{"CheckIssuerRow", 10, LoadAll,
		 [&] { return CheckIssuerRow(given.other_row.View()).status; }},
		{"OpenKeySet", 10, LoadAll, [&] { return OpenKeySet(given.other_row.View()).status; }},
		{"ReadDiscovery", 2, [] {},
		 [] {
			 return ReadDiscovery(R"({"issuer":"https://idp.example/","jwks_uri":"https://x/"})",
								  kIssuer)
				 .status;
		 }},
		{"DescribeKey", 1, [] {},
		 [] {
			 const KeyReport report = DescribeKey(0);
			 return report.status == Status::kOutOfMemory ? report.status : Status::kOk;
		 }},
	};
}

// StillWorks does by hand what every backend does, and so shows that nothing is half done.
void
StillWorks()
{
	const Materials &given = Given();
	const int64_t jti = HighestJti();
	Require(Good(LoadConnectionKey(given.ed_jwk).status), "connection key afterwards");
	Require(Good(VerifyConnectionToken(given.third, kNow, kNew).status), "token afterwards");
	Require(jti < 3 && HighestJti() == 3, "mark afterwards");
	Require(Good(LoadIssuer(given.row.View(), RowTag{9, 9}, 9).status), "row afterwards");
	for (const std::string *token : {&given.token, &given.wide}) {
		const TokenIssuer hint = ReadTokenIssuer(*token);
		Require(Good(hint.status) && hint.issuer == kIssuer, "hint afterwards");
		Require(Good(VerifyIssuerToken(kIssuer, kNow, false).status), "issuer afterwards");
	}
	Require(ReadTokenIssuer("a.b.c").status == Status::kHeaderEncoding ||
				ReadTokenIssuer("a.b.c").status == Status::kHeaderJson,
			"refusal afterwards");
}

// Try runs `step` in this process under `plan`. It returns 0 if the call got through without a
// failure, 1 if it was told and all is well.
int
Try(const Step &step, const FailurePlan &plan)
{
	step.before();
	const Snapshot before;
	StartFailing(plan);
	const Status status = step.call();
	const Failure failure = StopFailing();
	// simdjson gets on without a buffer that is not used here.
	const bool may_succeed = failure != Failure::kThrown;
	const bool may_fail = failure != Failure::kNone;
	Require((may_succeed && status == Status::kOk) || (may_fail && status == Status::kOutOfMemory),
			"status");
	if (status != Status::kOk) {
		Require(before == Snapshot(), "state unchanged");
		// Nothing half read may pass for an open token.
		Require(!step.opens || VerifyIssuerToken(kIssuer, kNow, true).status == Status::kInternal,
				"no open token");
	}
	StillWorks();
#ifdef SESSION_JWT_LEAK_CHECK
	// Slow, and a single failure leaves the most to clean up.
	Require(plan.and_all_later || __lsan_do_recoverable_leak_check() == 0, "no leak");
#endif
	return failure == Failure::kNone ? 0 : 1;
}

// TryInChild does so in a child, and reports whether an allocation failed there.
bool
TryInChild(const Step &step, const FailurePlan &plan)
{
	CAPTURE(step.name, plan.countdown, plan.and_all_later, plan.budget);
	std::fflush(nullptr);
	const pid_t child = fork();
	REQUIRE(child >= 0);
	if (child == 0) {
		std::_Exit(Try(step, plan));
	}
	int state = 0;
	REQUIRE(waitpid(child, &state, 0) == child);
	REQUIRE(WIFEXITED(state));
	REQUIRE(WEXITSTATUS(state) <= 1);
	return WEXITSTATUS(state) == 1;
}

// Drive fails each allocation in turn, alone and with all that follow, until the call needs no
// more.
void
Drive(const Step &step)
{
	CAPTURE(step.name);
	for (const bool and_all_later : {false, true}) {
		FailurePlan plan;
		plan.and_all_later = and_all_later;
		plan.countdown = 0;
		while (TryInChild(step, plan)) {
			plan.countdown++;
			REQUIRE(plan.countdown < 1000);
		}
		CHECK(plan.countdown >= step.least);
	}
}

// simdjson chooses its implementation at its first use, in a function that is noexcept and
// allocates: one failure there, and only there, ends the process. JsonDocument sees to it that
// there is room; FirstUseInAFullHeap below is about that. All else is driven with the choice made.
void
ChooseImplementation()
{
	JsonDocument document;
	REQUIRE(document.Parse("{}") == JsonError::kNone);
}

} // namespace

// The first test case, since its children must find a process that has used nothing yet.
TEST_CASE("FirstUseInAFullHeap")
{
	for (const Step &step : ConnectionSteps()) {
		if (std::string_view(step.name) != "ReadClaims") {
			continue;
		}
		FailurePlan plan;
		plan.budget = 0;
		while (TryInChild(step, plan)) {
			plan.budget += 24; // the smallest that malloc hands out
			REQUIRE(plan.budget < 1'000'000);
		}
		CHECK(plan.budget > 1000);
	}
}

TEST_CASE("OutOfMemoryLeavesTheConnectionAsItWas")
{
	ChooseImplementation();
	for (const Step &step : ConnectionSteps()) {
		Drive(step);
	}
}

TEST_CASE("OutOfMemoryLeavesIssuersAsTheyWere")
{
	ChooseImplementation();
	for (const Step &step : IssuerSteps()) {
		Drive(step);
	}
}

} // namespace session_jwt
