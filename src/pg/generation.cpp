#include "pg/generation.hpp"

namespace session_jwt {

uint64 generation = 1;
uint64 registry_generation = 1;

} // namespace session_jwt
