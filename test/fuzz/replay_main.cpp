// Runs a fuzz target over the files of the folders it is given, where libFuzzer is not linked.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
main(int argc, char **argv)
{
	size_t num_files = 0;
	for (int i = 1; i < argc; i++) {
		for (const auto &entry : std::filesystem::directory_iterator(argv[i])) {
			std::ifstream file(entry.path(), std::ios::binary);
			const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
			LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
			num_files++;
		}
	}
	std::printf("%zu files\n", num_files);
	return num_files == 0 ? 1 : 0; // a corpus that is gone must not pass
}
