import { EnvError, makeExactValidator } from 'envalid';
import { configSection } from '../platform/config/config-section.js';
import { flag, integer, list } from '../platform/config/variables.js';
import { RULES, type RuleName } from './rules/order-rules.js';

const rules = makeExactValidator<RuleName[]>((input) => {
  const names = input
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (
    new Set(names).size < names.length ||
    !names.every((name): name is RuleName => (RULES as readonly string[]).includes(name))
  ) {
    throw new EnvError(`must be a comma list of some of ${RULES.join(', ')}, each once`);
  }
  return names;
});

/** What is asked of orders and of the files that bring them. */
export class OrdersConfig extends configSection('Orders', {
  ALLOWED_AGE: integer({ max: 150 })({ default: 21, desc: 'years that a customer must have lived to order' }),
  INVALID_STATES: list({
    default: ['NJ', 'CT', 'PA', 'MS', 'IL', 'ID', 'OR'],
    desc: 'comma list of states that nothing is shipped to',
  }),
  VALIDATORS: rules({
    default: [...RULES],
    desc: 'comma list of the rules that orders are held against, in the order of their messages',
  }),
  ALLOWED_EXTENSIONS: list({
    default: ['csv'],
    desc: 'comma list of extensions that an order file may have',
  }),
  ORDERS_MAX_PAGE: integer({ min: 1, max: 100_000 })({
    default: 1000,
    desc: 'most orders or rejected lines in one answer',
  }),
  ORDERS_MAX_IMPORT_ERRORS: integer()({
    default: 100_000,
    desc: 'rejected lines of one file that are kept with their reasons; all are counted',
  }),
  ORDERS_ANONYMOUS: flag({
    default: false,
    desc: 'let everybody read and import orders without signing in, as the original did',
  }),
}) {}
