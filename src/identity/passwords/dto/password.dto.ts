import { IsString, ValidateIf, type ValidationArguments } from 'class-validator';

const message = ({ property }: ValidationArguments) => `${property} must be a text`;
const isGiven = (_: unknown, value: unknown) => value !== undefined;

/** For a new password of one's own: both. For one of somebody else: nothing. */
export class PasswordChangeDto {
  /**
   * The password so far.
   * @example 7bVxQ2mKtRpW4hNcYdZa
   */
  @ValidateIf(isGiven)
  @IsString({ message })
  old?: string;

  /**
   * The new password: 8 characters or more, at most 1024 bytes.
   * @example correct-horse-battery-staple
   */
  @ValidateIf(isGiven)
  @IsString({ message })
  new?: string;
}

/** What is to be known of a changed password. */
export class NewPasswordDto {
  /**
   * The new password where it was made up. It is shown only this once.
   * @example 7bVxQ2mKtRpW4hNcYdZa
   */
  password?: string;
}
