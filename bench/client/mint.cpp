#include "mint.hpp"

#include <cstring>
#include <ctime>
#include <stdexcept>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>

namespace bench {

namespace {

void
Check(bool is_good)
{
	if (!is_good)
		throw std::runtime_error("OpenSSL failed");
}

std::string
Base64Url(const std::string &bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	std::string out;
	unsigned bits = 0;
	int num_bits = 0;
	for (unsigned char c : bytes) {
		bits = bits << 8 | c;
		for (num_bits += 8; num_bits >= 6; num_bits -= 6)
			out += digits[bits >> (num_bits - 6) & 63];
	}
	if (num_bits > 0)
		out += digits[bits << (6 - num_bits) & 63];
	return out;
}

// What md5(number::text) is in SQL.
std::string
Md5(int number)
{
	std::string text = std::to_string(number), hex;
	unsigned char md5[16];
	Check(EVP_Digest(text.data(), text.size(), md5, nullptr, EVP_md5(), nullptr) == 1);
	for (unsigned char byte : md5) {
		char digits[3];
		snprintf(digits, sizeof digits, "%02x", byte);
		hex += digits;
	}
	return hex;
}

std::string
Number(EVP_PKEY *key, const char *name, int size)
{
	BIGNUM *number = nullptr;
	Check(EVP_PKEY_get_bn_param(key, name, &number) == 1);
	std::string bytes(static_cast<size_t>(size > 0 ? size : BN_num_bytes(number)), '\0');
	Check(BN_bn2binpad(number, reinterpret_cast<unsigned char *>(bytes.data()),
					   static_cast<int>(bytes.size())) >= 0);
	BN_free(number);
	return Base64Url(bytes);
}

// The DER form of an ECDSA signature as r||s (RFC 7518 section 3.4).
std::string
FromDer(const std::string &der)
{
	const unsigned char *at = reinterpret_cast<const unsigned char *>(der.data());
	ECDSA_SIG *signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
	Check(signature != nullptr);
	std::string out(64, '\0');
	unsigned char *bytes = reinterpret_cast<unsigned char *>(out.data());
	Check(BN_bn2binpad(ECDSA_SIG_get0_r(signature), bytes, 32) == 32 &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(signature), bytes + 32, 32) == 32);
	ECDSA_SIG_free(signature);
	return out;
}

} // namespace

std::string
UserId(int user)
{
	std::string id = Md5(user);
	for (size_t at : {8, 13, 18, 23})
		id.insert(at, "-");
	return id;
}

std::string
Payload(const Claims &claims, long serial, size_t bytes)
{
	const std::string now = std::to_string(time(nullptr));
	const std::string later = std::to_string(time(nullptr) + 86400);
	std::string json = "{\"iss\":\"" + claims.issuer + "\",\"sub\":\"" + UserId(claims.user) +
					   "\",\"exp\":" + later + ",\"org_id\":\"" + UserId(claims.user) +
					   "\",\"jti\":" + std::to_string(serial);
	// What has been written is five claims, and the padding is one.
	for (int i = 5; i < claims.count - 1; i++)
		json += ",\"c" + std::to_string(i) + "\":" + std::to_string(i % 10);
	if (claims.count > 5) {
		size_t len = json.size() + strlen(",\"pad\":\"\"}");
		json += ",\"pad\":\"" + std::string(len < bytes ? bytes - len : 0, 'x') + "\"";
	}
	return json + "}";
}

std::string
SupabaseClaims()
{
	const std::string id = UserId(1);
	return R"({"aal":"aal1","amr":[{"method":"password","timestamp":1700000000}],)"
		   R"("app_metadata":{"provider":"email","providers":["email"]},"aud":"authenticated",)"
		   R"("email":"user@mail.example","exp":4102444800,"iat":1700000000,)"
		   R"("is_anonymous":false,"iss":"https://project.example/auth/v1","phone":"",)"
		   R"("role":"authenticated","session_id":"7b5f0c1e-6f0b-4c55-9d3a-2f5d3f1f6c2b",)"
		   R"("sub":")" +
		   id + R"(","user_metadata":{"email":"user@mail.example","email_verified":true,)" +
		   R"("phone_verified":false,"sub":")" + id + R"("}})";
}

