/** What only we and the provider know of one sign-in. */
export interface SignInSecrets {
  readonly state: string;
  readonly nonce: string;
  /** PKCE. */
  readonly verifier: string;
}

/** Somebody, as his provider knows him. */
export interface ProviderProfile {
  /** What the provider knows him as for ever. */
  readonly subject: string;
  /** What he is called there, if people have such names there. */
  readonly login?: string | undefined;
  readonly name?: string | undefined;
  readonly avatarUrl?: string | undefined;
  /** Those that the provider has verified, the one he prefers first. */
  readonly emails: readonly string[];
}

/** Where people sign in with an account that they have elsewhere. */
export abstract class SignInProvider {
  /** Part of addresses. */
  abstract readonly name: string;
  /** For people. */
  abstract readonly title: string;

  /** Where to send the browser. Throws where the provider does not answer. */
  abstract authorizationUrl(redirectUri: string, secrets: SignInSecrets): Promise<URL>;

  /**
   * Who signed in, asked with the code that the browser brought. Throws where that is not sure in every point.
   * @param callback the redirect address, with the query that the browser brought
   */
  abstract profile(callback: URL, secrets: SignInSecrets): Promise<ProviderProfile>;
}

/** What a provider said, if it is a text with something in it. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
