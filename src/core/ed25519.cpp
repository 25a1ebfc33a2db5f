// Ed25519 (RFC 8032, RFC 8037): the strict rules common to every library.
//
// The rules are those of ed25519-dalek's verify_strict, which 0.5.0 used: S below L, no small-order
// A or R. Non-canonical encodings of A and R are refused as well.
#include "core/public_key.hpp"

#include "core/ed25519_backend.hpp"

#include <cstring>
#include <utility>

namespace session_jwt {

namespace {

constexpr size_t kKeySize = 32;
constexpr size_t kSignatureSize = 64;

constexpr Ed25519BackendEntry kBackends[] = {
#ifdef SESSION_JWT_HAVE_LIB25519
	{"lib25519", MakeLib25519Ed25519},
#endif
#ifdef SESSION_JWT_HAVE_SODIUM
	{"libsodium", MakeSodiumEd25519},
#endif
	{"OpenSSL", MakeOpensslEd25519},
};

// p = 2^255 - 19 and L, the order of the base point (RFC 8032 section 5.1), little-endian.
constexpr uint8_t kPrime[kKeySize] = {
	0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
};
constexpr uint8_t kOrder[kKeySize] = {
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10,
};

// The y coordinates of the eight points whose order divides 8, below p. A point and its negative
// share y, and the sign bit is not looked at: with x = 0 (y = 1, y = -1) a set sign bit is a
// non-canonical encoding, and refused for either reason.
constexpr uint8_t kSmallOrder[][kKeySize] = {
	{0x00},
	{0x01},
	{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
	 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
	 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
	{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
	 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
	 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
};

// IsBelow compares little-endian numbers of 32 bytes. All of them are public.
bool
IsBelow(const uint8_t *number, const uint8_t *bound)
{
	for (size_t i = kKeySize; i-- > 0;) {
		if (number[i] != bound[i]) {
			return number[i] < bound[i];
		}
	}
	return false;
}

// IsAcceptablePoint reports whether `encoding` is canonical and not one of small order.
bool
IsAcceptablePoint(const uint8_t *encoding)
{
	uint8_t y[kKeySize];

	std::memcpy(y, encoding, kKeySize);
	y[kKeySize - 1] &= 0x7f;
	if (!IsBelow(y, kPrime)) {
		return false;
	}
	for (const uint8_t(&small)[kKeySize] : kSmallOrder) {
		if (std::memcmp(y, small, kKeySize) == 0) {
			return false;
		}
	}
	return true;
}

class Ed25519Key final : public PublicKey {
public:
	explicit Ed25519Key(std::unique_ptr<Ed25519Verifier> verifier)
		: PublicKey(KeyType::kOkp, 255, kEdAlgorithms), verifier_(std::move(verifier))
	{
	}

	Status
	Verify(Algorithm alg, std::string_view input, std::string_view signature) override
	{
		const uint8_t *bytes = reinterpret_cast<const uint8_t *>(signature.data());

		if ((Bit(alg) & algorithms()) == 0) {
			return Status::kAlgorithmMismatch;
		}
		if (signature.size() != kSignatureSize) {
			return Status::kSignatureLength;
		}
		if (!IsAcceptablePoint(bytes) || !IsBelow(bytes + kKeySize, kOrder)) {
			return Status::kSignature;
		}
		return verifier_->Verify(input, bytes) ? Status::kOk : Status::kSignature;
	}

private:
	std::unique_ptr<Ed25519Verifier> verifier_;
};

} // namespace

std::span<const Ed25519BackendEntry>
Ed25519Backends()
{
	return kBackends;
}

std::string_view
Ed25519Backend()
{
	return kBackends[0].name;
}

Status
MakeEd25519KeyWith(const Ed25519BackendEntry &backend, std::string_view x, PublicKeyPtr *out)
{
	const uint8_t *bytes = reinterpret_cast<const uint8_t *>(x.data());

	if (x.size() != kKeySize) {
		return Status::kJwkMember;
	}
	if (!IsAcceptablePoint(bytes) || !IsEd25519Point(bytes)) {
		return Status::kJwkPoint;
	}
	std::unique_ptr<Ed25519Verifier> verifier = backend.make(bytes);
	if (!verifier) {
		return Status::kInternal;
	}
	*out = std::make_unique<Ed25519Key>(std::move(verifier));
	return Status::kOk;
}

Status
MakeEd25519Key(std::string_view x, PublicKeyPtr *out)
{
	return MakeEd25519KeyWith(kBackends[0], x, out);
}

} // namespace session_jwt
