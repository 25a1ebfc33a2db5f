// Property: every Ed25519 library this build has gives the same verdict, for keys, messages and
// signatures of any kind: torsion components in A and R, small-order and non-canonical encodings,
// S beyond L. It is the verdict of libsodium called directly, which has the same strict rules; what
// is accepted OpenSSL called directly accepts as well; and where the input was made from scalars it
// is the one that arithmetic says. Asked again, a key says the same.
//
// Input: what A, R and S are made of (a byte each), scalars a and r, 32 bytes to change or replace
// something with, message.
#include "property.hpp"

#include "core/ed25519_backend.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <sodium.h>

using namespace session_jwt;

namespace {

struct Point {
	uint8_t bytes[32] = {};
	bool is_made = false; // scalar * B + torsion * T, T of order 8
	unsigned torsion = 0;
};

// A point of order 8, from which all those of small order are made.
constexpr uint8_t kOrder8[32] = {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
								 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
								 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05};
constexpr uint8_t kIdentity[32] = {1};

// MakePoint reads `kind`: bits 0 to 2 are the torsion; bits 3 and 4 say whether to take a point as
// it should be, one of small order, one not canonical, or whatever `raw` has; bit 5 turns its sign.
Point
MakePoint(unsigned kind, const uint8_t *scalar, const uint8_t *raw)
{
	Point point;
	point.torsion = kind & 7;
	switch (kind >> 3 & 3) {
	case 0:
		point.is_made = crypto_scalarmult_ed25519_base_noclamp(point.bytes, scalar) == 0;
		break;
	case 1:
		std::memcpy(point.bytes, kIdentity, sizeof point.bytes);
		break;
	case 2: // y from p on: p has 0xed below, and 0x7f above
		std::memset(point.bytes, 0xff, sizeof point.bytes);
		point.bytes[0] = static_cast<uint8_t>(0xed + raw[0] % 19);
		point.bytes[31] = 0x7f;
		break;
	default:
		std::memcpy(point.bytes, raw, sizeof point.bytes);
	}
	for (unsigned i = 0; i < point.torsion && (kind & 0x10) == 0; i++) {
		Must(crypto_core_ed25519_add(point.bytes, point.bytes, kOrder8) == 0, "points add up");
	}
	if ((kind & 0x20) != 0) {
		point.bytes[31] ^= 0x80;
		point.is_made = false;
	}
	return point;
}

// HashScalar returns SHA-512(R, A, message) modulo L (RFC 8032 section 5.1.7, step 2).
void
HashScalar(const Point &r, const Point &a, std::string_view message, uint8_t (&out)[32])
{
	uint8_t hash[64];
	crypto_hash_sha512_state state;
	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, r.bytes, sizeof r.bytes);
	crypto_hash_sha512_update(&state, a.bytes, sizeof a.bytes);
	crypto_hash_sha512_update(&state, reinterpret_cast<const uint8_t *>(message.data()),
							  message.size());
	crypto_hash_sha512_final(&state, hash);
	crypto_core_ed25519_scalar_reduce(out, hash);
}

bool
OpensslAccepts(const uint8_t *key, std::string_view message, const uint8_t *signature)
{
	const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pkey(
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key, 32), EVP_PKEY_free);
	const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> ctx(EVP_MD_CTX_new(),
																	  EVP_MD_CTX_free);
	const bool accepted =
		pkey != nullptr &&
		EVP_DigestVerifyInit(ctx.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
		EVP_DigestVerify(ctx.get(), signature, 64,
						 reinterpret_cast<const uint8_t *>(message.data()), message.size()) == 1;
	ERR_clear_error();
	return accepted;
}

// Verdict returns what all libraries say.
bool
Verdict(std::string_view key, std::string_view message, std::string_view signature)
{
	bool is_first = true;
	Status first_made = Status::kInternal;
	Status first = Status::kInternal;
	for (const Ed25519BackendEntry &backend : Ed25519Backends()) {
		PublicKeyPtr made;
		Status status = Status::kInternal;
		const Status made_status = MakeEd25519KeyWith(backend, key, &made);
		if (made_status == Status::kOk) {
			status = made->Verify(Algorithm::kEdDSA, message, signature);
			Must(made->Verify(Algorithm::kEd25519, message, signature) == status, "the same again");
		}
		Must(is_first || (made_status == first_made && status == first), "all libraries agree");
		Must(ERR_peek_error() == 0, "OpenSSL's error queue is empty");
		is_first = false;
		first_made = made_status;
		first = status;
	}
	return first == Status::kOk;
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	constexpr size_t kHead = 3 + 3 * 32;
	constexpr uint8_t kL[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
								0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
								0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
	if (size < kHead || sodium_init() < 0) {
		return 0;
	}
	uint8_t wide[64] = {};
	uint8_t secret[32];
	uint8_t nonce[32];
	std::memcpy(wide, data + 3, 32);
	crypto_core_ed25519_scalar_reduce(secret, wide);
	std::memcpy(wide, data + 35, 32);
	crypto_core_ed25519_scalar_reduce(nonce, wide);
	const uint8_t *raw = data + 67;
	const std::string_view message = Text(data + kHead, size - kHead);
	const Point a = MakePoint(data[0], secret, raw);
	const Point r = MakePoint(data[1], nonce, raw);

	uint8_t hash[32];
	uint8_t made[32];
	uint8_t s[32];
	HashScalar(r, a, message, hash);
	crypto_core_ed25519_scalar_mul(made, hash, secret);
	crypto_core_ed25519_scalar_add(made, made, nonce);
	std::memcpy(s, made, sizeof s);
	if ((data[2] & 1) != 0) {
		sodium_add(s, kL, sizeof s);
	}
	for (size_t i = 0; i < sizeof s && (data[2] & 2) != 0; i++) {
		s[i] ^= raw[i];
	}

	uint8_t signature[64];
	std::memcpy(signature, r.bytes, 32);
	std::memcpy(signature + 32, s, 32);
	const bool accepted = Verdict(Text(a.bytes, 32), message, Text(signature, 64));
	Must(accepted == (crypto_sign_verify_detached(signature,
												  reinterpret_cast<const uint8_t *>(message.data()),
												  message.size(), a.bytes) == 0),
		 "libsodium agrees");
	Must(!accepted || OpensslAccepts(a.bytes, message, signature), "OpenSSL accepts as well");
	if (a.is_made && r.is_made) {
		// S B - h A = r B - h torsion(A) must be R = r B + torsion(R), the torsion modulo 8.
		const bool fits = (hash[0] * a.torsion + r.torsion) % 8 == 0;
		Must(accepted == (fits && std::equal(s, s + 32, made)), "as arithmetic says");
	}
	return 0;
}
