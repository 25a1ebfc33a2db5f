// The global operator new of the test programs that link failing_allocator.cpp: it fails on demand.
#pragma once

namespace session_jwt {

// FailurePlan says which allocations fail.
struct FailurePlan {
	long countdown = -1;        // allocations that succeed before the one that fails; -1: all do
	bool and_all_later = false; // fail those after it, too
	long budget = -1;           // bytes that may be in use beyond those now; -1: any number
};

void StartFailing(const FailurePlan &plan);

// Failure is the gravest thing that happened: an exception is graver than a null pointer, which
// nothrow new returns and its caller may get on with.
enum class Failure { kNone, kNull, kThrown };

// StopFailing returns to normal, and what failed since StartFailing.
Failure StopFailing();

} // namespace session_jwt
