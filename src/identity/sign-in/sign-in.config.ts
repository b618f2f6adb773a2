import { EnvError, makeExactValidator } from 'envalid';
import { configSection } from '../../platform/config/config-section.js';
import { secret, text } from '../../platform/config/variables.js';
import { isLoopbackHost, nextEntries } from './sign-in-next.js';

/** An issuer of OpenID Connect, as the operator describes it. */
export interface OidcProviderSettings {
  /** Part of addresses, and of what accounts remember: not to be used again for another issuer. */
  readonly name: string;
  readonly title: string;
  /** Without a slash at its end, unless the issuer has one. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** Providers with variables of their own. */
const TAKEN = ['google', 'github'];
const FIELDS = ['name', 'title', 'issuer', 'clientId', 'clientSecret'] as const;

/** The address of a provider: https, and on this machine http too. */
const address = makeExactValidator<string>((input) => {
  if (!isProviderAddress(input.trim())) {
    throw new EnvError('must be an https:// address (http:// for this machine only), without ? and #');
  }
  return input.trim().replace(/\/$/, '');
});

const oidcProviders = makeExactValidator<readonly OidcProviderSettings[]>((input) => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(input);
  } catch {
    throw new EnvError('must be a JSON list of providers');
  }
  if (!Array.isArray(parsed)) throw new EnvError('must be a JSON list of providers');
  const providers = parsed.map(readProvider);
  const names = [...TAKEN, ...providers.map(({ name }) => name)];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new EnvError(`must not name two providers ${twice}`);
  return providers;
});

const next = makeExactValidator<string[]>((input) => {
  const entries = input
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (!nextEntries(entries)) {
    throw new EnvError('must be a comma list of http:// or https:// addresses, without a user name, ? and #');
  }
  return entries;
});

/** Sign-in with accounts that people have elsewhere. */
export class SignInConfig extends configSection('Sign-in with providers', {
  GOOGLE_CLIENT_ID: text({
    default: undefined,
    desc: 'client id at Google; unset: no sign-in with Google',
    requiredWhen: (env) => env['GOOGLE_CLIENT_SECRET'] !== undefined,
  }),
  GOOGLE_CLIENT_SECRET: secret(1)({
    default: undefined,
    desc: 'client secret at Google; goes with GOOGLE_CLIENT_ID',
    requiredWhen: (env) => env['GOOGLE_CLIENT_ID'] !== undefined,
  }),
  GOOGLE_ISSUER: address({
    default: 'https://accounts.google.com',
    desc: 'issuer behind the provider google',
  }),
  GITHUB_CLIENT_ID: text({
    default: undefined,
    desc: 'client id at GitHub; unset: no sign-in with GitHub',
    requiredWhen: (env) => env['GITHUB_CLIENT_SECRET'] !== undefined,
  }),
  GITHUB_CLIENT_SECRET: secret(1)({
    default: undefined,
    desc: 'client secret at GitHub; goes with GITHUB_CLIENT_ID',
    requiredWhen: (env) => env['GITHUB_CLIENT_ID'] !== undefined,
  }),
  GITHUB_SIGN_IN_URL: address({
    default: 'https://github.com',
    desc: 'GitHub, or a GitHub Enterprise Server, that people sign in at',
  }),
  GITHUB_SIGN_IN_API_URL: address({
    default: undefined,
    desc: 'its API; unset: https://api.github.com, and GITHUB_SIGN_IN_URL/api/v3 for an Enterprise Server',
  }),
  OIDC_PROVIDERS: oidcProviders({
    default: [],
    desc: 'issuers of OpenID Connect, as JSON: [{"name":"corp","title":"Corp","issuer":"https://...","clientId":"...","clientSecret":"..."}]',
  }),
  SIGN_IN_NEXT: next({
    default: ['http://localhost:3000', 'http://127.0.0.1:8001'],
    desc: 'comma list of addresses that a sign-in may return to with a token: whole origins, or paths and what is below them',
  }),
}) {}

function readProvider(item: unknown, index: number): OidcProviderSettings {
  const at = `must have in its provider ${index + 1}`;
  const given = Object(item) as Record<string, unknown>;
  const missing = FIELDS.find((field) => typeof given[field] !== 'string' || given[field] === '');
  if (missing !== undefined) throw new EnvError(`${at} a text for ${missing}`);
  const unknown = Object.keys(given).find((field) => !FIELDS.some((known) => known === field));
  if (unknown !== undefined) throw new EnvError(`${at} only ${FIELDS.join(', ')}`);
  const provider = given as unknown as OidcProviderSettings;
  if (!NAME.test(provider.name)) {
    throw new EnvError(`${at} a name of 1 to 32 small letters, digits and dashes`);
  }
  if (!isProviderAddress(provider.issuer)) {
    throw new EnvError(`${at} an issuer with https:// (http:// for this machine only)`);
  }
  return provider;
}

function isProviderAddress(input: string): boolean {
  const url = URL.parse(input);
  if (!url || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
    return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
}
