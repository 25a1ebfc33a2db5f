# Keys and tokens, made with the openssl command line. Keys are files in $work/keys.
# shellcheck shell=bash

# base64url encodes its input as RFC 7515 section 2 says.
base64url()
{
	openssl base64 -A | tr '+/' '-_' | tr -d '='
}

make_rsa_key() { openssl genrsa -out "$work/keys/$1.pem" 2048 2>/dev/null; }
make_ed25519_key() { openssl genpkey -algorithm ed25519 -out "$work/keys/$1.pem"; }

# rsa_jwk NAME KID writes the public key as Auth0 publishes it.
rsa_jwk()
{
	local modulus
	modulus=$(openssl rsa -in "$work/keys/$1.pem" -noout -modulus)
	printf '{"kty":"RSA","use":"sig","alg":"RS256","kid":"%s","n":"%s","e":"AQAB"}' "$2" \
		"$(printf %s "${modulus#Modulus=}" | basenc --base16 --decode | base64url)"
}

# ed25519_jwk NAME: the last 32 bytes of the DER form are the key (RFC 8410 section 4).
ed25519_jwk()
{
	printf '{"kty":"OKP","crv":"Ed25519","x":"%s"}' \
		"$(openssl pkey -in "$work/keys/$1.pem" -pubout -outform DER | tail -c 32 | base64url)"
}

# token HEADER PAYLOAD SIGNER... puts the three parts together; SIGNER signs its input.
token()
{
	local signed
	signed=$(printf %s "$1" | base64url).$(printf %s "$2" | base64url)
	shift 2
	printf '%s.%s' "$signed" "$(printf %s "$signed" | "$@" | base64url)"
}

sign_rs256() { openssl dgst -sha256 -sign "$work/keys/$1.pem" -binary; }
sign_nothing() { cat >/dev/null; }

# OpenSSL 3.0 reads what it signs with Ed25519 from a file only.
sign_ed25519()
{
	cat >"$work/keys/signed"
	openssl pkeyutl -sign -rawin -inkey "$work/keys/$1.pem" -in "$work/keys/signed"
}

# auth0_claims SUBJECT AUDIENCE SECONDS: the payload of an access token of Auth0 for an API, good
# for that many seconds from now.
auth0_claims()
{
	local now
	now=$(date +%s)
	printf '{"iss":"%s","sub":"%s","aud":["%s","%suserinfo"],"iat":%d,"exp":%d,' "$issuer" "$1" "$2" \
		"$issuer" "$((now + $3 - 3600))" "$((now + $3))"
	printf '"azp":"Ab12Cd34Ef56Gh78","scope":"openid profile email","permissions":["read:todos"]}'
}

# rs256_token SUBJECT [KEY [AUDIENCE [SECONDS]]]
rs256_token()
{
	token '{"alg":"RS256","typ":"JWT","kid":"key-1"}' \
		"$(auth0_claims "$1" "${3:-$audience}" "${4:-3600}")" sign_rs256 "${2:-provider}"
}

# ed25519_token SUBJECT JTI [KEY]: what a gateway that speaks the 0.5.0 protocol sends.
ed25519_token()
{
	token '{"alg":"EdDSA","typ":"JWT"}' \
		"$(printf '{"sub":"%s","jti":%d,"exp":%d}' "$1" "$2" "$(($(date +%s) + 3600))")" \
		sign_ed25519 "${3:-gateway}"
}
