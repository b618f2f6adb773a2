import { ValidateBy, type ValidationArguments } from 'class-validator';

/**
 * The field is a list of at most `max` items that all pass `test`.
 * @param what they are, for the message
 */
export const IsListOf = (test: (item: unknown) => boolean, max: number, what: string) =>
  ValidateBy({
    name: 'isListOf',
    validator: {
      validate: (value: unknown) => Array.isArray(value) && value.length <= max && value.every(test),
      defaultMessage: (parameters?: ValidationArguments) =>
        parameters?.value === undefined
          ? `Missing post data ${parameters?.property}`
          : `${parameters.property} must be a list of at most ${max} ${what}`,
    },
  });
