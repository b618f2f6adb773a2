import { describe, expect, it } from '@jest/globals';
import { describeConfiguration } from '../../platform/config/describe-configuration.js';
import { Environment } from '../../platform/config/environment.js';
import { SignInConfig } from './sign-in.config.js';

const CORP = {
  name: 'corp',
  title: 'Corp',
  issuer: 'https://sso.example.org/realms/corp',
  clientId: 'signalbox',
  clientSecret: 'hush-hush',
};
const oidc = (...providers: object[]) => ({ OIDC_PROVIDERS: JSON.stringify(providers) });
const read = (variables: Record<string, string>) => new SignInConfig(new Environment(variables));

describe('the configuration of sign-in', () => {
  it('is empty to begin with, and returns to programs on this machine only', () => {
    expect(read({})).toMatchObject({
      GOOGLE_CLIENT_ID: undefined,
      GITHUB_CLIENT_ID: undefined,
      OIDC_PROVIDERS: [],
      SIGN_IN_NEXT: ['http://localhost:3000', 'http://127.0.0.1:8001'],
    });
  });

  it('takes several issuers, and those on this machine without TLS', () => {
    const local = { ...CORP, name: 'local', issuer: 'http://127.0.0.1:8080' };
    expect(read(oidc(CORP, local)).OIDC_PROVIDERS).toEqual([CORP, local]);
    expect(read({ GOOGLE_ISSUER: 'http://localhost:8080/' }).GOOGLE_ISSUER).toBe('http://localhost:8080');
  });

  it.each([
    [{ GOOGLE_CLIENT_ID: 'x' }, /^GOOGLE_CLIENT_SECRET is required \(/],
    [{ GOOGLE_CLIENT_SECRET: 'x' }, /^GOOGLE_CLIENT_ID is required \(/],
    [{ GITHUB_CLIENT_ID: 'x' }, /^GITHUB_CLIENT_SECRET is required \(/],
    [{ GITHUB_CLIENT_SECRET: 'x' }, /^GITHUB_CLIENT_ID is required \(/],
    [{ GOOGLE_ISSUER: 'http://sso.example.org' }, /^GOOGLE_ISSUER: .* must be an https:\/\/ address/],
    [{ GITHUB_SIGN_IN_URL: 'github.com' }, /^GITHUB_SIGN_IN_URL: /],
    [{ GITHUB_SIGN_IN_API_URL: 'https://a:b@api.example.org' }, /^GITHUB_SIGN_IN_API_URL: its value must/],
    [{ OIDC_PROVIDERS: '{' }, /^OIDC_PROVIDERS: its value must be a JSON list of providers/],
    [{ OIDC_PROVIDERS: '{}' }, /must be a JSON list of providers/],
    [{ OIDC_PROVIDERS: '[null]' }, /must have in its provider 1 a text for name/],
    [oidc(CORP, { ...CORP, clientSecret: '' }), /must have in its provider 2 a text for clientSecret/],
    [oidc({ ...CORP, name: 'Corp' }), /a name of 1 to 32 small letters/],
    [oidc({ ...CORP, secret: 'x' }), /only name, title, issuer, clientId, clientSecret/],
    [oidc({ ...CORP, issuer: 'http://sso.example.org' }), /an issuer with https/],
    [oidc({ ...CORP, issuer: 'http://127.0.0.1.example.org' }), /an issuer with https/],
    [oidc(CORP, CORP), /must not name two providers corp/],
    [oidc({ ...CORP, name: 'google' }), /must not name two providers google/],
    [{ SIGN_IN_NEXT: 'localhost:3000' }, /^SIGN_IN_NEXT: .* must be a comma list of http/],
  ])('stops the boot at %j', (variables, complaint) => {
    expect(() => read(variables as Record<string, string>)).toThrow(complaint);
    try {
      read(variables);
    } catch (error) {
      expect((error as Error).message).not.toContain('hush');
      expect((error as Error).message).not.toContain('\n');
    }
  });

  it('is shown without its secrets', () => {
    const shown = describeConfiguration(
      new Environment({ ...oidc(CORP), GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'hush-google' }),
    );
    expect(JSON.stringify(shown)).not.toContain('hush');
    expect(shown.find(({ name }) => name === 'OIDC_PROVIDERS')?.value).toBe('********');
  });
});
