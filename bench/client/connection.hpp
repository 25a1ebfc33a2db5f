// A connection to a server, for statements that are prepared once and run many times.
#pragma once

#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <libpq-fe.h>

namespace bench {

using Settings = std::map<std::string, std::string>;

class Connection {
public:
	// Connects with the given libpq parameters. Every failure throws std::runtime_error.
	explicit Connection(const Settings &parameters);

	// Exec runs SQL and returns the first column of its first row, "" if there is none.
	std::string Exec(const std::string &sql);

	// Call runs one statement with text parameters (unnamed, extended protocol).
	std::string Call(const std::string &sql, const std::vector<std::string> &arguments);

	// Prepare prepares a statement of one text parameter; Run runs it.
	void Prepare(const std::string &name, const std::string &sql);
	void Run(const std::string &name, const std::string &argument);

	// Clock returns the processor time that the backend has used, in nanoseconds.
	double Clock();

	// Pin binds the backend to the processor that PinSelf has bound this process to, if any.
	void Pin();

	// Resident returns the memory that is the backend's alone, in kB, from /proc; 0 if unknown.
	long Resident();

	PGconn *
	raw()
	{
		return connection_.get();
	}

private:
	std::string Take(PGresult *result, const char *what);

	struct Closer {
		void
		operator()(PGconn *c) const
		{
			PQfinish(c);
		}
	};
	std::unique_ptr<PGconn, Closer> connection_;
	bool sought_clock_ = false, has_clock_ = false;
	clockid_t clock_ = 0;
};

using ConnectionPtr = std::shared_ptr<Connection>;

// PinSelf binds this process to one processor, so that a call and its answer need no other one to
// wake up; UnpinSelf lets it go where it may. Where that is not possible nothing happens.
void PinSelf();
void UnpinSelf();

// Quote writes an SQL literal.
std::string Quote(const std::string &text);

} // namespace bench
