// Attacks with signatures that are not of the key: confusion, forgery, malleability.
#include "attack_table.hpp"

#include "core/base64url.hpp"

#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace session_jwt {

namespace {

// ByHmac signs with the text of something public as the secret, as a library would that hands one
// key to whatever alg the token names.
Status
ByHmac(std::string_view secret, std::string_view kid, Status (*present)(std::string_view))
{
	const std::string input =
		EncodeBase64Url("{\"alg\":\"HS256\",\"kid\":\"" + std::string(kid) + "\"}") + "." +
		EncodeBase64Url(Claims());
	unsigned char mac[32];
	unsigned int len = 0;
	HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
		 reinterpret_cast<const unsigned char *>(input.data()), input.size(), mac, &len);
	return present(input + "." +
				   EncodeBase64Url(std::string_view(reinterpret_cast<char *>(mac), len)));
}

// Written returns what `write` puts into a memory BIO.
template <typename Write>
std::string
Written(Write write)
{
	BIO *bio = BIO_new(BIO_s_mem());
	if (bio == nullptr || write(bio) != 1) {
		throw std::runtime_error("OpenSSL failed to write a key");
	}
	char *data = nullptr;
	const long len = BIO_get_mem_data(bio, &data);
	std::string out(data, static_cast<size_t>(len));
	BIO_free(bio);
	return out;
}

std::string
Pem(const TestKey &key)
{
	return Written([&](BIO *bio) { return PEM_write_bio_PUBKEY(bio, key.pkey()); });
}

std::string
Der(const TestKey &key)
{
	return Written([&](BIO *bio) { return i2d_PUBKEY_bio(bio, key.pkey()); });
}

std::string
Es256(std::string_view signature)
{
	return WithSignature(Keys().es256.Token(Algorithm::kES256, Claims(), Kid("es256")), signature);
}

std::string
Ed(std::string_view signature)
{
	return WithSignature(Keys().ed.Token(Algorithm::kEdDSA, Claims(), Kid("ed")), signature);
}

std::string
Rs256(std::string_view signature)
{
	return WithSignature(Keys().rsa.Token(Algorithm::kRS256, Claims(), Kid("rsa")), signature);
}

std::string
SignatureOf(std::string_view token)
{
	return FromBase64Url(token.substr(token.rfind('.') + 1));
}

std::string
GoodEs256()
{
	return SignatureOf(Keys().es256.Token(Algorithm::kES256, Claims(), Kid("es256")));
}

std::string
GoodEd()
{
	return SignatureOf(Keys().ed.Token(Algorithm::kEdDSA, Claims(), Kid("ed")));
}

std::string
GoodRs256()
{
	return SignatureOf(Keys().rsa.Token(Algorithm::kRS256, Claims(), Kid("rsa")));
}

// AsDer writes r||s as an ECDSA-Sig-Value.
std::string
AsDer(const std::string &signature)
{
	const unsigned char *in = reinterpret_cast<const unsigned char *>(signature.data());
	ECDSA_SIG *sig = ECDSA_SIG_new();
	ECDSA_SIG_set0(sig, BN_bin2bn(in, 32, nullptr), BN_bin2bn(in + 32, 32, nullptr));
	unsigned char *der = nullptr;
	const int len = i2d_ECDSA_SIG(sig, &der);
	std::string out(reinterpret_cast<char *>(der), static_cast<size_t>(len));
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	return out;
}

// WithHighS adds the group order L to S, which RFC 8032 section 5.1.7 forbids.
std::string
WithHighS(std::string signature)
{
	static const std::string order =
		FromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
	int carry = 0;
	for (size_t i = 0; i < 32; i++) {
		carry +=
			static_cast<unsigned char>(signature[32 + i]) + static_cast<unsigned char>(order[i]);
		signature[32 + i] = static_cast<char>(carry & 0xff);
		carry >>= 8;
	}
	return signature;
}

std::string
P256Order()
{
	return FromHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
}

// Altered changes the payload of a signed token.
std::string
Altered(std::string token)
{
	const size_t first = token.find('.') + 1;
	const size_t len = token.rfind('.') - first;
	return token.replace(first, len, EncodeBase64Url(Claims("\"role\":\"admin\"")));
}

