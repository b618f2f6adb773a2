import type { Language, Messages } from '../platform/i18n/messages.js';
import type { OrderErrorDto } from './listing/dto/order.dto.js';
import type { BrokenRule } from './rules/order-rules.js';

/** Broken rules as they are told: each with its message in the reader's language. */
export function tellBrokenRules(
  errors: readonly BrokenRule[],
  messages: Messages,
  language: Language,
): OrderErrorDto[] {
  return errors.map(({ rule, params }) => ({
    rule,
    message: messages.translate(language, `orders.${rule}_error_msg`, params),
  }));
}
