import { Injectable } from '@nestjs/common';
import { OutboundClient } from '../../platform/outbound/outbound-client.js';
import { GitHubSignInProvider } from './github.sign-in-provider.js';
import { OidcSignInProvider } from './oidc.sign-in-provider.js';
import { outboundFetch } from './outbound-fetch.js';
import type { SignInProvider } from './sign-in-provider.port.js';
import { SignInConfig } from './sign-in.config.js';

/** The providers that the operator configured. */
@Injectable()
export class SignInProviders {
  /** Google first, then GitHub, then the others in the order of `OIDC_PROVIDERS`. */
  readonly all: readonly SignInProvider[];

  constructor(config: SignInConfig, outbound: OutboundClient) {
    const fetch = outboundFetch(outbound);
    const { GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET } = config;
    const all: SignInProvider[] = [];
    if (GOOGLE_CLIENT_ID !== undefined && GOOGLE_CLIENT_SECRET !== undefined) {
      const google = { name: 'google', title: 'Google', issuer: config.GOOGLE_ISSUER };
      const client = { clientId: GOOGLE_CLIENT_ID, clientSecret: GOOGLE_CLIENT_SECRET };
      all.push(new OidcSignInProvider({ ...google, ...client }, fetch));
    }
    if (GITHUB_CLIENT_ID !== undefined && GITHUB_CLIENT_SECRET !== undefined) {
      const github = { url: config.GITHUB_SIGN_IN_URL, apiUrl: config.GITHUB_SIGN_IN_API_URL };
      const client = { clientId: GITHUB_CLIENT_ID, clientSecret: GITHUB_CLIENT_SECRET };
      all.push(new GitHubSignInProvider({ ...github, ...client }, fetch));
    }
    this.all = [...all, ...config.OIDC_PROVIDERS.map((settings) => new OidcSignInProvider(settings, fetch))];
  }

  /** The provider of a name, if there is one. */
  find(name: string): SignInProvider | undefined {
    return this.all.find((provider) => provider.name === name);
  }
}
