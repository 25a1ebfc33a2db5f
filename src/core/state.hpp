// The one state behind the port, and the guard that every throwing port function goes through.
#pragma once

#include "core/issuer.hpp"
#include "core/session.hpp"
#include "core/verification.hpp"

#include <functional>
#include <new>
#include <string>
#include <unordered_map>

namespace session_jwt {

// TextHash lets a map of strings be searched with a view.
struct TextHash {
	using is_transparent = void;
	size_t
	operator()(std::string_view text) const noexcept
	{
		return std::hash<std::string_view>{}(text);
	}
};

struct State {
	ConnectionKey connection;
	std::unordered_map<std::string, Issuer, TextHash, std::equal_to<>> issuers;
	uint64_t next_version = 1;
	Verification verification;
	KeySet open_keys; // for DescribeKey
	AlgorithmSet open_algorithms = 0;
	JsonDocument discovery;
};

// TheState returns the state, made on first use. It throws only bad_alloc.
State &TheState();

// Guarded runs `work` on a default-constructed result and turns what it throws into a status:
// the only try and catch of the project. With SESSION_JWT_ABORT_ON_EXCEPTION, for tests, anything
// but running out of memory ends the process.
template <typename Result, typename Work>
Result
Guarded(Work &&work) noexcept
{
	Result result{};
	try {
		work(&result);
		return result;
	} catch (const std::bad_alloc &) {
		result = Result{};
		result.status = Status::kOutOfMemory;
#ifndef SESSION_JWT_ABORT_ON_EXCEPTION
	} catch (...) {
		result = Result{};
		result.status = Status::kInternal;
#endif
	}
	return result;
}

} // namespace session_jwt
