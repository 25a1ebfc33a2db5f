// The connection of script/hold that changes the registry. The truth is unknown from the moment a
// change is sent to the moment its commit is known; a change whose connection was lost is followed
// by another one before anything is taken to be true.
#include "client.hpp"

namespace hold {

namespace {

constexpr int64_t kRetryMilliseconds = 200;
constexpr int64_t kChangeMilliseconds = 400;

} // namespace

void
Admin::Close()
{
	PQfinish(connection_);
	connection_ = nullptr;
	busy_ = false;
}

void
Admin::Begin(Load &load)
{
	change_ = nullptr;
	if (!asked_.empty()) {
		sent_ = std::move(asked_);
		asked_.clear();
	} else if (Milliseconds() >= next_change_) {
		change_ = &load.changes[load.Pick(load.changes.size())];
		sent_ = change_->sql;
		load.truth.epoch++;
		load.truth.changing = true;
	} else {
		return;
	}
	busy_ = PQsendQuery(connection_, sent_.c_str()) == 1;
	if (!busy_) {
		Close();
	}
}

void
Admin::End(Load &load, bool ok)
{
	busy_ = false;
	if (!ok) {
		Close();
		not_before_ = Milliseconds() + kRetryMilliseconds;
		return;
	}
	if (change_ != nullptr) {
		load.counts.changes++;
		load.truth.epoch++;
		load.truth.changing = false;
		load.truth.good_keys = change_->good_keys;
		next_change_ = Milliseconds() + kChangeMilliseconds;
	} else if (sent_.find("terminate") != std::string::npos) {
		load.counts.terminated++;
	} else {
		load.counts.reloaded++;
	}
}

void
Admin::Advance(Load &load)
{
	if (connection_ == nullptr) {
		if (Milliseconds() < not_before_) {
			return;
		}
		connection_ = PQconnectdb(conninfo_);
		next_change_ = 0;
		if (PQstatus(connection_) != CONNECTION_OK) {
			End(load, false);
			return;
		}
	}
	if (!busy_) {
		Begin(load);
		return;
	}
	if (PQconsumeInput(connection_) == 0) {
		End(load, false);
		return;
	}
	if (PQisBusy(connection_) != 0) {
		return;
	}
	bool ok = true;
	for (PGresult *result = PQgetResult(connection_); result != nullptr;
		 result = PQgetResult(connection_)) {
		ok = ok && (PQresultStatus(result) == PGRES_COMMAND_OK ||
					PQresultStatus(result) == PGRES_TUPLES_OK);
		PQclear(result);
	}
	End(load, ok && PQstatus(connection_) == CONNECTION_OK);
}

} // namespace hold
