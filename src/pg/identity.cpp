#include "pg/identity.hpp"

#include "pg/text.hpp"

namespace session_jwt {

namespace {

// The server's allocator gives a chunk above the limit of the memory's context, 1 kB, a block of
// its own and returns that to the system; smaller ones would stay in its lists after a busy
// transaction.
constexpr Size min_chunk = 1024 + 1;

// Seconds from the Unix epoch to 2000-01-01, where TimestampTz begins.
constexpr int64 epoch_shift =
	static_cast<int64>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;

MemoryContext context; // holds every identity, and is the parent of their extras
Identity *unadopted;   // made last, and not remembered yet
Identity nobody;
uint64 last_serial;

MemoryContext
TheContext()
{
	if (context == nullptr)
		context = AllocSetContextCreate(TopMemoryContext, "pg_session_jwt identities",
										ALLOCSET_SMALL_SIZES);
	return context;
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

// Append a copy of `view` at *at, with a NUL behind it.
std::string_view
AppendCopy(char **at, std::string_view view)
{
	char *copy = *at;
	memcpy(copy, view.data(), view.size());
	copy[view.size()] = '\0';
	*at += view.size() + 1;
	return std::string_view(copy, view.size());
}

text *
AppendText(char **at, std::string_view view)
{
	text *made = reinterpret_cast<text *>(*at);
	SET_VARSIZE(made, VARHDRSZ + view.size());
	*at += VARHDRSZ;
	AppendCopy(at, view);
	return made;
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

// Have every entry of an object hold its offset. A new value holds lengths in most of them, because
// that compresses better, and looking a member up adds up to 31 of them per step; readers take both
// (utils/jsonb.h).
void
HoldOffsets(Jsonb *claims)
{
	if (!JB_ROOT_IS_OBJECT(claims))
		return;
	uint32 offset = 0;
	for (uint32 i = 0; i < 2 * JB_ROOT_COUNT(claims); i++) {
		JEntry entry = claims->root.children[i];
		JBE_ADVANCE_OFFSET(offset, entry);
		claims->root.children[i] = (entry & JENTRY_TYPEMASK) | JENTRY_HAS_OFF | offset;
	}
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
	if (nobody.serial == 0) {
		nobody.extras = TheContext();
		nobody.valid_from = PG_INT64_MIN;
		nobody.valid_until = PG_INT64_MAX;
		nobody.stale_at = PG_INT64_MAX;
		nobody.refresh_at = PG_INT64_MAX;
		nobody.claims_text = MemoryContextStrdup(context, "null");
		nobody.has_uid = true;
		nobody.serial = ++last_serial;
	}
	return &nobody;
}

Identity *
NewIdentity(Source source, std::string_view token, std::string_view issuer,
			const TokenOutcome &outcome)
{
	if (unadopted != nullptr) {
		FreeIdentity(unadopted);
		unadopted = nullptr;
	}
	bool has_subject = outcome.subject_kind == Subject::kText;
	std::string_view claims;
	std::string_view subject;
	if (!JsonToServer(outcome.claims, &claims) ||
		(has_subject && !ToServer(outcome.subject, &subject)))
		return nullptr;

	// One chunk for all that is known now: several would cost more than what is copied into them.
	Size size = sizeof(Identity) + VARHDRSZ + subject.size() + claims.size() + token.size() +
				issuer.size() + 4;
	Identity *identity =
		static_cast<Identity *>(MemoryContextAllocHuge(TheContext(), Max(size, min_chunk)));
	*identity = Identity{};
	char *at = reinterpret_cast<char *>(identity + 1);
	if (has_subject)
		identity->user_id = AppendText(&at, subject);
	identity->claims_text = const_cast<char *>(AppendCopy(&at, claims).data());
	identity->token = AppendCopy(&at, token);
	identity->issuer = AppendCopy(&at, issuer);
	identity->source = source;
	identity->subject_kind = outcome.subject_kind;
	identity->is_ordered = outcome.is_ordered;
	identity->jti = outcome.jti;
	identity->stale_at = PG_INT64_MAX;
	identity->refresh_at = PG_INT64_MAX;
	FillWindow(identity, outcome);
	identity->serial = ++last_serial;
	unadopted = identity;
	return identity;
}

void
AdoptIdentity([[maybe_unused]] Identity *identity)
{
	Assert(identity == unadopted);
	unadopted = nullptr;
}

void
FreeIdentity(Identity *identity)
{
	if (identity->extras != nullptr)
		MemoryContextDelete(identity->extras);
	pfree(identity);
}

MemoryContext
ExtrasOf(Identity *identity)
{
	if (identity->extras == nullptr)
		identity->extras = AllocSetContextCreate(TheContext(), "identity", ALLOCSET_SMALL_SIZES);
	return identity->extras;
}

Jsonb *
ClaimsOf(Identity *identity)
{
	if (identity->claims == nullptr) {
		// jsonb_in leaves its working memory behind; only the value goes to the identity.
		Datum made = DirectFunctionCall1(jsonb_in, CStringGetDatum(identity->claims_text));
		MemoryContext caller = MemoryContextSwitchTo(ExtrasOf(identity));
		Jsonb *claims = DatumGetJsonbP(datumCopy(made, false, -1));
		MemoryContextSwitchTo(caller);
		HoldOffsets(claims);
		identity->claims = claims;
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
				static_cast<pg_uuid_t *>(MemoryContextAlloc(ExtrasOf(identity), sizeof(pg_uuid_t)));
			memcpy(uid->data, bytes, UUID_LEN);
			identity->uid = uid;
		}
		identity->has_uid = true;
	}
	return identity->uid;
}

} // namespace session_jwt
