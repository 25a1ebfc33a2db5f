// An identity provider of the benchmark's own: keys made for one run, and tokens by the thousand.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/evp.h>

namespace bench {

inline const std::string kIssuer = "https://issuer.example/";

// Claims says what a token is to look like.
struct Claims {
	int user = 1;
	int count = 25;    // claims in all
	size_t size = 800; // bytes of the whole token, reached by padding where it is possible
	std::string issuer = kIssuer;
};

// UserId returns the id of a user, in the form of a UUID: md5(user)::uuid.
std::string UserId(int user);

// Payload returns claims as JSON, of at least `bytes` bytes. `serial` makes them unlike others.
std::string Payload(const Claims &claims, long serial, size_t bytes);

// SupabaseClaims returns claims of user 1 as Supabase Auth issues them.
std::string SupabaseClaims();

class Key {
public:
	// Makes a key for RS256, ES256, EdDSA or HS256.
	Key(std::string alg, std::string kid);

	// Token mints a token that no other call returns.
	std::string Token(const Claims &claims = {});
	std::vector<std::string> Tokens(size_t count, Claims claims = {});

	std::string Jwk() const;
	// Der returns the public key as a literal of type bytea, without its quotes.
	std::string Der() const;
	const std::string &
	alg() const
	{
		return alg_;
	}

private:
	std::string Sign(const std::string &input);
	size_t SignatureSize() const;

	struct Free {
		void
		operator()(EVP_PKEY *p) const
		{
			EVP_PKEY_free(p);
		}
		void
		operator()(EVP_MD_CTX *p) const
		{
			EVP_MD_CTX_free(p);
		}
	};
	std::string alg_, kid_, secret_;
	std::unique_ptr<EVP_PKEY, Free> key_;
	long serial_ = 0;
};

// KeySet returns a JWK Set.
std::string KeySet(const std::vector<std::string> &jwks);

} // namespace bench
