#include "core/address.hpp"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "fetch/http.hpp"

extern "C" {
#include "storage/procsignal.h"
}

namespace session_jwt {

namespace {

constexpr long connect_timeout_ms = 2000;

// Transfer is what the callbacks of one Get share.
struct Transfer {
	const HttpPolicy *policy;
	HttpResponse *response;
	bool is_plain; // http
	size_t len;
	const char *refusal; // why a callback gave up; NULL: it did not
};

char body_buffer[max_body];

extern "C" {

static size_t
TakeBody(char *data, size_t, size_t len, void *context)
{
	Transfer *transfer = static_cast<Transfer *>(context);
	if (len > max_body - transfer->len) {
		transfer->refusal = "the answer is larger than 256 kB";
		return 0;
	}
	memcpy(body_buffer + transfer->len, data, len);
	transfer->len += len;
	return len;
}

static size_t
TakeHeader(char *data, size_t, size_t len, void *context)
{
	constexpr std::string_view name = "cache-control:";
	std::string_view line(data, len);
	if (len > name.size() && pg_strncasecmp(data, name.data(), name.size()) == 0)
		ReadCacheControl(line.substr(name.size()),
						 &static_cast<Transfer *>(context)->response->freshness);
	return len;
}

// Called for each address before it is connected to; what is judged is what is used.
static curl_socket_t
OpenSocket(void *context, curlsocktype, struct curl_sockaddr *address)
{
	Transfer *transfer = static_cast<Transfer *>(context);
	AddressKind kind = AddressKind::kInternal;
	if (address->family == AF_INET) {
		uint8_t bytes[4];
		memcpy(bytes, &reinterpret_cast<sockaddr_in *>(&address->addr)->sin_addr, sizeof bytes);
		kind = ClassifyIpv4(bytes);
	} else if (address->family == AF_INET6) {
		uint8_t bytes[16];
		memcpy(bytes, &reinterpret_cast<sockaddr_in6 *>(&address->addr)->sin6_addr, sizeof bytes);
		kind = ClassifyIpv6(bytes);
	}
	if (transfer->is_plain && kind != AddressKind::kLoopback) {
		transfer->refusal = "http is allowed on loopback only; use https";
		return CURL_SOCKET_BAD;
	}
	if (kind != AddressKind::kPublic && !transfer->policy->allow_internal) {
		transfer->refusal = "the address is not a public one (pg_session_jwt.fetch is \"public\")";
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Called at least once a second; to be told to end, or to cancel, ends the transfer. Other
// interrupts do not, but nobody who drops a database waits for this process to acknowledge it.
static int
Progress(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t)
{
	if (ProcSignalBarrierPending)
		ProcessProcSignalBarrier();
	return ProcDiePending || QueryCancelPending ? 1 : 0;
}

} // extern "C"

// Set what every transfer needs. False if libcurl lacks one of the safeguards.
bool
SetOptions(CURL *curl, const char *url, long timeout_ms, Transfer *transfer, char *error)
{
	const HttpPolicy &policy = *transfer->policy;
	const char *protocols = policy.allow_internal ? "https,http" : "https";
	bool ok = true;
	auto set = [&](auto option, auto value) {
		ok = ok && curl_easy_setopt(curl, option, value) == CURLE_OK;
	};
	set(CURLOPT_URL, url);
#if LIBCURL_VERSION_NUM >= 0x075500
	set(CURLOPT_PROTOCOLS_STR, protocols);
#else
	set(CURLOPT_PROTOCOLS,
		policy.allow_internal ? long{CURLPROTO_HTTPS | CURLPROTO_HTTP} : long{CURLPROTO_HTTPS});
	(void)protocols;
#endif
	set(CURLOPT_FOLLOWLOCATION, 0L);
	set(CURLOPT_PROXY, "");
	set(CURLOPT_NOSIGNAL, 1L);
	set(CURLOPT_SSL_VERIFYPEER, 1L);
	set(CURLOPT_SSL_VERIFYHOST, 2L);
	if (policy.ca_file != nullptr && policy.ca_file[0] != '\0')
		set(CURLOPT_CAINFO, policy.ca_file);
	set(CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
	set(CURLOPT_TIMEOUT_MS, timeout_ms);
	set(CURLOPT_USERAGENT, "pg_session_jwt");
	set(CURLOPT_ERRORBUFFER, error);
	set(CURLOPT_WRITEFUNCTION, TakeBody);
	set(CURLOPT_WRITEDATA, transfer);
	set(CURLOPT_HEADERFUNCTION, TakeHeader);
	set(CURLOPT_HEADERDATA, transfer);
	set(CURLOPT_OPENSOCKETFUNCTION, OpenSocket);
	set(CURLOPT_OPENSOCKETDATA, transfer);
	set(CURLOPT_NOPROGRESS, 0L);
	set(CURLOPT_XFERINFOFUNCTION, Progress);
	return ok;
}

void
Judge(CURL *curl, CURLcode result, const char *error, Transfer *transfer)
{
	HttpResponse *out = transfer->response;
	long status = 0;
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	// One of several addresses may have been refused and another one have answered.
	if (result != CURLE_OK && transfer->refusal != nullptr)
		strlcpy(out->error, transfer->refusal, sizeof out->error);
	else if (result != CURLE_OK)
		strlcpy(out->error, error[0] != '\0' ? error : curl_easy_strerror(result),
				sizeof out->error);
	else if (status >= 300 && status < 400)
		snprintf(out->error, sizeof out->error,
				 "the server answered with a redirect (HTTP status %ld); give its target instead",
				 status);
	else if (status != 200)
		snprintf(out->error, sizeof out->error, "the server answered with HTTP status %ld", status);
	else
		out->is_ok = true;
	out->body = std::string_view(body_buffer, transfer->len);
	// The system's texts may be in any encoding.
	for (char *c = out->error; *c != '\0'; c++)
		*c = *c >= ' ' && *c <= '~' ? *c : '?';
}

bool
HasScheme(const char *url, const char *scheme)
{
	return pg_strncasecmp(url, scheme, strlen(scheme)) == 0;
}

} // namespace

void
Get(const char *url, const HttpPolicy &policy, long timeout_ms, HttpResponse *out)
{
	*out = HttpResponse{};
	bool is_plain = policy.allow_internal && HasScheme(url, "http://");
	if (!is_plain && !HasScheme(url, "https://")) {
		strlcpy(out->error, "the address does not begin with https://", sizeof out->error);
		return;
	}
	Transfer transfer = {&policy, out, is_plain, 0, nullptr};
	char error[CURL_ERROR_SIZE] = "";
	CURL *curl = curl_easy_init();
	if (curl == nullptr) {
		strlcpy(out->error, "out of memory", sizeof out->error);
		return;
	}
	if (SetOptions(curl, url, timeout_ms, &transfer, error))
		Judge(curl, curl_easy_perform(curl), error, &transfer);
	else
		strlcpy(out->error, "libcurl is too old, or the CA file cannot be used", sizeof out->error);
	curl_easy_cleanup(curl);
}

} // namespace session_jwt
