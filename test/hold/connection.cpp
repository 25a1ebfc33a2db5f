// A client of script/hold, and the verdict on what it was shown.
#include "client.hpp"

#include <cstdio>
#include <cstring>

#include <poll.h>

namespace hold {

namespace {

constexpr int kRowsPerUser = 5;
constexpr int64_t kRetryMilliseconds = 300;

// Interruptions that the load itself causes: cancelled, terminated, stopped, starting.
bool
IsInterruption(const std::string &state)
{
	return state == "57014" || state == "57P01" || state == "57P02" || state == "57P03" ||
		   state.empty();
}

bool
IsRefusal(const std::string &state)
{
	return state == "23514" || state == "42804" || state == "22023" || state == "54000";
}

void
IgnoreNotice(void *, const char *)
{
}

} // namespace

short
Connection::Events() const
{
	if (step_ == Step::kConnecting) {
		return polling_ == PGRES_POLLING_READING ? POLLIN : POLLOUT;
	}
	return POLLIN;
}

bool
Connection::Cancel()
{
	char message[256];
	if (connection_ == nullptr || step_ < Step::kReset) {
		return false;
	}
	PGcancel *cancel = PQgetCancel(connection_);
	const bool done = cancel != nullptr && PQcancel(cancel, message, sizeof(message)) == 1;
	PQfreeCancel(cancel);
	return done;
}

void
Connection::Close()
{
	PQfinish(connection_);
	connection_ = nullptr;
	step_ = Step::kDown;
}

void
Connection::Lost(Load &load)
{
	if (step_ >= Step::kReset) {
		load.counts.interrupted++;
	}
	Close();
	not_before_ = Milliseconds() + kRetryMilliseconds + static_cast<int64_t>(load.Pick(300));
}

void
Connection::Connect(Load &load)
{
	if (Milliseconds() < not_before_) {
		return;
	}
	connection_ = PQconnectStart(load.conninfo.c_str());
	step_ = Step::kConnecting;
	polling_ = PGRES_POLLING_WRITING;
	if (connection_ == nullptr || PQstatus(connection_) == CONNECTION_BAD) {
		Lost(load);
	}
}

// Send begins a step. What must come of it is what is true now, if that stays true until its end.
void
Connection::Send(Load &load, Step step)
{
	int sent = 0;
	step_ = step;
	if (step == Step::kReset) {
		token_ = &load.tokens[load.Pick(load.tokens.size())];
		lazy_ = load.Pick(2) == 0;
		is_set_ = false;
		sent = PQsendQuery(connection_, "reset pg_session_jwt.jwt");
	} else if (step == Step::kPresent) {
		const char *value = token_->text.c_str();
		load.counts.presented[token_->kind]++;
		sent = PQsendQueryParams(connection_,
								 lazy_ ? "select set_config('pg_session_jwt.jwt', $1, false)"
									   : "select auth.jwt_session_init($1)",
								 1, nullptr, &value, nullptr, nullptr, 0);
	} else {
		sent = PQsendQuery(connection_, "select user_id, task from todos");
	}
	epoch_ = load.truth.epoch;
	expected_ = load.Expected(*token_);
	if (sent == 0) {
		Lost(load);
	}
}

void
Connection::Advance(Load &load)
{
	if (step_ == Step::kDown) {
		Connect(load);
		return;
	}
	if (step_ == Step::kConnecting) {
		polling_ = PQconnectPoll(connection_);
		if (polling_ == PGRES_POLLING_FAILED) {
			Lost(load);
		} else if (polling_ == PGRES_POLLING_OK) {
			// That the server stops is no news.
			PQsetNoticeProcessor(connection_, IgnoreNotice, nullptr);
			load.counts.connected++;
			Send(load, Step::kReset);
		}
		return;
	}
	if (PQconsumeInput(connection_) == 0) {
		Lost(load);
		return;
	}
	PGresult *result = nullptr;
	PGresult *more = nullptr;
	if (PQisBusy(connection_) != 0) {
		return;
	}
	result = PQgetResult(connection_);
	while (result != nullptr && (more = PQgetResult(connection_)) != nullptr) {
		PQclear(more);
	}
	if (PQstatus(connection_) == CONNECTION_BAD) {
		PQclear(result);
		Lost(load);
		return;
	}
	Finish(load, result);
	PQclear(result);
}

void
Connection::Finish(Load &load, PGresult *result)
{
	const char *field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const bool ok =
		PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK;
	const std::string state = field == nullptr ? "" : field;

	if (!ok && IsInterruption(state)) {
		load.counts.interrupted++;
		Send(load, Step::kReset);
		return;
	}
	if (epoch_ != load.truth.epoch && token_->kind == "changing") {
		expected_ = Verdict::kEither;
	}
	if (!ok && !IsRefusal(state)) {
		load.Unexpected(*token_, state + " " + PQresultErrorMessage(result));
		Send(load, Step::kReset);
		return;
	}
	if (step_ == Step::kReset) {
		Send(load, Step::kPresent);
		return;
	}
	if (step_ == Step::kPresent) {
		is_set_ = ok;
		// Nothing is judged by set_config.
		if (!lazy_ && ok && expected_ == Verdict::kRefuse) {
			(token_->kind == "changing" ? load.counts.removed_accepted
										: load.counts.bad_accepted)++;
			load.Unexpected(*token_, "presented and accepted");
		}
		if (!ok && expected_ == Verdict::kAccept) {
			load.counts.valid_refused++;
			load.Unexpected(*token_, "presented and refused: " + state);
		}
		Send(load, Step::kRead);
		return;
	}
	FinishRead(load, result, state);
	Send(load, Step::kReset);
}

void
Connection::FinishRead(Load &load, PGresult *result, const std::string &state)
{
	const bool ok = PQresultStatus(result) == PGRES_TUPLES_OK;
	const int rows = ok ? PQntuples(result) : 0;

	for (int row = 0; row < rows; row++) {
		if (!is_set_ || token_->user != PQgetvalue(result, row, 0)) {
			load.counts.foreign_rows++;
		}
	}
	load.counts.rows += static_cast<uint64_t>(rows);
	if (rows > 0) {
		load.counts.accepted++;
	} else {
		load.counts.refused++;
	}
	if (expected_ == Verdict::kAccept && is_set_ && rows != kRowsPerUser) {
		load.counts.valid_refused++;
		load.Unexpected(*token_, "read " + std::to_string(rows) + " rows " + state);
	}
	if (expected_ == Verdict::kRefuse && (rows > 0 || (is_set_ && ok))) {
		(token_->kind == "changing" ? load.counts.removed_accepted : load.counts.bad_accepted)++;
		load.Unexpected(*token_, "read " + std::to_string(rows) + " rows");
	}
}

} // namespace hold