constexpr Attack kAttacks[] = {
	{"HS256 with the RSA key's PEM", "RFC 8725 2.1; CVE-2016-10555", Status::kKeyUnfit,
	 [] { return ByHmac(Pem(Keys().rsa), "rsa", AtHmac); }},
	{"HS256 with the RSA key's DER", "RFC 8725 2.1; CVE-2017-11424", Status::kKeyUnfit,
	 [] { return ByHmac(Der(Keys().rsa), "rsa", AtHmac); }},
	{"HS256 with the RSA key's JWK", "RFC 8725 2.1", Status::kKeyUnfit,
	 [] { return ByHmac(Keys().rsa.Jwk(Kid("rsa")), "rsa", AtHmac); }},
	{"HS256 with the RSA modulus", "RFC 8725 2.1", Status::kKeyUnfit,
	 [] { return ByHmac(Keys().rsa.Raw("n"), "rsa", AtHmac); }},
	{"HS256 with the EC key's PEM", "CVE-2022-29217", Status::kKeyUnfit,
	 [] { return ByHmac(Pem(Keys().es256), "es256", AtHmac); }},
	{"HS256 with the Ed25519 key", "CVE-2022-29217", Status::kKeyUnfit,
	 [] { return ByHmac(Keys().ed.Raw("x"), "ed", AtHmac); }},
	{"HS256 with the RSA key's PEM under the HMAC key's kid", "RFC 8725 2.1", Status::kSignature,
	 [] { return ByHmac(Pem(Keys().rsa), "hs", AtHmac); }},
	{"HS256 with an empty secret", "RFC 8725 3.5", Status::kSignature,
	 [] { return ByHmac("", "hs", AtHmac); }},
	{"HS256 where only public keys are", "RFC 8725 3.1", Status::kAlgorithmNotAllowed,
	 [] { return ByHmac(Pem(Keys().rsa), "rsa", AtRegistry); }},
	{"ES256 with the RSA key's kid", "RFC 8725 3.1", Status::kKeyUnfit,
	 [] { return AtRegistry(Keys().es256.Token(Algorithm::kES256, Claims(), Kid("rsa"))); }},
	{"ES384 with the P-256 key's kid", "RFC 7518 3.4", Status::kKeyUnfit,
	 [] { return AtRegistry(Keys().es384.Token(Algorithm::kES384, Claims(), Kid("es256"))); }},
	{"PS256 signature under RS256", "RFC 8725 3.1", Status::kSignature,
	 [] {
		 return AtRegistry(SignedParts(Keys().rsa, Algorithm::kPS256,
									   R"({"alg":"RS256","kid":"rsa"})", Claims()));
	 }},
	{"psychic signature", "CVE-2022-21449", Status::kSignature,
	 [] { return AtRegistry(Es256(std::string(64, '\0'))); }},
	{"r = 0", "CVE-2022-21449", Status::kSignature,
	 [] { return AtRegistry(Es256(std::string(32, '\0') + GoodEs256().substr(32))); }},
	{"s = 0", "CVE-2022-21449", Status::kSignature,
	 [] { return AtRegistry(Es256(GoodEs256().substr(0, 32) + std::string(32, '\0'))); }},
	{"r = s = n", "CVE-2022-21449", Status::kSignature,
	 [] { return AtRegistry(Es256(P256Order() + P256Order())); }},
	{"ECDSA signature in DER", "RFC 7518 3.4", Status::kSignatureLength,
	 [] { return AtRegistry(Es256(AsDer(GoodEs256()))); }},
	{"ECDSA signature cut short", "RFC 7518 3.4", Status::kSignatureLength,
	 [] { return AtRegistry(Es256(GoodEs256().substr(0, 63))); }},
	{"ECDSA signature extended", "RFC 7518 3.4", Status::kSignatureLength,
	 [] { return AtRegistry(Es256(GoodEs256() + "x")); }},
	{"Ed25519 of zeros", "RFC 8032 5.1.7", Status::kSignature,
	 [] { return AtRegistry(Ed(std::string(64, '\0'))); }},
	{"Ed25519 S + L", "RFC 8032 8.4", Status::kSignature,
	 [] { return AtRegistry(Ed(WithHighS(GoodEd()))); }},
	{"Ed25519 cut short", "behaviour 41", Status::kSignatureLength,
	 [] { return AtRegistry(Ed(GoodEd().substr(0, 63))); }},
	{"Ed25519 extended", "RFC 8032 5.1.7", Status::kSignatureLength,
	 [] { return AtRegistry(Ed(GoodEd() + std::string(1, '\0'))); }},
	{"RSA of zeros", "RFC 8017 8.2.2", Status::kSignature,
	 [] { return AtRegistry(Rs256(std::string(256, '\0'))); }},
	{"RSA beyond the modulus", "RFC 8017 5.2.2", Status::kSignature,
	 [] { return AtRegistry(Rs256(std::string(256, '\xff'))); }},
	{"RSA with a zero in front", "RFC 8017 8.2.2", Status::kSignatureLength,
	 [] { return AtRegistry(Rs256(std::string(1, '\0') + GoodRs256())); }},
	{"RSA cut short", "RFC 8017 8.2.2", Status::kSignatureLength,
	 [] { return AtRegistry(Rs256(GoodRs256().substr(0, 255))); }},
	{"signature of a megabyte", "resource exhaustion", Status::kSignatureLength,
	 [] { return AtRegistry(Ed(std::string(1'000'000, 'x'))); }},
	{"another key's Ed25519 signature", "RFC 8725 3.3", Status::kSignature,
	 [] { return AtRegistry(Keys().other_ed.Token(Algorithm::kEdDSA, Claims(), Kid("ed"))); }},
	{"another key's RSA signature", "RFC 8725 3.3", Status::kSignature,
	 [] { return AtRegistry(Keys().other_rsa.Token(Algorithm::kRS256, Claims(), Kid("rsa"))); }},
	{"another key's ECDSA signature", "RFC 8725 3.3", Status::kSignature,
	 [] {
		 return AtRegistry(Keys().other_es256.Token(Algorithm::kES256, Claims(), Kid("es256")));
	 }},
	{"another secret", "RFC 8725 3.3", Status::kSignature,
	 [] { return AtHmac(Keys().other_hs.Token(Algorithm::kHS256, Claims(), Kid("hs"))); }},
	{"payload exchanged", "RFC 7515 5.2", Status::kSignature,
	 [] { return AtRegistry(Altered(Keys().ed.Token(Algorithm::kEdDSA, Claims(), Kid("ed")))); }},
	{"no kid, several keys fit", "RFC 7515 4.1.4", Status::kKeyAmbiguous,
	 [] {
		 TestRow row(JwkSet({Keys().ed.Jwk(), Keys().other_ed.Jwk()}));
		 return Present(row, Keys().ed.Token(Algorithm::kEdDSA, Claims())).status;
	 }},
};

} // namespace

std::span<const Attack>
SignatureAttacks()
{
	return kAttacks;
}

} // namespace session_jwt
