// One HTTP GET, within limits that no server can stretch. The only includer of libcurl.
#pragma once

#include "core/cache_control.hpp"
#include "pg/prelude.hpp"

namespace session_jwt {

inline constexpr size_t max_body = 256 * 1024; // bytes

// HttpPolicy says where the fetcher may connect to.
struct HttpPolicy {
	bool allow_internal; // private and loopback addresses, and http on loopback
	const char *ca_file; // NULL or "": the operating system's authorities
};

inline constexpr long total_timeout_ms = 5000; // of one Get, or of several that belong together

// HttpResponse is what Get found. `body` points into memory of the process, good until the next
// Get.
struct HttpResponse {
	bool is_ok;      // status 200 and a body within the limits
	char error[256]; // what went wrong, for people; ASCII
	std::string_view body;
	Freshness freshness;
};

// Get fetches `url`: https only (or http to loopback, where allowed), certificates verified, no
// redirect, no proxy, 2 s to connect and `timeout_ms` in all. The address is judged when the
// connection is made, so that no name can resolve to another one in between. The content type does
// not matter. It gives up when the process is told to end; the caller checks for that.
void Get(const char *url, const HttpPolicy &policy, long timeout_ms, HttpResponse *out);

} // namespace session_jwt
