import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../platform/config/config-section.js';
import { Environment } from '../platform/config/environment.js';
import { RULES } from './rules/order-rules.js';
import { OrdersConfig } from './orders.config.js';

const read = (variables: Record<string, string>) => new OrdersConfig(new Environment(variables));

describe('the configuration of orders', () => {
  it('is that of the contract where nothing is set', () => {
    expect(read({})).toMatchObject({
      ALLOWED_AGE: 21,
      INVALID_STATES: ['NJ', 'CT', 'PA', 'MS', 'IL', 'ID', 'OR'],
      VALIDATORS: [
        'allowed_state',
        'email_pattern',
        'zipcode_sum',
        'zipcode_length',
        'email_state',
        'allowed_age',
      ],
      ALLOWED_EXTENSIONS: ['csv'],
    });
  });

  it.each([
    ['allowed_age, allowed_state', ['allowed_age', 'allowed_state']],
    [',', []],
    [[...RULES].reverse().join(','), [...RULES].reverse()],
  ])('takes the rules %p in that order', (VALIDATORS, expected) => {
    expect(read({ VALIDATORS }).VALIDATORS).toEqual(expected);
  });

  it.each(['allowed_planet', 'allowed_age,allowed_age', 'toString'])('refuses the rules %p', (VALIDATORS) => {
    expect(() => read({ VALIDATORS })).toThrow(ConfigError);
    expect(() => read({ VALIDATORS })).toThrow(
      /^VALIDATORS: .* must be a comma list of some of allowed_state, /,
    );
  });
});
