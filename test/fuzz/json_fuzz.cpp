// Property: a text that is accepted can be written anew from its nodes, and the result has the same
// nodes; so nothing of it was overlooked, and no text was read in two ways. What is refused leaves
// an empty document, and the next text is not affected.
#include "property.hpp"

#include "core/json.hpp"

#include <span>
#include <string>
#include <utility>

using namespace session_jwt;

namespace {

void
WriteString(std::string_view text, std::string *out)
{
	char escape[8];
	*out += '"';
	for (char c : text) {
		if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') {
			std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned char>(c));
			*out += escape;
		} else {
			*out += c;
		}
	}
	*out += '"';
}

void
Write(const JsonDocument &document, const JsonNode &node, std::string *out)
{
	constexpr const char *kWords[] = {"null", "false", "true"};
	if (node.type <= JsonType::kTrue) {
		*out += kWords[static_cast<int>(node.type)];
	} else if (node.type == JsonType::kNumber) {
		*out += node.text;
	} else if (node.type == JsonType::kString) {
		WriteString(node.text, out);
	} else {
		const bool is_object = node.type == JsonType::kObject;
		*out += is_object ? '{' : '[';
		const JsonNode *child = document.NextChild(node, nullptr);
		for (bool first = true; child != nullptr; first = false) {
			*out += first ? "" : ",";
			if (is_object) {
				WriteString(child->name, out);
				*out += ':';
			}
			Write(document, *child, out);
			child = document.NextChild(node, child);
		}
		*out += is_object ? '}' : ']';
	}
}

} // namespace

namespace {

// CheckPaths looks the members of an object up in both ways; a document may be moved.
void
CheckPaths(JsonDocument *document)
{
	const JsonDocument moved(std::move(*document));
	const JsonNode &root = moved.root();
	const JsonNode *child = moved.NextChild(root, nullptr);
	for (int i = 0; i < 32 && child != nullptr; child = moved.NextChild(root, child), i++) {
		const std::string_view path[] = {child->name, "a"};
		const JsonNode *found = moved.Member(root, child->name);
		Must((found != nullptr) == (root.type == JsonType::kObject), "members have names");
		Must(moved.At(std::span(path, 1)) == found, "a path of one name");
		Must(moved.At(path) == (found == nullptr ? nullptr : moved.Member(*found, "a")),
			 "a path of two names");
	}
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static JsonDocument document; // kept, as the port keeps its own
	JsonDocument again;
	if (document.Parse(Text(data, size)) != JsonError::kNone) {
		Must(document.empty(), "refused text leaves nothing");
		Must(document.Parse("[1]") == JsonError::kNone, "next text is read");
		return 0;
	}
	std::string written;
	std::string rewritten;
	Write(document, document.root(), &written);
	Must(document.root().end >= 1, "nodes");
	Must(again.Parse(written) == JsonError::kNone, "what was written is JSON");
	Write(again, again.root(), &rewritten);
	Must(written == rewritten, "same nodes");
	Must(document.HasDuplicate(document.root()) == again.HasDuplicate(again.root()), "duplicates");
	CheckPaths(&again);
	return 0;
}
