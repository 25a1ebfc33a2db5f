// Parse walks every value through simdjson's On-Demand interface. The lazy half of that interface
// checks only what is asked for, so this file asks for everything, and does itself what differs
// between simdjson 3.0.1 and later: numbers, literals, escapes, byte order mark, trailing bytes.
#include "core/json.hpp"
#include "core/json_number.hpp"
#include "core/json_string.hpp"

// Error codes only: this makes the throwing half of the interface disappear.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>
#include <new>

namespace session_jwt {

namespace {

namespace ondemand = simdjson::ondemand;

// kMaxText is beyond any text value of PostgreSQL and keeps node indexes within 32 bits.
constexpr size_t kMaxText = 0x3FFFFFFF;

// A document that once held a large text gives the room back when a small one comes.
constexpr size_t kSmallText = size_t{64} << 10;
constexpr size_t kLargeMemory = size_t{1} << 20;

// kFirstUse is more than simdjson allocates when it chooses an implementation.
constexpr size_t kFirstUse = 4096;

// MakeRoomForFirstUse throws bad_alloc where simdjson could not: at first use it chooses among its
// implementations in functions that are noexcept and allocate, so running out of memory there would
// end the process.
void
MakeRoomForFirstUse()
{
	static bool is_done = false;
	if (!is_done) {
		::operator delete(::operator new(kFirstUse));
		is_done = true;
	}
}

// Walker turns one text, which it may write to, into nodes.
class Walker {
public:
	Walker(char *text, size_t len, std::vector<JsonNode> *nodes)
		: text_(text), len_(len), nodes_(nodes)
	{
	}

	JsonError Root(ondemand::document &document, char first);
	JsonError Scalar(std::string_view token, std::string_view name);

private:
	JsonError Value(ondemand::value &value, std::string_view name, int depth);
	JsonError Array(simdjson::simdjson_result<ondemand::array> result, std::string_view name,
					int depth);
	JsonError Object(simdjson::simdjson_result<ondemand::object> result, std::string_view name,
					 int depth);
	JsonError Elements(ondemand::array &array, int depth);
	JsonError Members(ondemand::object &object, int depth);
	JsonError String(std::string_view token, std::string_view *out);

	void
	Add(JsonType type, std::string_view name, std::string_view text)
	{
		auto end = static_cast<uint32_t>(nodes_->size() + 1);
		nodes_->push_back({type, end, name, text});
	}

	char *text_;
	size_t len_;
	std::vector<JsonNode> *nodes_;
};

// String resolves a string whose quotes are the ends of `token`.
JsonError
Walker::String(std::string_view token, std::string_view *out)
{
	if (token.size() < 2 || token.back() != '"') {
		return JsonError::kSyntax;
	}
	token = token.substr(1, token.size() - 2);
	if (token.empty() || std::memchr(token.data(), '\\', token.size()) == nullptr) {
		*out = token;
		return JsonError::kNone;
	}
	char *begin = text_ + (token.data() - text_);
	return ResolveEscapes(begin, begin + token.size(), out);
}

JsonError
Walker::Scalar(std::string_view token, std::string_view name)
{
	JsonNumber number;
	std::string_view text;
	switch (token.front()) {
	case '"': {
		JsonError error = String(token, &text);
		Add(JsonType::kString, name, text);
		return error;
	}
	case 't':
		Add(JsonType::kTrue, name, {});
		return token == "true" ? JsonError::kNone : JsonError::kSyntax;
	case 'f':
		Add(JsonType::kFalse, name, {});
		return token == "false" ? JsonError::kNone : JsonError::kSyntax;
	case 'n':
		Add(JsonType::kNull, name, {});
		return token == "null" ? JsonError::kNone : JsonError::kSyntax;
	default:
		Add(JsonType::kNumber, name, token);
		return SplitNumber(token, &number) && FitsNumeric(number) ? JsonError::kNone
																  : JsonError::kSyntax;
	}
}

JsonError
Walker::Value(ondemand::value &value, std::string_view name, int depth)
{
	// The token reaches to where the next one starts: with white space, and with nothing else.
	std::string_view token = value.raw_json_token();
	if (token.empty()) {
		return JsonError::kSyntax;
	}
	if (token.front() == '{') {
		return Object(value.get_object(), name, depth);
	}
	if (token.front() == '[') {
		return Array(value.get_array(), name, depth);
	}
	// A string must be consumed as one: skipped over, it would pass for a name before a colon.
	if (token.front() == '"' && value.get_raw_json_string().error() != simdjson::SUCCESS) {
		return JsonError::kSyntax;
	}
	return Scalar(WithoutSpaceBehind(token), name);
}

JsonError
Walker::Array(simdjson::simdjson_result<ondemand::array> result, std::string_view name, int depth)
{
	if (depth > kMaxJsonDepth) {
		return JsonError::kDepth;
	}
	if (result.error() != simdjson::SUCCESS) {
		return JsonError::kSyntax;
	}
	ondemand::array array = result.value_unsafe();
	size_t index = nodes_->size();
	Add(JsonType::kArray, name, {});
	JsonError error = Elements(array, depth);
	(*nodes_)[index].end = static_cast<uint32_t>(nodes_->size());
	return error;
}

JsonError
Walker::Object(simdjson::simdjson_result<ondemand::object> result, std::string_view name, int depth)
{
	if (depth > kMaxJsonDepth) {
		return JsonError::kDepth;
	}
	if (result.error() != simdjson::SUCCESS) {
		return JsonError::kSyntax;
	}
	ondemand::object object = result.value_unsafe();
	size_t index = nodes_->size();
	Add(JsonType::kObject, name, {});
	JsonError error = Members(object, depth);
	(*nodes_)[index].end = static_cast<uint32_t>(nodes_->size());
	return error;
}

JsonError
Walker::Elements(ondemand::array &array, int depth)
{
	for (auto element : array) {
		if (element.error() != simdjson::SUCCESS) {
			return JsonError::kSyntax;
		}
		ondemand::value value = element.value_unsafe();
		JsonError error = Value(value, {}, depth + 1);
		if (error != JsonError::kNone) {
			return error;
		}
	}
	return JsonError::kNone;
}

JsonError
Walker::Members(ondemand::object &object, int depth)
{
	for (auto member : object) {
		if (member.error() != simdjson::SUCCESS) {
			return JsonError::kSyntax;
		}
		ondemand::field field = member.value_unsafe();
		// raw() points behind the opening quote, into the text.
		const char *quote = field.key().raw() - 1;
		std::string_view name;
		JsonError error = String(Quoted({quote, static_cast<size_t>(text_ + len_ - quote)}), &name);
		if (error == JsonError::kNone) {
			error = Value(field.value(), name, depth + 1);
		}
		if (error != JsonError::kNone) {
			return error;
		}
	}
	return JsonError::kNone;
}

JsonError
Walker::Root(ondemand::document &document, char first)
{
	JsonError error =
		first == '{' ? Object(document.get_object(), {}, 1) : Array(document.get_array(), {}, 1);
	if (error != JsonError::kNone) {
		return error;
	}
	// Nothing may follow. An iteration that stopped early has a location left, too.
	return document.current_location().error() == simdjson::OUT_OF_BOUNDS ? JsonError::kNone
																		  : JsonError::kSyntax;
}

} // namespace

struct JsonDocument::Parser {
	ondemand::parser parser;
	std::vector<char> buffer;

