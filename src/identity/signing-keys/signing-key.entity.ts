import { defineEntity, p } from '@mikro-orm/core';

const SigningKeySchema = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_key',
  properties: {
    kid: p.text().primary(),
    publicPem: p.text(),
    encryptedPrivateKey: p.text().hidden(),
    createdAt: p.datetime(3).defaultRaw('now()'),
    activeFrom: p.datetime(3).defaultRaw('now()'),
    retiredAt: p.datetime(3).nullable(),
  },
});

/** An RSA key pair that tokens are signed with from `activeFrom` on, and verified with until `retiredAt`. */
export class SigningKey extends SigningKeySchema.class {}
SigningKeySchema.setClass(SigningKey);
