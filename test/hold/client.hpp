// What the load of script/hold is made of: tokens, what is true of them, and what was counted.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <libpq-fe.h>

namespace hold {

struct Token {
	std::string kind;
	std::string user;
	int key = 0; // of the issuer that changes: 1 or 2
	std::string text;
};

// A state of the issuer that changes, and the statement that leads to it.
struct Change {
	std::string good_keys;
	std::string sql;
};

// Truth is what the registry says of the issuer that changes. While a change is under way nothing
// is known; each beginning and each end of one is a new epoch.
struct Truth {
	uint64_t epoch = 0;
	bool changing = true;
	std::string good_keys;
};

enum class Verdict { kAccept, kRefuse, kEither };

struct Counts {
	std::map<std::string, uint64_t> presented;
	uint64_t accepted = 0;
	uint64_t refused = 0;
	uint64_t rows = 0;
	uint64_t interrupted = 0;
	uint64_t connected = 0;
	uint64_t changes = 0;
	uint64_t cancelled = 0;
	uint64_t terminated = 0;
	uint64_t reloaded = 0;
	// What must stay 0.
	uint64_t foreign_rows = 0;
	uint64_t valid_refused = 0;
	uint64_t bad_accepted = 0;
	uint64_t removed_accepted = 0;
	uint64_t unexpected = 0;
};

class Load;

// Connection is one client: it connects, presents a token, reads the table, and begins again.
class Connection {
public:
	enum class Step { kDown, kConnecting, kReset, kPresent, kRead };

	// Advance is called when the socket is ready, or when the wait of a lost connection is over.
	void Advance(Load &load);
	[[nodiscard]] int
	Socket() const
	{
		return connection_ == nullptr ? -1 : PQsocket(connection_);
	}
	[[nodiscard]] short Events() const;
	[[nodiscard]] int
	Pid() const
	{
		return connection_ == nullptr ? 0 : PQbackendPID(connection_);
	}
	[[nodiscard]] Step
	step() const
	{
		return step_;
	}
	bool Cancel();
	void Close();

private:
	void Connect(Load &load);
	void Lost(Load &load);
	void Send(Load &load, Step step);
	void Finish(Load &load, PGresult *result);
	void FinishRead(Load &load, PGresult *result, const std::string &state);

	PGconn *connection_ = nullptr;
	Step step_ = Step::kDown;
	PostgresPollingStatusType polling_ = PGRES_POLLING_WRITING;
	const Token *token_ = nullptr;
	uint64_t epoch_ = 0;
	Verdict expected_ = Verdict::kEither;
	bool is_set_ = false;
	bool lazy_ = false;
	int64_t not_before_ = 0;
};

// Admin changes the registry and disturbs others, one statement at a time, while all others work.
class Admin {
public:
	explicit Admin(const char *conninfo) : conninfo_(conninfo) {}
	void Advance(Load &load);
	void
	Ask(const std::string &sql)
	{
		asked_ = sql;
	}
	void Close();

private:
	void Begin(Load &load);
	void End(Load &load, bool ok);

	const char *conninfo_;
	PGconn *connection_ = nullptr;
	bool busy_ = false;
	const Change *change_ = nullptr; // under way
	std::string asked_;
	std::string sent_;
	int64_t next_change_ = 0;
	int64_t not_before_ = 0;
};

class Load {
public:
	std::vector<Token> tokens;
	std::vector<Change> changes;
	std::vector<Connection> connections;
	std::string conninfo;
	Truth truth;
	Counts counts;
	std::mt19937 random{20261123};

	[[nodiscard]] Verdict Expected(const Token &token) const;
	size_t
	Pick(size_t size)
	{
		return std::uniform_int_distribution<size_t>(0, size - 1)(random);
	}
	void Unexpected(const Token &token, const std::string &what);
};

int64_t Milliseconds();

} // namespace hold
