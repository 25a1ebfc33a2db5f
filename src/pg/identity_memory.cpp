#include "pg/identity_memory.hpp"

namespace session_jwt {

namespace {

constexpr int num_buckets = 128; // a power of two
constexpr int max_remembered = 64;
constexpr Size max_size = Size{4} << 20; // of the tokens remembered, in bytes

// The identities remembered: a hash of the token, and a list by last use.
struct Memory {
	Identity *buckets[num_buckets];
	Identity *newest, *oldest; // by last use
	Identity *retired;
	LocalTransactionId swept_in; // where FreeRetired looked at all of them last
	TimestampTz swept_at;
	int count;
	Size size; // of all tokens, in bytes
};

Memory memory;

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
	return &memory.buckets[hash & (num_buckets - 1)];
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
	identity->older = memory.newest;
	if (memory.newest != nullptr)
		memory.newest->newer = identity;
	else
		memory.oldest = identity;
	memory.newest = identity;
}

void
Unlink(Identity *identity)
{
	(identity->newer != nullptr ? identity->newer->older : memory.newest) = identity->older;
	(identity->older != nullptr ? identity->older->newer : memory.oldest) = identity->newer;
}

} // namespace

Identity *
FindIdentity(Source source, std::string_view token)
{
	Identity *newest = memory.newest;
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

void
RememberIdentity(Identity *identity)
{
	if (memory.count == max_remembered)
		ForgetIdentity(memory.oldest);
	memory.size += identity->token.size();
	identity->hash = HashToken(identity->source, identity->token);
	AdoptIdentity(identity);
	Identity **bucket = BucketOf(identity->hash);
	identity->next = *bucket;
	*bucket = identity;
	LinkNewest(identity);
	memory.count++;
}

void
ForgetIdentity(Identity *identity)
{
	Identity **link = BucketOf(identity->hash);
	while (*link != identity)
		link = &(*link)->next;
	*link = identity->next;
	Unlink(identity);
	memory.count--;
	memory.size -= identity->token.size();

	identity->retired_in = CurrentLocalTransactionId();
	identity->retired_at = GetCurrentStatementStartTimestamp();
	identity->next = memory.retired;
	memory.retired = identity;
}

void
FreeRetired()
{
	// Unsigned claims may be of any size, and the memory outlives the client that set them.
	while (memory.size > max_size)
		ForgetIdentity(memory.oldest);
	// A procedure may commit and go on with values it was called with, so a new transaction is
	// not enough: the client must have begun another statement, too.
	LocalTransactionId transaction = CurrentLocalTransactionId();
	TimestampTz statement = GetCurrentStatementStartTimestamp();
	if (memory.swept_in == transaction && memory.swept_at == statement)
		return;
	memory.swept_in = transaction;
	memory.swept_at = statement;
	Identity **link = &memory.retired;
	while (Identity *identity = *link) {
		if (identity->retired_in == transaction || identity->retired_at == statement) {
			link = &identity->next;
			continue;
		}
		*link = identity->next;
		FreeIdentity(identity);
	}
}

} // namespace session_jwt
