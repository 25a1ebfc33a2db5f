// Ed25519 through OpenSSL: always there, and the judge of the others in tests.
#include "core/ed25519_backend.hpp"

#include "core/openssl_util.hpp"

#include <algorithm>
#include <utility>

namespace session_jwt {

namespace {

constexpr size_t kKeySize = 32;

class OpensslEd25519 final : public Ed25519Verifier {
public:
	explicit OpensslEd25519(MdCtxPtr ctx) : ctx_(std::move(ctx)) {}

	bool
	Verify(std::string_view input, const uint8_t *signature) override
	{
		ErrorQueueGuard guard;

		// Verifying again without a new start works in 3.0 but is not promised; starting with a
		// null key keeps the one the context has, and costs nothing that could be measured.
		if (EVP_DigestVerifyInit_ex(ctx_.get(), nullptr, nullptr, nullptr, nullptr, nullptr,
									nullptr) == 1 &&
			EVP_DigestVerify(ctx_.get(), signature, 64, Bytes(input), input.size()) == 1) {
			return true;
		}
		(void)ThrowIfOutOfMemory(ERR_LIB_EC);
		return false;
	}

private:
	MdCtxPtr ctx_; // holds its own reference to the key
};

} // namespace

std::unique_ptr<Ed25519Verifier>
MakeOpensslEd25519(const uint8_t *public_key)
{
	ErrorQueueGuard guard;
	RequireOpenssl();
	PkeyPtr key(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, public_key, kKeySize));
	MdCtxPtr ctx(EVP_MD_CTX_new());

	if (!key || !ctx ||
		EVP_DigestVerifyInit_ex(ctx.get(), nullptr, nullptr, nullptr, nullptr, key.get(),
								nullptr) != 1) {
		return nullptr;
	}
	return std::make_unique<OpensslEd25519>(std::move(ctx));
}

bool
IsEd25519Point(const uint8_t *encoding)
{
	// x^2 = u / v with u = y^2 - 1, v = d y^2 + 1 (RFC 8032 section 5.1.3). As u / v = u v / v^2,
	// there is an x if and only if u v is a square; v is never zero, because -1/d is no square.
	constexpr const char *kP = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
	constexpr const char *kD = "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3";
	ErrorQueueGuard guard;
	uint8_t y_bytes[kKeySize];
	BIGNUM *raw_p = nullptr;
	BIGNUM *raw_d = nullptr;

	std::copy(encoding, encoding + kKeySize, y_bytes);
	y_bytes[kKeySize - 1] &= 0x7f;
	const bool parsed = BN_hex2bn(&raw_p, kP) != 0 && BN_hex2bn(&raw_d, kD) != 0;
	BnPtr p(raw_p);
	BnPtr d(raw_d);
	BnPtr y2(BN_lebin2bn(y_bytes, kKeySize, nullptr));
	BnPtr u(BN_new());
	BnPtr v(BN_new());
	BnCtxPtr ctx(BN_CTX_new());
	// Nothing but want of memory can make any of these fail.
	if (!parsed || !y2 || !u || !v || !ctx ||
		BN_mod_sqr(y2.get(), y2.get(), p.get(), ctx.get()) != 1 ||
		BN_mod_sub(u.get(), y2.get(), BN_value_one(), p.get(), ctx.get()) != 1 ||
		BN_mod_mul(v.get(), d.get(), y2.get(), p.get(), ctx.get()) != 1 ||
		BN_mod_add(v.get(), v.get(), BN_value_one(), p.get(), ctx.get()) != 1 ||
		BN_mod_mul(u.get(), u.get(), v.get(), p.get(), ctx.get()) != 1) {
		throw std::bad_alloc();
	}
	const int symbol = BN_kronecker(u.get(), p.get(), ctx.get());
	if (symbol == -2) {
		throw std::bad_alloc();
	}
	return symbol == 0 || symbol == 1;
}

} // namespace session_jwt
