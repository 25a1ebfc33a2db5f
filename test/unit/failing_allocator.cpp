// Replaces the global operator new and delete.
#include "failing_allocator.hpp"

#include <cstdlib>
#include <new>

#include <malloc.h>

namespace session_jwt {

namespace {

constinit FailurePlan plan;
constinit Failure failure = Failure::kNone;

bool
MustFail()
{
	if (plan.countdown == 0) {
		if (!plan.and_all_later) {
			plan.countdown = -1;
		}
		return true;
	}
	if (plan.countdown > 0) {
		plan.countdown--;
	}
	return false;
}

void *
Allocate(size_t size, size_t alignment) noexcept
{
	if (MustFail()) {
		return nullptr;
	}
	size = size == 0 ? alignment : (size + alignment - 1) / alignment * alignment;
	void *memory = std::aligned_alloc(alignment, size);
	if (plan.budget < 0 || memory == nullptr) {
		return memory;
	}
	const long taken = static_cast<long>(malloc_usable_size(memory));
	if (taken > plan.budget) {
		std::free(memory);
		return nullptr;
	}
	plan.budget -= taken;
	return memory;
}

void *
AllocateOrThrow(size_t size, size_t alignment)
{
	void *memory = Allocate(size, alignment);
	if (memory == nullptr) {
		failure = Failure::kThrown;
		throw std::bad_alloc();
	}
	return memory;
}

void *
AllocateOrNull(size_t size) noexcept
{
	void *memory = Allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
	if (memory == nullptr && failure == Failure::kNone) {
		failure = Failure::kNull;
	}
	return memory;
}

void
Free(void *memory)
{
	if (plan.budget >= 0 && memory != nullptr) {
		plan.budget += static_cast<long>(malloc_usable_size(memory));
	}
	std::free(memory);
}

constexpr size_t kDefault = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

} // namespace

void
StartFailing(const FailurePlan &new_plan)
{
	plan = new_plan;
	failure = Failure::kNone;
}

Failure
StopFailing()
{
	plan = FailurePlan();
	return failure;
}

} // namespace session_jwt

using session_jwt::AllocateOrNull;
using session_jwt::AllocateOrThrow;
using session_jwt::Free;
using session_jwt::kDefault;

void *
operator new(size_t size)
{
	return AllocateOrThrow(size, kDefault);
}
void *
operator new[](size_t size)
{
	return AllocateOrThrow(size, kDefault);
}
void *
operator new(size_t size, std::align_val_t alignment)
{
	return AllocateOrThrow(size, static_cast<size_t>(alignment));
}
void *
operator new[](size_t size, std::align_val_t alignment)
{
	return AllocateOrThrow(size, static_cast<size_t>(alignment));
}
void *
operator new(size_t size, const std::nothrow_t &) noexcept
{
	return AllocateOrNull(size);
}
void *
operator new[](size_t size, const std::nothrow_t &) noexcept
{
	return AllocateOrNull(size);
}
void
operator delete(void *memory) noexcept
{
	Free(memory);
}
void
operator delete[](void *memory) noexcept
{
	Free(memory);
}
void
operator delete(void *memory, size_t) noexcept
{
	Free(memory);
}
void
operator delete[](void *memory, size_t) noexcept
{
	Free(memory);
}
void
operator delete(void *memory, std::align_val_t) noexcept
{
	Free(memory);
}
void
operator delete[](void *memory, std::align_val_t) noexcept
{
	Free(memory);
}
void
operator delete(void *memory, size_t, std::align_val_t) noexcept
{
	Free(memory);
}
void
operator delete[](void *memory, size_t, std::align_val_t) noexcept
{
	Free(memory);
}