	std::string_view Keep(std::string_view text);
	JsonError Walk(std::string_view text, std::vector<JsonNode> *nodes);
};

// Keep copies `text` to where the nodes can point, with the padding that simdjson reads beyond it.
// NULs there, so that no byte of an earlier text can complete this one.
std::string_view
JsonDocument::Parser::Keep(std::string_view text)
{
	size_t size = text.size() + simdjson::SIMDJSON_PADDING;
	if (buffer.size() < size) {
		buffer.resize(std::bit_ceil(std::max(size, size_t{1024})));
	}
	std::memcpy(buffer.data(), text.data(), text.size());
	std::memset(buffer.data() + text.size(), 0, simdjson::SIMDJSON_PADDING);
	return {buffer.data(), text.size()};
}

JsonError
JsonDocument::Parser::Walk(std::string_view text, std::vector<JsonNode> *nodes)
{
	Walker walker(buffer.data(), text.size(), nodes);
	if (text.front() != '{' && text.front() != '[') {
		bool whole = text.front() != '"' || Quoted(text).size() == text.size();
		return whole ? walker.Scalar(text, {}) : JsonError::kSyntax;
	}
	simdjson::error_code code = simdjson::SUCCESS;
	if (parser.capacity() < text.size()) {
		code = parser.allocate(buffer.size());
	}
	ondemand::document document;
	if (code == simdjson::SUCCESS) {
		simdjson::padded_string_view padded(text.data(), text.size(),
											text.size() + simdjson::SIMDJSON_PADDING);
		code = parser.iterate(padded).get(document);
	}
	if (code == simdjson::MEMALLOC) {
		throw std::bad_alloc();
	}
	return code == simdjson::SUCCESS ? walker.Root(document, text.front()) : JsonError::kSyntax;
}

JsonDocument::JsonDocument() = default;
JsonDocument::~JsonDocument() = default;
JsonDocument::JsonDocument(JsonDocument &&) noexcept = default;
JsonDocument &JsonDocument::operator=(JsonDocument &&) noexcept = default;

JsonError
JsonDocument::Parse(std::string_view text)
{
	nodes_.clear();
	if (text.size() < kSmallText && SizeInMemory() > kLargeMemory) {
		parser_.reset();
		nodes_ = std::vector<JsonNode>(); // = {} would keep the room
	}
	MakeRoomForFirstUse();
	text = WithoutSpace(text);
	if (text.empty() || text.size() > kMaxText ||
		!simdjson::validate_utf8(text.data(), text.size())) {
		return JsonError::kSyntax;
	}
	if (!parser_) {
		parser_ = std::make_unique<Parser>();
	}
	JsonError error = parser_->Walk(parser_->Keep(text), &nodes_);
	if (error != JsonError::kNone) {
		nodes_.clear();
	}
	return error;
}

size_t
JsonDocument::SizeInMemory() const
{
	size_t size = nodes_.capacity() * sizeof(JsonNode);
	if (parser_) {
		// simdjson keeps a 32-bit index per byte, and room for strings of 5/3 of the text.
		size_t per_text = parser_->parser.capacity();
		size += sizeof(Parser) + parser_->buffer.capacity() + per_text * 4 + per_text * 5 / 3;
	}
	return size;
}

std::string_view
SimdjsonVersion()
{
	// The numbers are enumerators in every version; the macro changes its form.
	static char text[24];
	int len =
		snprintf(text, sizeof text, "%d.%d.%d", static_cast<int>(simdjson::SIMDJSON_VERSION_MAJOR),
				 static_cast<int>(simdjson::SIMDJSON_VERSION_MINOR),
				 static_cast<int>(simdjson::SIMDJSON_VERSION_REVISION));
	return std::string_view(text, static_cast<size_t>(len));
}

} // namespace session_jwt
