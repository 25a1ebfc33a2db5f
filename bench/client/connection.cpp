#include "connection.hpp"

#include <fstream>
#include <stdexcept>

#include <sched.h>

namespace bench {

namespace {

cpu_set_t all_processors, one_processor;
bool is_pinned = false;

} // namespace

void
PinSelf()
{
	if (sched_getaffinity(0, sizeof all_processors, &all_processors) != 0)
		return;
	CPU_ZERO(&one_processor);
	for (int i = CPU_SETSIZE; i-- > 0;) {
		if (CPU_ISSET(i, &all_processors)) {
			CPU_SET(i, &one_processor);
			break;
		}
	}
	is_pinned = sched_setaffinity(0, sizeof one_processor, &one_processor) == 0;
}

void
UnpinSelf()
{
	if (is_pinned)
		(void)sched_setaffinity(0, sizeof all_processors, &all_processors);
	is_pinned = false;
}

void
Connection::Pin()
{
	if (is_pinned)
		(void)sched_setaffinity(PQbackendPID(connection_.get()), sizeof one_processor,
								&one_processor);
}

Connection::Connection(const Settings &parameters)
{
	std::vector<const char *> names, values;
	for (const auto &[name, value] : parameters) {
		names.push_back(name.c_str());
		values.push_back(value.c_str());
	}
	names.push_back(nullptr);
	values.push_back(nullptr);
	connection_.reset(PQconnectdbParams(names.data(), values.data(), 0));
	if (PQstatus(connection_.get()) != CONNECTION_OK)
		throw std::runtime_error(PQerrorMessage(connection_.get()));
}

std::string
Connection::Take(PGresult *result, const char *what)
{
	std::unique_ptr<PGresult, void (*)(PGresult *)> owner(result, PQclear);
	ExecStatusType status = PQresultStatus(result);
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		throw std::runtime_error(std::string(what).substr(0, 200) + ": " +
								 PQerrorMessage(connection_.get()));
	if (status != PGRES_TUPLES_OK || PQntuples(result) == 0 || PQnfields(result) == 0)
		return "";
	return PQgetvalue(result, 0, 0);
}

std::string
Connection::Exec(const std::string &sql)
{
	return Take(PQexec(connection_.get(), sql.c_str()), sql.c_str());
}

std::string
Connection::Call(const std::string &sql, const std::vector<std::string> &arguments)
{
	std::vector<const char *> values;
	for (const std::string &argument : arguments)
		values.push_back(argument.c_str());
	return Take(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()),
							 nullptr, values.data(), nullptr, nullptr, 0),
				sql.c_str());
}

void
Connection::Prepare(const std::string &name, const std::string &sql)
{
	const Oid text = 25;
	Take(PQprepare(connection_.get(), name.c_str(), sql.c_str(), 1, &text), sql.c_str());
}

void
Connection::Run(const std::string &name, const std::string &argument)
{
	const char *value = argument.c_str();
	Take(PQexecPrepared(connection_.get(), name.c_str(), 1, &value, nullptr, nullptr, 0),
		 name.c_str());
}

double
Connection::Clock()
{
	// The clock of another process can be read on Linux, and costs that process nothing.
	if (!sought_clock_) {
		sought_clock_ = true;
		timespec now;
		has_clock_ = clock_getcpuclockid(PQbackendPID(connection_.get()), &clock_) == 0 &&
					 clock_gettime(clock_, &now) == 0;
		if (!has_clock_)
			Take(PQprepare(connection_.get(), "clock", "select bench.clock()", 0, nullptr),
				 "clock");
	}
	timespec now;
	if (has_clock_ && clock_gettime(clock_, &now) == 0)
		return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
	return std::stod(
		Take(PQexecPrepared(connection_.get(), "clock", 0, nullptr, nullptr, nullptr, 0), "clock"));
}

long
Connection::Resident()
{
	std::ifstream status("/proc/" + std::to_string(PQbackendPID(connection_.get())) + "/status");
	std::string line;
	while (std::getline(status, line)) {
		if (line.starts_with("RssAnon:"))
			return std::stol(line.substr(8));
	}
	return 0;
}

std::string
Quote(const std::string &text)
{
	std::string quoted = "'";
	for (char c : text)
		quoted += c == '\'' ? std::string("''") : std::string(1, c);
	return quoted + "'";
}

} // namespace bench
