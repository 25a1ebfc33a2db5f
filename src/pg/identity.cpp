#include "pg/identity.hpp"

#include "pg/text.hpp"

namespace session_jwt {

namespace {

constexpr int num_buckets = 128; // a power of two
constexpr int max_remembered = 64;
constexpr Size max_size = Size{4} << 20; // of the tokens remembered, in bytes

// Seconds from the Unix epoch to 2000-01-01, where TimestampTz begins.
constexpr int64 epoch_shift =
	static_cast<int64>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;

// The memory of identities: a hash of the whole token, and a list by last use.
struct Memory {
	MemoryContext context; // parent of every identity's own
	Identity *buckets[num_buckets];
	Identity *newest, *oldest; // by last use
	Identity *retired;
	int count;
	Size size; // of all tokens, in bytes
	uint64 last_serial;
	Identity nobody;
};

Memory *memory = nullptr;

Memory *
TheMemory()
{
	if (memory == nullptr) {
		MemoryContext context = AllocSetContextCreate(TopMemoryContext, "pg_session_jwt identities",
													  ALLOCSET_SMALL_SIZES);
		Memory *made = static_cast<Memory *>(MemoryContextAllocZero(context, sizeof(Memory)));
		made->context = context;
		memory = made;
	}
	return memory;
}

// A signature is as good as a hash, and ends the token; hashing all of it would cost more than all
// the rest of the lookup. Unsigned claims end alike, so they are hashed as a whole.
uint32
HashToken(Source source, std::string_view token)
{
	constexpr size_t tail = 32;
	if (source != Source::kClaims && token.size() > tail)
		token.remove_prefix(token.size() - tail);
	uint32 hash = hash_bytes(reinterpret_cast<const unsigned char *>(token.data()),
							 static_cast<int>(token.size()));
	return hash ^ static_cast<uint32>(source);
}

Identity **
BucketOf(uint32 hash)
{
	return &memory->buckets[hash & (num_buckets - 1)];
}

bool
IsOf(const Identity *identity, Source source, std::string_view token)
{
	return identity->source == source && identity->token == token;
}

void
LinkNewest(Identity *identity)
{
	identity->newer = nullptr;
	identity->older = memory->newest;
	if (memory->newest != nullptr)
		memory->newest->newer = identity;
	else
		memory->oldest = identity;
	memory->newest = identity;
}

void
Unlink(Identity *identity)
{
	(identity->newer != nullptr ? identity->newer->older : memory->newest) = identity->older;
	(identity->older != nullptr ? identity->older->newer : memory->oldest) = identity->newer;
}

// The timestamp `seconds` after the Unix epoch, clamped to what TimestampTz compares with.
TimestampTz
FromUnixSeconds(int64 seconds)
{
	int64 since_2000;
	TimestampTz result;
	if (pg_sub_s64_overflow(seconds, epoch_shift, &since_2000) ||
		pg_mul_s64_overflow(since_2000, USECS_PER_SEC, &result))
		return seconds < 0 ? PG_INT64_MIN : PG_INT64_MAX;
	return result;
}

std::string_view
CopyView(std::string_view view)
{
	return std::string_view(pnstrdup(view.data(), view.size()), view.size());
}

void
FillWindow(Identity *identity, const TokenOutcome &outcome)
{
	identity->valid_from = FromUnixSeconds(outcome.valid_from);
	TimestampTz last_second = FromUnixSeconds(outcome.valid_until);
	identity->valid_until = last_second > PG_INT64_MAX - USECS_PER_SEC
								? PG_INT64_MAX
								: last_second + (USECS_PER_SEC - 1);
}

// Copy what the outcome's views say. The current memory context is the identity's own.
bool
FillClaims(Identity *identity, const TokenOutcome &outcome)
{
	identity->subject_kind = outcome.subject_kind;
	identity->claims_text = JsonToServer(outcome.claims);
	if (outcome.subject_kind == Subject::kText)
		identity->user_id = MakeText(outcome.subject);
	return identity->claims_text != nullptr &&
		   (outcome.subject_kind != Subject::kText || identity->user_id != nullptr);
}

} // namespace

int64
UnixSeconds(TimestampTz time)
{
	int64 second = time / USECS_PER_SEC;
	if (time % USECS_PER_SEC < 0)
		second--;
	return second + epoch_shift;
}

Identity *
Nobody()
{
	Identity *nobody = &TheMemory()->nobody;
	if (nobody->serial == 0) {
		nobody->context = memory->context;
		nobody->valid_from = PG_INT64_MIN;
		nobody->valid_until = PG_INT64_MAX;
		nobody->stale_at = PG_INT64_MAX;
		nobody->claims_text = MemoryContextStrdup(memory->context, "null");
		nobody->has_uid = true;
		nobody->serial = ++memory->last_serial;
	}
	return nobody;
}

Identity *
FindIdentity(Source source, std::string_view token)
{
	Identity *newest = TheMemory()->newest;
	if (newest != nullptr && IsOf(newest, source, token))
		return newest;
	uint32 hash = HashToken(source, token);
	for (Identity *at = *BucketOf(hash); at != nullptr; at = at->next) {
		if (at->hash == hash && IsOf(at, source, token)) {
			Unlink(at);
			LinkNewest(at);
			return at;
		}
	}
	return nullptr;
}

Identity *
NewIdentity(Source source, std::string_view token, const TokenOutcome &outcome)
{
	TheMemory();
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "identity", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Identity *identity = static_cast<Identity *>(palloc0(sizeof(Identity)));
	identity->context = context;
	identity->source = source;
	identity->token = CopyView(token);
	identity->hash = HashToken(source, token);
	identity->is_ordered = outcome.is_ordered;
	identity->jti = outcome.jti;
	identity->stale_at = PG_INT64_MAX;
	FillWindow(identity, outcome);
	bool is_complete = FillClaims(identity, outcome);
	MemoryContextSwitchTo(caller);
	if (!is_complete) {
		MemoryContextDelete(context);
		return nullptr;
	}
	identity->serial = ++memory->last_serial;
	return identity;
}

void
RememberIdentity(Identity *identity)
{
	if (memory->count == max_remembered)
		ForgetIdentity(memory->oldest);
	memory->size += identity->token.size();
	// Nothing below can fail: it is remembered as a whole or not at all.
	MemoryContextSetParent(identity->context, memory->context);
	Identity **bucket = BucketOf(identity->hash);
	identity->next = *bucket;
	*bucket = identity;
	LinkNewest(identity);
	memory->count++;
}

void
ForgetIdentity(Identity *identity)
{
	Identity **link = BucketOf(identity->hash);
	while (*link != identity)
		link = &(*link)->next;
	*link = identity->next;
	Unlink(identity);
	memory->count--;
	memory->size -= identity->token.size();

	identity->retired_in = CurrentLocalTransactionId();
	identity->retired_at = GetCurrentStatementStartTimestamp();
	identity->next = memory->retired;
	memory->retired = identity;
}

void
FreeRetired()
{
	if (memory == nullptr)
		return;
	// Unsigned claims may be of any size, and the memory outlives the client that set them.
	while (memory->size > max_size)
		ForgetIdentity(memory->oldest);
	// A procedure may commit and go on with values it was called with, so a new transaction is
	// not enough: the client must have begun another statement, too.
	Identity **link = &memory->retired;
	while (Identity *identity = *link) {
		if (identity->retired_in == CurrentLocalTransactionId() ||
			identity->retired_at == GetCurrentStatementStartTimestamp()) {
			link = &identity->next;
			continue;
		}
		*link = identity->next;
		MemoryContextDelete(identity->context);
	}
}

Jsonb *
ClaimsOf(Identity *identity)
{
	if (identity->claims == nullptr) {
		// jsonb_in leaves its working memory behind; only the value goes to the identity.
		Datum made = DirectFunctionCall1(jsonb_in, CStringGetDatum(identity->claims_text));
		MemoryContext caller = MemoryContextSwitchTo(identity->context);
		identity->claims = DatumGetJsonbP(datumCopy(made, false, -1));
		MemoryContextSwitchTo(caller);
		pfree(DatumGetPointer(made));
	}
	return identity->claims;
}

pg_uuid_t *
UidOf(Identity *identity)
{
	if (!identity->has_uid) {
		uint8_t bytes[UUID_LEN];
		text *id = identity->user_id;
		if (id != nullptr &&
			ReadUuid({VARDATA_ANY(id), static_cast<size_t>(VARSIZE_ANY_EXHDR(id))}, bytes)) {
			pg_uuid_t *uid =
				static_cast<pg_uuid_t *>(MemoryContextAlloc(identity->context, sizeof(pg_uuid_t)));
			memcpy(uid->data, bytes, UUID_LEN);
			identity->uid = uid;
		}
		identity->has_uid = true;
	}
	return identity->uid;
}

} // namespace session_jwt
