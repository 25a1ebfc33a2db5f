# More identity providers; see SessionJwt::Provider.
package SessionJwt::ProviderMore;

use strict;
use warnings;

my $uuid = '1a2b3c4d-5e6f-4a1b-8c2d-0123456789ab';
my $audience = 'JWT is meant for another audience';
my $no_audience = 'JWT does not name an audience';
my $issuer = 'JWT issuer is not registered';
my $required = 'JWT lacks required claims';

my @providers = (
	{
		name => 'descope',
		kid => 'SK2abc',
		url => 'https://api.descope.com/PROJECT/.well-known/jwks.json',
		claims => {
			iss => 'PROJECT', aud => 'PROJECT', sub => 'U2abc', amr => ['email'], drn => 'DS', dct => 'T1',
			tenants => { T1 => { roles => ['reader'], permissions => ['p'] }, T2 => { roles => [] } }
		},
		user => 'U2abc',
		org => 'T1',
		reads => { q{auth.claim_text('dct')} => 'T1', 'auth.issuer()' => 'PROJECT' },
		foreign => [ { aud => 'OTHER' }, $audience ],
		tenant => [ { iss => 'OTHER', aud => 'OTHER' }, $issuer ],
	},
	{
		name => 'propelauth',
		kid => 'pa-1',
		url => 'https://auth.example.com/.well-known/jwks.json',
		claims => {
			iss => 'https://auth.example.com', sub => $uuid, user_id => $uuid,
			org_id_to_org_member_info => {
				'33333333-5e6f-4a1b-8c2d-0123456789ab' => {
					org_id => '33333333-5e6f-4a1b-8c2d-0123456789ab', org_name => 'Acme', user_role => 'Admin',
					user_permissions => ['documents::read']
				}
			}
		},
		user => $uuid,
		org => '33333333-5e6f-4a1b-8c2d-0123456789ab',
		reads => {
			'auth.uid()' => $uuid,
			q{auth.claim_text('org_id_to_org_member_info', '33333333-5e6f-4a1b-8c2d-0123456789ab', 'user_role')} => 'Admin'
		},
		foreign => [ { iss => 'https://auth.other.example.com' }, $issuer ],
		tenant => [ { iss => 'https://auth.example.com/' }, $issuer ],
	},
	{
		name => 'supertokens',
		kid => 'd-1700000000000',
		url => 'https://core.example.com/.well-known/jwks.json',
		claims => {
			iss => 'https://api.example.com/auth', sub => $uuid, tId => 'public', rsub => $uuid, sessionHandle => 'h',
			'st-role' => { v => ['reader'], t => 1700000000000 }, 'st-perm' => { v => [], t => 1700000000000 }
		},
		user => $uuid,
		org => 'public',
		reads => { q{auth.claim('st-role', 'v')} => '["reader"]' },
		foreign => [ { iss => 'https://other.example.com/auth' }, $issuer ],
		tenant => [ { tId => 'other' }, $required ],
	},
	{
		name => 'keycloak',
		kid => 'Zx0a1b2c3d4e5f6g7h8i9jKlMnOpQrStUvWxYz01234',
		set => 'enc',
		url => 'https://HOST/realms/REALM/protocol/openid-connect/certs',
		claims => {
			iss => 'https://HOST/realms/REALM', sub => $uuid, aud => [ 'documents-api', 'account' ], azp => 'web', typ => 'Bearer',
			jti => 'onrtac:7f3c', acr => '1', sid => $uuid, scope => 'openid email', email => 'a@example.com',
			realm_access => { roles => [ 'offline_access', 'user' ] }, groups => [ 'acme', 'staff' ],
			resource_access => { 'documents-api' => { roles => ['reader'] }, account => { roles => ['view-profile'] } }
		},
		user => $uuid,
		org => 'acme',
		reads => { 'auth.email()' => 'a@example.com', q{auth.claim('realm_access', 'roles') ? 'user'} => 't' },
		foreign => [ { aud => 'account' }, $audience ],
		also_refused => [ { typ => 'ID', aud => 'documents-api' }, $required ],
		tenant => [ { iss => 'https://HOST/realms/OTHER' }, $issuer ],
	},
	{
		name => 'okta',
		kid => 'Ab0a1b2c3d4e5f6g7h8i9jKlMnOpQrStUvWxYz01234',
		url => 'https://DOMAIN.okta.com/oauth2/default/v1/keys',
		claims => {
			iss => 'https://DOMAIN.okta.com/oauth2/default', aud => 'api://default', sub => 'a@example.com', uid => '00u1abc',
			cid => '0oa1', ver => 1, jti => 'AT.x', scp => [ 'openid', 'documents.read' ], groups => ['acme']
		},
		user => '00u1abc',
		org => 'acme',
		reads => { q{auth.claim_text('sub')} => 'a@example.com', q{auth.has_scope('openid')} => 't' },
		foreign => [ { aud => 'api://other' }, $audience ],
		tenant => [ { iss => 'https://OTHER.okta.com/oauth2/default' }, $issuer ],
	},
	{
		name => 'fusionauth',
		kid => 'vR2x',
		url => 'https://HOST/.well-known/jwks.json',
		claims => {
			iss => 'acme.com', aud => 'APPLICATION', sub => $uuid, jti => $uuid, applicationId => 'APPLICATION', tid => $uuid,
			roles => ['reader'], email => 'a@example.com', email_verified => JSON::PP::true, authenticationType => 'PASSWORD'
		},
		user => $uuid,
		org => $uuid,
		reads => { 'auth.uid()' => $uuid },
		foreign => [ { aud => 'OTHER' }, $audience ],
		tenant => [ { iss => 'other.com' }, $issuer ],
	},
	{
		name => 'stytch',
		kid => 'jwk-live-1a2b',
		url => 'https://live.stytch.com/v1/sessions/jwks/PROJECT',
		claims => {
			iss => 'stytch.com/PROJECT', aud => ['PROJECT'], sub => "user-live-$uuid", nbf => 1, iat => 1,
			'https://stytch.com/session' => { id => "session-live-$uuid", roles => ['stytch_member'] },
			'https://stytch.com/organization' => { organization_id => "organization-live-$uuid", slug => 'acme' }
		},
		user => "user-live-$uuid",
		org => "organization-live-$uuid",
		reads => { q{auth.claim('https://stytch.com/session', 'roles')} => '["stytch_member"]' },
		foreign => [ { aud => ['OTHER'] }, $audience ],
		tenant => [ { iss => 'stytch.com/OTHER', aud => ['OTHER'] }, $issuer ],
	},
	{
		name => 'kinde',
		kid => '8f:1a',
		url => 'https://SUBDOMAIN.kinde.com/.well-known/jwks',
		claims => {
			iss => 'https://SUBDOMAIN.kinde.com', aud => ['https://api.example.com'], azp => 'app', sub => 'kp_1', jti => $uuid,
			gty => ['authorization_code'], org_code => 'org_1', permissions => ['read:documents'], scp => ['openid'],
			feature_flags => {}
		},
		user => 'kp_1',
		org => 'org_1',
		reads => { q{auth.has_scope('openid')} => 't' },
		foreign => [ { aud => [] }, $no_audience ],
		tenant => [ { iss => 'https://OTHER.kinde.com' }, $issuer ],
	},
	{
		name => 'logto',
		alg => 'ES384',
		kid => 'Qm9v',
		url => 'https://TENANT.logto.app/oidc/jwks',
		claims => {
			iss => 'https://TENANT.logto.app/oidc', aud => 'https://api.example.com', sub => 'u1abcdefghij', jti => 'j',
			client_id => 'app', scope => 'read:documents', organization_id => 'org1'
		},
		user => 'u1abcdefghij',
		org => 'org1',
		reads => { q{auth.has_scope('read:documents')} => 't' },
		foreign => [ { aud => 'urn:logto:organization:org1' }, $audience ],
		tenant => [ { iss => 'https://OTHER.logto.app/oidc' }, $issuer ],
	},
	{
		name => 'zitadel',
		kid => '310000000000000001',
		url => 'https://INSTANCE.zitadel.cloud/oauth/v2/keys',
		claims => {
			iss => 'https://INSTANCE.zitadel.cloud', aud => [ 'CLIENT', 'PROJECT' ], sub => '310000000000000002', jti => 'V2_3',
			client_id => 'CLIENT', 'urn:zitadel:iam:user:resourceowner:id' => '310000000000000003',
			'urn:zitadel:iam:org:project:roles' => { reader => { '310000000000000003' => 'acme.zitadel.cloud' } }
		},
		user => '310000000000000002',
		org => '310000000000000003',
		reads => { q{auth.claim_text('urn:zitadel:iam:user:resourceowner:id')} => '310000000000000003' },
		foreign => [ { aud => [ 'CLIENT', 'OTHER' ] }, $audience ],
		tenant => [ { iss => 'https://OTHER.zitadel.cloud' }, $issuer ],
	},
	{
		name => 'dex',
		kid => 'c0ffee',
		url => 'https://dex.example.com/keys',
		claims => {
			iss => 'https://dex.example.com', aud => 'CLIENT', sub => 'CgcyMzQyNzQ5EgZnaXRodWI', at_hash => 'x',
			email => 'a@example.com', email_verified => JSON::PP::true, groups => ['acme'], name => 'A'
		},
		user => 'CgcyMzQyNzQ5EgZnaXRodWI',
		org => 'acme',
		reads => { q{auth.has_scope('acme')} => 'f', 'auth.email()' => 'a@example.com' },
		foreign => [ { aud => 'OTHER' }, $audience ],
		tenant => [ { iss => 'https://dex.other.example.com' }, $issuer ],
	},
	{
		name => 'ory',
		kid => $uuid,
		url => 'https://PROJECT.projects.oryapis.com/.well-known/jwks.json',
		claims => {
			iss => 'https://PROJECT.projects.oryapis.com', aud => ['https://api.example.com'], sub => $uuid, jti => $uuid,
			client_id => $uuid, scp => [ 'openid', 'documents.read' ], ext => { org_id => 'acme' }
		},
		user => $uuid,
		org => 'acme',
		reads => { q{auth.has_scope('openid')} => 't' },
		foreign => [ { aud => [] }, $no_audience ],
		tenant => [ { iss => 'https://OTHER.projects.oryapis.com' }, $issuer ],
	},
);

sub providers { return @providers; }

1;
