import { defineEntity, p } from '@mikro-orm/core';

const SignInSchema = defineEntity({
  name: 'SignIn',
  tableName: 'sign_in',
  properties: {
    /** SHA-256 of the state, in hexadecimal. */
    id: p.text().primary(),
    provider: p.text(),
    next: p.text(),
    /** SHA-256 of the cookie of the browser that began. */
    browser: p.text(),
    encryptedSecrets: p.text().hidden(),
    expiresAt: p.datetime(0),
  },
  indexes: [{ name: 'sign_in_expires_at_index', properties: ['expiresAt'] }],
});

/** A sign-in that a browser has begun and its provider has not sent back yet. Goes when it does, whatever it brings. */
export class SignIn extends SignInSchema.class {}
SignInSchema.setClass(SignIn);
