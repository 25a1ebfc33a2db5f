#include "measure.hpp"

#include <algorithm>
#include <cstdio>
#include <random>
#include <stdexcept>

namespace bench {

namespace {

std::string
Json(const std::string &text)
{
	std::string out = "\"";
	for (char c : text) {
		if (c == '"' || c == '\\')
			out += '\\';
		out += c == '\n' ? ' ' : c;
	}
	return out + "\"";
}

} // namespace

Quartiles
QuartilesOf(std::vector<double> values)
{
	if (values.empty())
		throw std::runtime_error("no rounds");
	std::sort(values.begin(), values.end());
	auto at = [&](double part) {
		double place = part * static_cast<double>(values.size() - 1);
		size_t below = static_cast<size_t>(place);
		size_t above = std::min(below + 1, values.size() - 1);
		return values[below] +
			   (place - static_cast<double>(below)) * (values[above] - values[below]);
	};
	return {at(0.25), at(0.5), at(0.75)};
}

void
RunRounds(std::vector<Case> *cases, int rounds)
{
	static std::mt19937 random(1);
	std::vector<Case *> order;
	for (Case &each : *cases)
		order.push_back(&each);
	for (int round = -1; round < rounds; round++) {
		std::shuffle(order.begin(), order.end(), random);
		std::stable_sort(order.begin(), order.end(),
						 [](const Case *a, const Case *b) { return a->stage < b->stage; });
		for (Case *each : order) {
			double start = each->connection->Clock();
			each->run(round);
			double spent = each->connection->Clock() - start;
			if (round >= 0)
				each->cost.push_back(spent / each->operations);
		}
	}
}

const Case &
Find(const std::vector<Case> &cases, const std::string &name)
{
	for (const Case &each : cases) {
		if (each.name == name)
			return each;
	}
	throw std::runtime_error("no case " + name);
}

Row
Compare(const std::vector<Case> &cases, const std::string &name, const std::string &base,
		const std::string &id, const std::string &what, double bar)
{
	const Case &over = Find(cases, name);
	const Case &under = Find(cases, base);
	std::vector<double> ratios;
	for (size_t i = 0; i < over.cost.size(); i++)
		ratios.push_back(over.cost[i] / under.cost[i]);
	char note[160];
	snprintf(note, sizeof note, "%.5g ns against %.5g ns", QuartilesOf(over.cost).median,
			 QuartilesOf(under.cost).median);
	return Row{id,  what,  true, QuartilesOf(ratios),
			   bar, false, note, static_cast<int>(ratios.size())};
}

Row
Unmeasured(const std::string &id, const std::string &what, double bar, const std::string &reason)
{
	return Row{id, what, false, {}, bar, false, reason, 0};
}

void
Results::Add(Row row)
{
	fprintf(stderr, "  %-62.62s %s\n", row.what.c_str(),
			row.is_measured ? std::to_string(row.ratio.median).c_str() : row.note.c_str());
	rows_.push_back(std::move(row));
}

void
Results::AddCosts(const std::string &chart, const std::vector<Case> &cases)
{
	for (const Case &each : cases)
		costs_.push_back({chart, each.name, QuartilesOf(each.cost)});
}

void
Results::Print() const
{
	printf("{\"rows\":[");
	const char *comma = "";
	for (const Row &row : rows_) {
		printf(
			"%s\n{\"id\":%s,\"what\":%s,\"measured\":%s,\"ratio\":%.4f,\"p25\":%.4f,\"p75\":%.4f,"
			"\"bar\":%.2f,\"sense\":\"%s\",\"rounds\":%d,\"note\":%s}",
			comma, Json(row.id).c_str(), Json(row.what).c_str(), row.is_measured ? "true" : "false",
			row.ratio.median, row.ratio.low, row.ratio.high, row.bar,
			row.is_floor ? "at least" : "at most", row.rounds, Json(row.note).c_str());
		comma = ",";
	}
	printf("],\n\"costs\":[");
	comma = "";
	for (const Cost &cost : costs_) {
		printf("%s\n{\"chart\":%s,\"name\":%s,\"p25\":%.1f,\"median\":%.1f,\"p75\":%.1f}", comma,
			   Json(cost.chart).c_str(), Json(cost.name).c_str(), cost.nanoseconds.low,
			   cost.nanoseconds.median, cost.nanoseconds.high);
		comma = ",";
	}
	printf("],\n\"notes\":{");
	comma = "";
	for (const auto &[key, value] : notes_) {
		printf("%s\n%s:%s", comma, Json(key).c_str(), Json(value).c_str());
		comma = ",";
	}
	printf("}}\n");
}

} // namespace bench
