// Signing with OpenSSL, for tests.
#include "signing.hpp"

#include "core/base64url.hpp"

#include <stdexcept>
#include <utility>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

namespace session_jwt {

namespace {

void
Require(bool ok)
{
	if (!ok) {
		throw std::runtime_error("OpenSSL failed in a test key");
	}
}

std::string
Number(const EVP_PKEY *key, const char *name, size_t size = 0)
{
	BIGNUM *number = nullptr;
	Require(EVP_PKEY_get_bn_param(key, name, &number) == 1);
	std::string bytes(size != 0 ? size : static_cast<size_t>(BN_num_bytes(number)), '\0');
	const int written = BN_bn2binpad(number, reinterpret_cast<unsigned char *>(bytes.data()),
									 static_cast<int>(bytes.size()));
	BN_free(number);
	Require(written == static_cast<int>(bytes.size()));
	return bytes;
}

const EVP_MD *
DigestOf(Algorithm alg)
{
	switch (AlgorithmName(alg).back()) {
	case '6':
		return EVP_sha256();
	case '4':
		return EVP_sha384();
	default:
		return EVP_sha512();
	}
}

// FromDer turns an ECDSA-Sig-Value into r||s.
std::string
FromDer(const std::string &der, size_t size)
{
	const unsigned char *in = reinterpret_cast<const unsigned char *>(der.data());
	ECDSA_SIG *sig = d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size()));
	Require(sig != nullptr);
	std::string out(2 * size, '\0');
	unsigned char *put = reinterpret_cast<unsigned char *>(out.data());
	const int len = static_cast<int>(size);
	const bool ok = BN_bn2binpad(ECDSA_SIG_get0_r(sig), put, len) == len &&
					BN_bn2binpad(ECDSA_SIG_get0_s(sig), put + size, len) == len;
	ECDSA_SIG_free(sig);
	Require(ok);
	return out;
}

std::shared_ptr<EVP_PKEY>
Own(EVP_PKEY *key)
{
	Require(key != nullptr);
	return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

} // namespace

TestKey
TestKey::Rsa(int bits, int index)
{
	static std::map<std::pair<int, int>, TestKey> made;
	const auto found = made.find({bits, index});
	if (found != made.end()) {
		return found->second;
	}

	TestKey key;
	key.kty_ = "RSA";
	key.pkey_ = Own(EVP_RSA_gen(static_cast<unsigned>(bits)));
	key.members_["n"] = Number(key.pkey(), OSSL_PKEY_PARAM_RSA_N);
	key.members_["e"] = Number(key.pkey(), OSSL_PKEY_PARAM_RSA_E);
	made[{bits, index}] = key;
	return key;
}

TestKey
TestKey::Ec(std::string_view crv)
{
	TestKey key;
	const size_t size = crv == "P-256" ? 32 : crv == "P-384" ? 48 : 66;
	key.kty_ = "EC";
	key.crv_ = crv;
	key.pkey_ = Own(EVP_EC_gen(key.crv_.c_str()));
	key.members_["x"] = Number(key.pkey(), OSSL_PKEY_PARAM_EC_PUB_X, size);
	key.members_["y"] = Number(key.pkey(), OSSL_PKEY_PARAM_EC_PUB_Y, size);
	return key;
}

TestKey
TestKey::Ed25519()
{
	TestKey key;
	unsigned char x[32];
	size_t len = sizeof(x);
	key.kty_ = "OKP";
	key.crv_ = "Ed25519";
	key.pkey_ = Own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
	Require(EVP_PKEY_get_raw_public_key(key.pkey(), x, &len) == 1 && len == sizeof(x));
	key.members_["x"] = std::string(reinterpret_cast<char *>(x), len);
	return key;
}

TestKey
TestKey::Hmac(size_t len)
{
	static unsigned char counter = 0;
	TestKey key;
	std::string secret(len, '\0');
	for (size_t i = 0; i < len; i++) {
		secret[i] = static_cast<char>(i * 7 + counter);
	}
	counter++;
	key.kty_ = "oct";
	key.members_["k"] = secret;
	return key;
}

