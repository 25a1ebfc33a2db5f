// client FOLDER CONNINFO ADMIN-CONNINFO SECONDS: 200 connections present the tokens of
// FOLDER/tokens for SECONDS, while the registry changes and backends are cancelled and terminated.
// What was counted goes to the output as lines "name value"; what must not happen is described on
// the error output. script/hold judges it.
#include "client.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <poll.h>

namespace hold {

namespace {

constexpr size_t kConnectionCount = 200;
// These are left alone, so that their memory can be measured.
constexpr size_t kSteadyCount = 4;

std::vector<std::string>
Fields(const std::string &line)
{
	std::vector<std::string> fields;
	std::istringstream in(line);
	for (std::string field; std::getline(in, field, '\t');) {
		fields.push_back(field);
	}
	return fields;
}

bool
ReadFiles(const std::string &folder, Load &load)
{
	std::ifstream tokens(folder + "/tokens");
	std::ifstream changes(folder + "/changes.sql");
	for (std::string line; std::getline(tokens, line);) {
		const std::vector<std::string> field = Fields(line);
		if (field.size() == 4) {
			load.tokens.push_back({field[0], field[1], std::atoi(field[2].c_str()), field[3]});
		}
	}
	for (std::string line; std::getline(changes, line);) {
		const std::vector<std::string> field = Fields(line);
		if (field.size() == 2) {
			load.changes.push_back({field[0], field[1]});
		}
	}
	return !load.tokens.empty() && !load.changes.empty();
}

// Wait polls the sockets for a moment, and advances those that are ready.
void
Wait(Load &load)
{
	std::vector<pollfd> sockets;
	for (const Connection &connection : load.connections) {
		sockets.push_back({connection.Socket(), connection.Events(), 0});
	}
	if (poll(sockets.data(), sockets.size(), 20) < 0) {
		return;
	}
	for (size_t i = 0; i < sockets.size(); i++) {
		if (sockets[i].fd < 0 || sockets[i].revents != 0) {
			load.connections[i].Advance(load);
		}
	}
}

void
Print(const Load &load)
{
	const Counts &counts = load.counts;
	const std::pair<const char *, uint64_t> lines[] = {
		{"rows", counts.rows},
		{"accepted", counts.accepted},
		{"refused", counts.refused},
		{"interrupted", counts.interrupted},
		{"connected", counts.connected},
		{"changes", counts.changes},
		{"cancelled", counts.cancelled},
		{"terminated", counts.terminated},
		{"reloaded", counts.reloaded},
		{"foreign_rows", counts.foreign_rows},
		{"valid_refused", counts.valid_refused},
		{"bad_accepted", counts.bad_accepted},
		{"removed_accepted", counts.removed_accepted},
		{"unexpected", counts.unexpected},
	};
	for (const auto &[kind, count] : counts.presented) {
		std::printf("presented_%s %lu\n", kind.c_str(), static_cast<unsigned long>(count));
	}
	for (const auto &[name, value] : lines) {
		std::printf("%s %lu\n", name, static_cast<unsigned long>(value));
	}
	for (size_t i = 0; i < kSteadyCount; i++) {
		std::printf("steady_pid %d\n", load.connections[i].Pid());
	}
	std::fflush(stdout);
}

// Disturb cancels what one connection does, ends another's backend, or reads the configuration
// anew.
void
Disturb(Load &load, Admin &admin, int64_t round)
{
	const size_t victim = kSteadyCount + load.Pick(load.connections.size() - kSteadyCount);
	if (round % 50 == 0) {
		admin.Ask("select pg_reload_conf()");
	} else if (round % 5 == 0) {
		const int pid = load.connections[victim].Pid();
		if (pid != 0) {
			admin.Ask("select pg_terminate_backend(" + std::to_string(pid) + ")");
		}
	} else if (load.connections[victim].Cancel()) {
		load.counts.cancelled++;
	}
}

int
Run(Load &load, Admin &admin, int64_t seconds)
{
	const int64_t end = Milliseconds() + seconds * 1000;
	int64_t next_disturbance = 0;
	int64_t next_print = Milliseconds() + 1000;
	load.connections.resize(kConnectionCount);
	for (int64_t round = 1; Milliseconds() < end;) {
		Wait(load);
		admin.Advance(load);
		if (Milliseconds() >= next_disturbance) {
			next_disturbance = Milliseconds() + 40;
			Disturb(load, admin, round++);
		}
		if (Milliseconds() >= next_print) {
			next_print = Milliseconds() + 1000;
			Print(load);
		}
	}
	Print(load);
	for (Connection &connection : load.connections) {
		connection.Close();
	}
	admin.Close();
	return 0;
}

} // namespace

int64_t
Milliseconds()
{
	return std::chrono::duration_cast<std::chrono::milliseconds>(
			   std::chrono::steady_clock::now().time_since_epoch())
		.count();
}

Verdict
Load::Expected(const Token &token) const
{
	if (token.kind == "valid") {
		return Verdict::kAccept;
	}
	if (token.kind != "changing") {
		return Verdict::kRefuse;
	}
	if (truth.changing) {
		return Verdict::kEither;
	}
	const char key = static_cast<char>('0' + token.key);
	return truth.good_keys.find(key) != std::string::npos ? Verdict::kAccept : Verdict::kRefuse;
}

void
Load::Unexpected(const Token &token, const std::string &what)
{
	counts.unexpected++;
	if (counts.unexpected <= 20) {
		std::fprintf(stderr, "%s token of %s: %s\n", token.kind.c_str(), token.user.c_str(),
					 what.c_str());
	}
}

} // namespace hold

int
main(int argc, char **argv)
{
	hold::Load load;
	if (argc != 5 || !hold::ReadFiles(argv[1], load)) {
		std::fprintf(stderr, "usage: client FOLDER CONNINFO ADMIN-CONNINFO SECONDS\n");
		return 2;
	}
	load.conninfo = argv[2];
	hold::Admin admin(argv[3]);
	return hold::Run(load, admin, std::atoll(argv[4]));
}
