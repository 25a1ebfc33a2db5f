// Interleaved rounds: every case of a group runs once in each round, in shuffled order, and cases
// are compared within their round, so that what slows the machine for a while slows both.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "connection.hpp"

namespace bench {

struct Case {
	std::string name;
	ConnectionPtr connection;
	std::function<void(int round)> run;
	double operations = 1;         // in one run
	int stage = 0;                 // cases of a later stage run after those of an earlier one
	std::vector<double> cost = {}; // nanoseconds of server CPU per operation, by round
};

struct Quartiles {
	double low, median, high;
};

// Row is one line of the result.
struct Row {
	std::string id, what;
	bool is_measured = false;
	Quartiles ratio = {};
	double bar = 0;        // 0: none, for comparison only
	bool is_floor = false; // the ratio must be at least the bar
	std::string note = "";
	int rounds = 0;
};

// Cost is one bar of a chart.
struct Cost {
	std::string chart, name;
	Quartiles nanoseconds;
};

class Results {
public:
	void Add(Row row);
	void AddCosts(const std::string &chart, const std::vector<Case> &cases);
	void
	Note(const std::string &key, const std::string &value)
	{
		notes_.push_back({key, value});
	}
	void Print() const; // JSON to standard output

private:
	std::vector<Row> rows_;
	std::vector<Cost> costs_;
	std::vector<std::pair<std::string, std::string>> notes_;
};

Quartiles QuartilesOf(std::vector<double> values);

// RunRounds runs the cases, a first time without looking at the clock.
void RunRounds(std::vector<Case> *cases, int rounds);

// Compare makes a row of the same-round ratios of two cases, by name.
Row Compare(const std::vector<Case> &cases, const std::string &name, const std::string &base,
			const std::string &id, const std::string &what, double bar);

// Unmeasured makes a row that says why there is no figure.
Row Unmeasured(const std::string &id, const std::string &what, double bar,
			   const std::string &reason);

const Case &Find(const std::vector<Case> &cases, const std::string &name);

} // namespace bench