const std::string &
TestKey::Raw(const std::string &member) const
{
	return members_.at(member);
}

std::string
TestKey::Jwk(std::string_view extra) const
{
	std::string jwk = "{";
	if (!extra.empty()) {
		jwk += std::string(extra) + ",";
	}
	jwk += "\"kty\":\"" + kty_ + "\"";
	if (!crv_.empty()) {
		jwk += ",\"crv\":\"" + crv_ + "\"";
	}
	for (const auto &[name, bytes] : members_) {
		jwk += ",\"" + name + "\":\"" + EncodeBase64Url(bytes) + "\"";
	}
	return jwk + "}";
}

PublicKeyPtr
TestKey::Public() const
{
	PublicKeyPtr key;
	Status status = kty_ == "OKP"   ? MakeEd25519Key(Raw("x"), &key)
					: kty_ == "RSA" ? MakeRsaKey(Raw("n"), Raw("e"), &key)
					: kty_ == "EC"  ? MakeEcKey(crv_, Raw("x"), Raw("y"), &key)
									: MakeHmacKey(Raw("k"), &key);
	Require(status == Status::kOk);
	return key;
}

std::string
TestKey::Sign(Algorithm alg, std::string_view input, int pss_salt) const
{
	const unsigned char *in = reinterpret_cast<const unsigned char *>(input.data());
	unsigned char buffer[1024];
	size_t len = sizeof(buffer);

	if (kty_ == "oct") {
		const std::string &k = Raw("k");
		unsigned int mac_len = 0;
		Require(::HMAC(DigestOf(alg), k.data(), static_cast<int>(k.size()), in, input.size(),
					   buffer, &mac_len) != nullptr);
		return std::string(reinterpret_cast<char *>(buffer), mac_len);
	}

	EVP_PKEY_CTX *pctx = nullptr; // belongs to ctx
	std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> ctx(EVP_MD_CTX_new(), EVP_MD_CTX_free);
	const EVP_MD *md = kty_ == "OKP" ? nullptr : DigestOf(alg);
	Require(EVP_DigestSignInit(ctx.get(), &pctx, md, nullptr, pkey()) == 1);
	if (AlgorithmName(alg).substr(0, 2) == "PS") {
		Require(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
				EVP_PKEY_CTX_set_rsa_pss_saltlen(
					pctx, pss_salt >= 0 ? pss_salt : RSA_PSS_SALTLEN_DIGEST) == 1);
	}
	Require(EVP_DigestSign(ctx.get(), buffer, &len, in, input.size()) == 1);
	std::string signature(reinterpret_cast<char *>(buffer), len);
	return kty_ == "EC" ? FromDer(signature, Raw("x").size()) : signature;
}

std::string
TestKey::Token(Algorithm alg, std::string_view payload, std::string_view header_extra) const
{
	std::string header = "{\"alg\":\"" + std::string(AlgorithmName(alg)) + "\"";
	if (!header_extra.empty()) {
		header += "," + std::string(header_extra);
	}
	const std::string input = EncodeBase64Url(header + "}") + "." + EncodeBase64Url(payload);
	return input + "." + EncodeBase64Url(Sign(alg, input));
}

std::string
FromHex(std::string_view hex)
{
	std::string out;
	int high = -1;
	for (char c : hex) {
		if (c == ' ' || c == '\n') {
			continue;
		}
		const size_t digit = std::string_view("0123456789abcdef").find(c);
		Require(digit != std::string_view::npos);
		if (high < 0) {
			high = static_cast<int>(digit);
		} else {
			out.push_back(static_cast<char>(high * 16 + static_cast<int>(digit)));
			high = -1;
		}
	}
	Require(high < 0);
	return out;
}

std::string
FromBase64Url(std::string_view text)
{
	std::string out;
	Require(DecodeBase64Url(text, &out));
	return out;
}

} // namespace session_jwt
