import * as oidc from 'openid-client';
import { type ProviderProfile, SignInProvider, type SignInSecrets, textOf } from './sign-in-provider.port.js';
import type { OidcProviderSettings } from './sign-in.config.js';

/** How long what the issuer says of itself is taken for true. Its keys are looked at again whenever a new one appears. */
const METADATA_MS = 3_600_000;
/** How far its clock may be off, in seconds. */
const CLOCK_TOLERANCE = 30;

/** An issuer of OpenID Connect. */
export class OidcSignInProvider extends SignInProvider {
  readonly name: string;
  readonly title: string;
  private known: { readonly configuration: Promise<oidc.Configuration>; readonly until: number } | undefined;

  constructor(
    private readonly settings: OidcProviderSettings,
    private readonly fetch: oidc.CustomFetch,
  ) {
    super();
    this.name = settings.name;
    this.title = settings.title;
  }

  async authorizationUrl(redirectUri: string, { state, nonce, verifier }: SignInSecrets): Promise<URL> {
    return oidc.buildAuthorizationUrl(await this.configuration(), {
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
  }

  async profile(callback: URL, { state, nonce, verifier }: SignInSecrets): Promise<ProviderProfile> {
    const configuration = await this.configuration();
    const tokens = await oidc.authorizationCodeGrant(configuration, callback, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    });
    const claims = tokens.claims()!;
    // Issuers may tell the address there only, and what they tell there is newer.
    const asked = configuration.serverMetadata().userinfo_endpoint !== undefined;
    const info = asked ? await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub) : {};
    const all: Record<string, unknown> = { ...claims, ...info };
    const email = textOf(all['email']);
    const verified = all['email_verified'] === true || all['email_verified'] === 'true'; // some say it as text
    return {
      subject: claims.sub,
      login: textOf(all['preferred_username']),
      name: textOf(all['name']),
      avatarUrl: textOf(all['picture']),
      emails: email !== undefined && verified ? [email] : [],
    };
  }

  /** What the issuer says of itself, asked once in a while. */
  private configuration(): Promise<oidc.Configuration> {
    if (!this.known || this.known.until < Date.now()) {
      const configuration = this.discover();
      this.known = { configuration, until: Date.now() + METADATA_MS };
      configuration.catch(() => (this.known = undefined)); // it may answer next time
    }
    return this.known.configuration;
  }

  private discover(): Promise<oidc.Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    return oidc.discovery(
      new URL(issuer),
      clientId,
      { [oidc.clockTolerance]: CLOCK_TOLERANCE },
      clientAuthentication(clientSecret),
      {
        [oidc.customFetch]: this.fetch,
        // The configuration lets only issuers on this machine be without TLS.
        ...(issuer.startsWith('http:') && { execute: [oidc.allowInsecureRequests] }),
      },
    );
  }
}

/** In the body where the issuer takes that: what Basic does to unusual characters not all of them undo alike. */
function clientAuthentication(clientSecret: string): oidc.ClientAuth {
  const [post, basic] = [oidc.ClientSecretPost(clientSecret), oidc.ClientSecretBasic(clientSecret)];
  return (server, client, body, headers) => {
    const inBody = server.token_endpoint_auth_methods_supported?.includes('client_secret_post') ?? false;
    (inBody ? post : basic)(server, client, body, headers);
  };
}
