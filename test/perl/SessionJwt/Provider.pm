# Tokens as identity providers make them, one shape for each section of docs/providers.md. Capitals
# stand for what a user replaces there, so that the page's blocks run as they are written.
#
#   foreach my $provider (providers()) { ... $provider->{claims} ... }
#
# name     the word in the page's "<!-- test: name -->"
# alg      algorithm, RS256 if absent; file, the key's file below test/vectors/keys
# kid      key ID of the header
# url      where the page must fetch the key set from
# set      'bare' (no kid, alg, use), 'no_alg', 'enc' or 'x5t': what the key set is like
# claims   payload without exp
# user     what auth.user_id() must say; org, the value that the page's policy finds in the column org
# reads    expressions and their values
# foreign  claims of a token for somebody else's application, and the refusal
# tenant   claims of another customer's token, signed with the same key, and the refusal
package SessionJwt::Provider;

use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();

our @EXPORT_OK = qw(providers);

my ($yes, $no, $null) = (JSON::PP::true, JSON::PP::false, undef);
my $uuid = '1a2b3c4d-5e6f-4a1b-8c2d-0123456789ab';
my $audience = 'JWT is meant for another audience';
my $issuer = 'JWT issuer is not registered';
my $required = 'JWT lacks required claims';

my @providers = (
	{
		name => 'auth0',
		kid => 'pWd3kMrVq9tT2aXzL0bYc',
		set => 'x5t',
		url => 'https://TENANT.auth0.com/.well-known/jwks.json',
		claims => {
			iss => 'https://TENANT.auth0.com/', sub => 'auth0|64f0a11ce0b0', iat => 1, azp => 'client-1',
			aud => [ 'https://api.example.com', 'https://TENANT.auth0.com/userinfo' ],
			scope => 'openid profile read:documents', org_id => 'org_9ybsU1dN2dKfDkBi', gty => 'password',
			permissions => ['read:other'], 'https://app.example.com/roles' => ['member']
		},
		user => 'auth0|64f0a11ce0b0',
		org => 'org_9ybsU1dN2dKfDkBi',
		reads => { q{auth.has_scope('read:documents')} => 't', q{auth.uid() is null} => 't' },
		foreign => [ { aud => 'https://TENANT.auth0.com/userinfo' }, $audience ],
		tenant => [ { iss => 'https://OTHER.auth0.com/' }, $issuer ],
	},
	{
		name => 'clerk',
		kid => 'ins_2abcDEF',
		url => 'https://INSTANCE.clerk.accounts.dev/.well-known/jwks.json',
		claims => {
			iss => 'https://INSTANCE.clerk.accounts.dev', sub => 'user_2abc', sid => 'sess_2def', v => 2,
			azp => 'https://app.example.com', jti => '5b1e9c', sts => 'active', fea => 'o:reports', pla => 'o:pro',
			o => { id => 'org_2ghi', slg => 'acme', rol => 'admin', per => 'read', fpm => '1' }
		},
		user => 'user_2abc',
		org => 'org_2ghi',
		reads => { q{auth.claim_text('o', 'rol')} => 'admin', 'auth.organization_id() is null' => 't' },
		foreign => [ { azp => 'https://evil.example.com' }, $audience ],
		tenant => [ { iss => 'https://OTHER.clerk.accounts.dev' }, $issuer ],
	},
	{
		name => 'stack',
		alg => 'ES256',
		kid => 'kPq3',
		url => 'https://api.stack-auth.com/api/v1/projects/PROJECT/.well-known/jwks.json',
		claims => {
			iss => 'https://api.stack-auth.com/api/v1/projects/PROJECT', sub => $uuid, aud => 'PROJECT',
			role => 'authenticated', branchId => 'main', refreshTokenId => $uuid
		},
		user => $uuid,
		org => 'main',
		reads => { 'auth.uid()' => $uuid, 'auth.role()' => 'authenticated' },
		foreign => [ { aud => 'OTHER' }, $audience ],
		tenant => [ { iss => 'https://api.stack-auth.com/api/v1/projects/OTHER', aud => 'OTHER' }, $issuer ],
	},
	{
		name => 'supabase',
		alg => 'ES256',
		kid => $uuid,
		url => 'https://REF.supabase.co/auth/v1/.well-known/jwks.json',
		claims => {
			iss => 'https://REF.supabase.co/auth/v1', sub => $uuid, aud => 'authenticated', role => 'authenticated',
			email => 'a@example.com', phone => '', aal => 'aal2', amr => [ { method => 'otp', timestamp => 1 } ],
			session_id => $uuid, is_anonymous => $no, user_metadata => { org_id => 'stolen' },
			app_metadata => { provider => 'email', org_id => 'acme' }
		},
		user => $uuid,
		org => 'acme',
		reads => { 'auth.uid()' => $uuid, 'auth.email()' => 'a@example.com' },
		foreign => [ { aud => 'anon' }, $audience ],
		tenant => [ { iss => 'supabase', sub => undef, ref => 'REF', role => 'anon' }, $issuer ],
	},
	{
		name => 'neon',
		alg => 'EdDSA',
		kid => $uuid,
		set => 'no_alg',
		url => 'https://ENDPOINT.neonauth.example.com/DATABASE/auth/.well-known/jwks.json',
		claims => {
			iss => 'https://ENDPOINT.neonauth.example.com', aud => 'https://ENDPOINT.neonauth.example.com',
			sub => $uuid, id => $uuid, name => 'A', email => 'a@example.com', banned => $no, banReason => $null,
			role => 'authenticated', o => { id => '22222222-5e6f-4a1b-8c2d-0123456789ab', slug => 'acme', role => 'owner' }
		},
		user => $uuid,
		org => '22222222-5e6f-4a1b-8c2d-0123456789ab',
		reads => { q{auth.claim_text('o', 'role')} => 'owner', q{auth.organization() ->> 'slug'} => 'acme' },
		foreign => [ { aud => 'https://OTHER.neonauth.example.com' }, $audience ],
		tenant => [ { iss => 'https://OTHER.neonauth.example.com' }, $issuer ],
	},
	{
		name => 'better',
		alg => 'EdDSA',
		kid => 'mZsk0dPpVq',
		set => 'no_alg',
		url => 'https://app.example.com/api/auth/jwks',
		claims => {
			iss => 'https://app.example.com', aud => 'https://app.example.com', sub => 'Xb7Qk2', id => 'Xb7Qk2',
			email => 'a@acme.example', emailVerified => $yes, image => $null, createdAt => '2025-01-01T00:00:00.000Z'
		},
		user => 'Xb7Qk2',
		org => 'acme.example',
		reads => { q{auth.claim('image')} => 'null', 'auth.role() is null' => 't' },
		foreign => [ { aud => 'https://other.example.com' }, $audience ],
		tenant => [ { iss => 'https://other.example.com' }, $issuer ],
	},
	{
		name => 'firebase',
		kid => 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2',
		url => 'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
		claims => {
			iss => 'https://securetoken.google.com/PROJECT', aud => 'PROJECT', sub => 'Zx9YwV8uT7sR6qP5oN4mL3kJ2iH1',
			user_id => 'Zx9YwV8uT7sR6qP5oN4mL3kJ2iH1', auth_time => 1, org_id => 'acme', email => 'a@example.com',
			firebase => { sign_in_provider => 'password', identities => { email => ['a@example.com'] } }
		},
		user => 'Zx9YwV8uT7sR6qP5oN4mL3kJ2iH1',
		org => 'acme',
		reads => { q{auth.claim_text('firebase', 'sign_in_provider')} => 'password' },
		foreign => [ { aud => 'OTHER' }, $audience ],
		tenant => [ { iss => 'https://securetoken.google.com/OTHER', aud => 'OTHER' }, $issuer ],
	},
	{
		name => 'google',
		kid => 'b1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2',
		url => 'https://www.googleapis.com/oauth2/v3/certs',
		claims => {
			iss => 'accounts.google.com', aud => 'CLIENT.apps.googleusercontent.com', sub => '110169484474386276334',
			azp => 'CLIENT.apps.googleusercontent.com', hd => 'example.com', email => 'a@example.com', email_verified => $yes
		},
		user => '110169484474386276334',
		org => 'example.com',
		also => { iss => 'https://accounts.google.com' },
		reads => { q{auth.claim_text('hd')} => 'example.com' },
		foreign => [ { aud => 'OTHER.apps.googleusercontent.com' }, $audience ],
		tenant => [ { hd => 'example.org' }, $required ],
	},
	{
		name => 'cognito',
		kid => 'abcdefghijklmnopqrsexample0123456789ABCDEFG=',
		url => 'https://cognito-idp.REGION.amazonaws.com/POOL/.well-known/jwks.json',
		claims => {
			iss => 'https://cognito-idp.REGION.amazonaws.com/POOL', sub => $uuid, client_id => 'CLIENT', jti => $uuid,
			origin_jti => $uuid, token_use => 'access', scope => 'openid documents/read', username => 'a', version => 2,
			'cognito:groups' => [ 'acme', 'staff' ]
		},
		user => $uuid,
		org => 'acme',
		reads => { q{auth.claim('cognito:groups') ->> 0} => 'acme', 'auth.uid()' => $uuid },
		foreign => [ { client_id => 'OTHER' }, $audience ],
		# An ID token: aud in place of client_id, and another use.
		also_refused => [ { token_use => 'id', aud => 'CLIENT' }, $required ],
		tenant => [ { iss => 'https://cognito-idp.REGION.amazonaws.com/OTHER' }, $issuer ],
	},
	{
		name => 'entra',
		kid => 'nOo3ZDrODXEK1jKWhXslHR_KXEg',
		set => 'no_alg',
		url => 'https://login.microsoftonline.com/TENANT/discovery/v2.0/keys',
		claims => {
			iss => 'https://login.microsoftonline.com/TENANT/v2.0', aud => 'CLIENT', sub => 'pairwise-8dKq', oid => $uuid,
			tid => 'TENANT', azp => 'app', uti => 'u', ver => '2.0', scp => 'documents.read User.Read', roles => ['Reader'],
			wids => [$uuid]
		},
		user => $uuid,
		org => 'TENANT',
		reads => { 'auth.uid()' => $uuid, q{auth.has_scope('documents.read')} => 't', q{auth.has_scope('documents')} => 'f' },
		foreign => [ { aud => '00000003-0000-0000-c000-000000000000' }, $audience ],
		tenant => [ { iss => 'https://login.microsoftonline.com/OTHER/v2.0', tid => 'OTHER' }, $issuer ],
		also_refused => [ { tid => 'OTHER' }, $required ],
	},
	{
		name => 'workos',
		kid => 'sso_oidc_key_pair_01ABC',
		url => 'https://api.workos.com/sso/jwks/CLIENT',
		claims => {
			iss => 'https://api.workos.com/user_management/CLIENT', sub => 'user_01HXYZ', sid => 'session_01', jti => '01J',
			org_id => 'org_01', role => 'member', roles => ['member'], permissions => ['documents:read'], entitlements => []
		},
		user => 'user_01HXYZ',
		org => 'org_01',
		reads => { 'auth.role()' => 'member' },
		foreign => [ { iss => 'https://api.workos.com/user_management/OTHER' }, $issuer ],
		tenant => [ { iss => 'https://api.workos.com' }, $issuer ],
	},
);

# providers returns them all, those of the second file too.
sub providers
{
	require SessionJwt::ProviderMore;
	return (@providers, SessionJwt::ProviderMore::providers());
}

1;
