// Names of the JWS algorithms.
#include "core/algorithm.hpp"

#include <iterator>

namespace session_jwt {

namespace {

// In the order of enum Algorithm.
constexpr std::string_view kNames[] = {
	"EdDSA", "Ed25519", "RS256", "RS384", "RS512", "PS256", "PS384",
	"PS512", "ES256",   "ES384", "ES512", "HS256", "HS384", "HS512",
};
static_assert(std::size(kNames) == kNumAlgorithms);

} // namespace

std::string_view
AlgorithmName(Algorithm alg)
{
	return kNames[static_cast<uint8_t>(alg)];
}

bool
ParseAlgorithm(std::string_view name, Algorithm *out_alg)
{
	for (int i = 0; i < kNumAlgorithms; i++) {
		if (kNames[i] == name) {
			*out_alg = static_cast<Algorithm>(i);
			return true;
		}
	}
	return false;
}

} // namespace session_jwt
