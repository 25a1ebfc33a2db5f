#include "fetch/keys.hpp"

#include "pg/report.hpp"
#include "pg/text.hpp"

namespace session_jwt {

namespace {

// Whether a key with this status would refuse a row that is written by hand (core's key_set.cpp),
// or would change in jsonb, which keeps the last of several members.
bool
IsBroken(const KeyReport &key)
{
	switch (key.status) {
	case Status::kJwkJson:
	case Status::kJwkDuplicate:
	case Status::kJwkMember:
	case Status::kJwkPoint:
	case Status::kJwkRsaSize:
	case Status::kJwkRsaExponent:
	case Status::kJwkHmacSize:
		return true;
	default:
		return false;
	}
}

// What is wrong with the open key set as a whole; NULL if it can be used.
const char *
SetProblem()
{
	bool is_usable = false;
	for (size_t i = 0;; i++) {
		KeyReport key = DescribeKey(i);
		if (!key.is_found)
			break;
		if (key.status == Status::kOk && key.kty == "oct")
			return "It holds a symmetric key that \"algorithms\" would allow.";
		is_usable = is_usable || key.status == Status::kOk;
	}
	return is_usable ? nullptr : "None of its keys fits the row's \"algorithms\".";
}

// The path {keys,INDEX} of a jsonb value.
Datum
KeyPath(int index)
{
	Datum steps[2] = {CStringGetTextDatum("keys"), CStringGetTextDatum(psprintf("%d", index))};
	return PointerGetDatum(construct_array(steps, 2, TEXTOID, -1, false, TYPALIGN_INT));
}

// Take the broken keys of the open key set out of *set. From the last to the first, so that the
// others keep their places.
void
RemoveBroken(FetchedKeys *keys)
{
	int count = 0;
	while (DescribeKey(static_cast<size_t>(count)).is_found)
		count++;
	for (int i = count - 1; i >= 0; i--) {
		if (!IsBroken(DescribeKey(static_cast<size_t>(i))))
			continue;
		keys->set = DirectFunctionCall2(jsonb_delete_path, keys->set, KeyPath(i));
		keys->num_broken++;
	}
}

} // namespace

const char *
ReadKeys(const DueIssuer &issuer, std::string_view body, FetchedKeys *out)
{
	if (body.empty()) // which a row without keys would be
		return "the answer is empty";
	IssuerRow row;
	row.jwks = body;
	row.algorithms = issuer.algorithms;
	row.num_algorithms = issuer.num_algorithms;
	Outcome outcome = OpenKeySet(row);
	const char *problem = nullptr;
	if (outcome.status == Status::kOk)
		problem = SetProblem();
	else if ((problem = KeyProblem(outcome.status)) == nullptr)
		problem = "internal error";
	if (problem != nullptr)
		return psprintf("the answer is no usable key set: %s", problem);
	std::string_view json;
	if (!JsonToServer(body, &json))
		return "the key set cannot be represented in the encoding of the database";
	out->set = DirectFunctionCall1(jsonb_in, CStringGetDatum(pnstrdup(json.data(), json.size())));
	out->num_broken = 0;
	RemoveBroken(out);
	return nullptr;
}

} // namespace session_jwt