Key::Key(std::string alg, std::string kid) : alg_(std::move(alg)), kid_(std::move(kid))
{
	if (alg_ == "HS256")
		secret_ = "0123456789abcdef0123456789abcdef" + kid_;
	else if (alg_ == "RS256")
		key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<size_t>(2048)));
	else if (alg_ == "ES256")
		key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
	else
		key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
	Check(key_ != nullptr || !secret_.empty());
}

size_t
Key::SignatureSize() const
{
	return alg_ == "RS256" ? 342 : alg_ == "HS256" ? 43 : 86;
}

std::string
Key::Sign(const std::string &input)
{
	const unsigned char *bytes = reinterpret_cast<const unsigned char *>(input.data());
	std::string signature(512, '\0');
	unsigned char *out = reinterpret_cast<unsigned char *>(signature.data());
	if (alg_ == "HS256") {
		unsigned len = 0;
		Check(HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes,
				   input.size(), out, &len) != nullptr);
		return signature.substr(0, len);
	}
	std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
	size_t len = signature.size();
	const EVP_MD *hash = alg_ == "EdDSA" ? nullptr : EVP_sha256();
	Check(EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, key_.get()) == 1 &&
		  EVP_DigestSign(context.get(), out, &len, bytes, input.size()) == 1);
	signature.resize(len);
	return alg_ == "ES256" ? FromDer(signature) : signature;
}

std::string
Key::Token(const Claims &claims)
{
	std::string header =
		Base64Url("{\"alg\":\"" + alg_ + "\",\"typ\":\"JWT\",\"kid\":\"" + kid_ + "\"}");
	size_t taken = header.size() + SignatureSize() + 2;
	size_t room = claims.size > taken ? (claims.size - taken) / 4 * 3 : 0;
	std::string input = header + "." + Base64Url(Payload(claims, ++serial_, room));
	return input + "." + Base64Url(Sign(input));
}

std::vector<std::string>
Key::Tokens(size_t count, Claims claims)
{
	std::vector<std::string> tokens;
	for (size_t i = 0; i < count; i++)
		tokens.push_back(Token(claims));
	return tokens;
}

std::string
Key::Jwk() const
{
	std::string head = "{\"kid\":\"" + kid_ + "\",\"alg\":\"" + alg_ + "\",";
	if (alg_ == "HS256")
		return head + "\"kty\":\"oct\",\"k\":\"" + Base64Url(secret_) + "\"}";
	if (alg_ == "RS256")
		return head + "\"kty\":\"RSA\",\"n\":\"" + Number(key_.get(), OSSL_PKEY_PARAM_RSA_N, 0) +
			   "\",\"e\":\"AQAB\"}";
	if (alg_ == "ES256")
		return head + "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" +
			   Number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, 32) + "\",\"y\":\"" +
			   Number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 32) + "\"}";
	std::string x(32, '\0');
	size_t len = x.size();
	Check(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char *>(x.data()),
									  &len) == 1);
	return head + "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + Base64Url(x) + "\"}";
}

std::string
Key::Der() const
{
	unsigned char *der = nullptr;
	int len = i2d_PUBKEY(key_.get(), &der);
	Check(len > 0);
	std::string hex = "\\x";
	for (int i = 0; i < len; i++) {
		char digits[3];
		snprintf(digits, sizeof digits, "%02x", der[i]);
		hex += digits;
	}
	OPENSSL_free(der);
	return hex;
}

std::string
KeySet(const std::vector<std::string> &jwks)
{
	std::string set;
	for (const std::string &jwk : jwks)
		set += (set.empty() ? "" : ",") + jwk;
	return "{\"keys\":[" + set + "]}";
}

} // namespace bench
