#include "pg/shared.hpp"

#include "pg/gucs.hpp"

namespace session_jwt {

namespace {

constexpr int num_stripes = 16;
constexpr int num_refusals = static_cast<int>(Status::kRequiredClaims) + 1;
constexpr int num_ways = 8; // places that one key may stand in

// Counters are striped so that backends do not fight over one cache line.
struct alignas(64) Stripe {
	pg_atomic_uint64 counted[num_counted];
	pg_atomic_uint64 refused[num_refusals];
};

struct Slot {
	pg_atomic_uint64 words[4];
};

struct Shared {
	uint32 num_sets; // of num_ways slots each, a power of two; 0: nothing is remembered
	Stripe stripes[num_stripes];
	// The slots follow.
};

Shared *shared = nullptr;
bool was_sought = false;
uint64 own_counted[num_counted];
uint64 own_refused[num_refusals];

shmem_request_hook_type next_request_hook = nullptr;
shmem_startup_hook_type next_startup_hook = nullptr;
constexpr const char segment_name[] = "pg_session_jwt";

Slot *
SlotsOf(Shared *memory)
{
	return reinterpret_cast<Slot *>(memory + 1);
}

uint32
NumberOfSets()
{
	Size bytes = static_cast<Size>(pg_session_jwt_shared_cache) * 1024;
	Size sets = bytes / (sizeof(Slot) * num_ways);
	return sets == 0 ? 0 : pg_prevpower2_32(static_cast<uint32>(sets));
}

Size
SizeOf(uint32 num_sets)
{
	return add_size(sizeof(Shared), mul_size(mul_size(num_sets, num_ways), sizeof(Slot)));
}

void
Initialize(Shared *made, uint32 num_sets)
{
	for (Stripe &stripe : made->stripes) {
		for (pg_atomic_uint64 &counter : stripe.counted)
			pg_atomic_init_u64(&counter, 0);
		for (pg_atomic_uint64 &counter : stripe.refused)
			pg_atomic_init_u64(&counter, 0);
	}
	for (uint32 i = 0; i < num_sets * num_ways; i++) {
		for (pg_atomic_uint64 &word : SlotsOf(made)[i].words)
			pg_atomic_init_u64(&word, 0);
	}
	made->num_sets = num_sets;
}

extern "C" {

static void
RequestMemory(void)
{
	if (next_request_hook != nullptr)
		next_request_hook();
	RequestAddinShmemSpace(SizeOf(NumberOfSets()));
}

static void
StartMemory(void)
{
	if (next_startup_hook != nullptr)
		next_startup_hook();
	uint32 num_sets = NumberOfSets();
	bool found;
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = static_cast<Shared *>(ShmemInitStruct(segment_name, SizeOf(num_sets), &found));
	if (!found)
		Initialize(shared, num_sets);
	LWLockRelease(AddinShmemInitLock);
}

#if PG_VERSION_NUM >= 190000
static void
InitializeSegment(void *made, void *)
#else
[[maybe_unused]] static void
InitializeSegment(void *made)
#endif
{
	Initialize(static_cast<Shared *>(made), NumberOfSets());
}

} // extern "C"

// The shared memory, or NULL. Without preloading there is some from PostgreSQL 17 on; it is sought
// once, so that a server that has none to give fails one statement of a backend at most.
Shared *
TheShared()
{
	if (shared != nullptr || was_sought)
		return shared;
	was_sought = true;
#if PG_VERSION_NUM >= 170000
	if (pg_session_jwt_shared_cache > 0 && IsUnderPostmaster) {
		bool found;
		Size size = SizeOf(NumberOfSets());
#if PG_VERSION_NUM >= 190000
		shared = static_cast<Shared *>(
			GetNamedDSMSegment(segment_name, size, InitializeSegment, &found, nullptr));
#else
		shared = static_cast<Shared *>(
			GetNamedDSMSegment(segment_name, size, InitializeSegment, &found));
#endif
	}
#endif
	return shared;
}

// The stripe of this backend.
Stripe &
ThisStripe(Shared *memory)
{
	return memory->stripes[static_cast<uint32>(MyProcPid) % num_stripes];
}

Slot *
SetOf(Shared *memory, const TokenKey &key)
{
	return &SlotsOf(memory)[(key.words[0] & (memory->num_sets - 1)) * num_ways];
}

bool
Holds(Slot &slot, const TokenKey &key)
{
	for (int i = 0; i < 4; i++) {
		if (pg_atomic_read_u64(&slot.words[i]) != key.words[i])
			return false;
	}
	return true;
}

} // namespace

void
PrepareShared()
{
	next_request_hook = shmem_request_hook;
	shmem_request_hook = RequestMemory;
	next_startup_hook = shmem_startup_hook;
	shmem_startup_hook = StartMemory;
}

bool
RemembersTokens()
{
	Shared *memory = TheShared();
	return memory != nullptr && memory->num_sets > 0 && pg_session_jwt_shared_cache > 0;
}

bool
IsRemembered(const TokenKey &key)
{
	if (!RemembersTokens())
		return false;
	Slot *set = SetOf(shared, key);
	for (int i = 0; i < num_ways; i++) {
		if (Holds(set[i], key))
			return true;
	}
	return false;
}

void
Remember(const TokenKey &key)
{
	// Another backend may have been faster.
	if (!RemembersTokens() || IsRemembered(key))
		return;
	// The newest stands first, and the oldest of its set falls out. Two writers of one set may
	// leave a mixture, which no key equals, or lose an entry; what a reader looks for moves ahead
	// of it.
	Slot *set = SetOf(shared, key);
	for (int i = num_ways - 1; i > 0; i--) {
		for (int word = 0; word < 4; word++)
			pg_atomic_write_u64(&set[i].words[word], pg_atomic_read_u64(&set[i - 1].words[word]));
	}
	for (int word = 0; word < 4; word++)
		pg_atomic_write_u64(&set[0].words[word], key.words[word]);
}

void
Count(Counted what)
{
	int index = static_cast<int>(what);
	if (Shared *memory = TheShared())
		pg_atomic_fetch_add_u64(&ThisStripe(memory).counted[index], 1);
	else
		own_counted[index]++;
}

void
CountRefusal(Status status)
{
	int index = static_cast<int>(status);
	if (index >= num_refusals)
		return;
	if (Shared *memory = TheShared())
		pg_atomic_fetch_add_u64(&ThisStripe(memory).refused[index], 1);
	else
		own_refused[index]++;
}

void
CountVerified(bool signature_known, const TokenKey *key)
{
	Count(signature_known ? Counted::kFromShared : Counted::kVerified);
	if (!signature_known && key != nullptr)
		Remember(*key);
}

uint64
Total(Counted what)
{
	int index = static_cast<int>(what);
	Shared *memory = TheShared();
	if (memory == nullptr)
		return own_counted[index];
	uint64 total = 0;
	for (Stripe &stripe : memory->stripes)
		total += pg_atomic_read_u64(&stripe.counted[index]);
	return total;
}

uint64
TotalRefused(Status status)
{
	int index = static_cast<int>(status);
	Shared *memory = TheShared();
	if (memory == nullptr)
		return own_refused[index];
	uint64 total = 0;
	for (Stripe &stripe : memory->stripes)
		total += pg_atomic_read_u64(&stripe.refused[index]);
	return total;
}

bool
HasSharedMemory()
{
	return TheShared() != nullptr;
}

} // namespace session_jwt
