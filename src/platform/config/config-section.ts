import type { FactoryProvider } from '@nestjs/common';
import { cleanEnv, EnvMissingError, type CleanedEnv, type ValidatorSpec } from 'envalid';
import { Environment } from './environment.js';

type Specs = Record<string, ValidatorSpec<unknown>>;
type Values<S extends Specs> = Omit<
  CleanedEnv<S>,
  'isDevelopment' | 'isDev' | 'isTest' | 'isProduction' | 'isProd'
>;

/** A section of the configuration: a class that is its own injection token. */
export interface ConfigSectionClass<T = object> {
  new (environment: Environment): T;
  readonly title: string;
  readonly specs: Specs;
}

const sections: ConfigSectionClass[] = [];

/** Variables hold what they cannot hold. The message is one line for each, with its name and what it takes. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Declares a section: `class OrdersConfig extends configSection('Orders', { ALLOWED_AGE: int({...}) }) {}`.
 * The properties bear the variables' own names, so that one search finds every use.
 */
export function configSection<S extends Specs>(title: string, specs: S): ConfigSectionClass<Values<S>> {
  class Section {
    static readonly title = title;
    static readonly specs = specs;

    constructor(environment: Environment) {
      Object.assign(this, read(specs, environment));
    }
  }
  sections.push(Section);
  return Section as unknown as ConfigSectionClass<Values<S>>;
}

/** Makes a section injectable; its class is the token. */
export function provideConfig<T extends object>(section: ConfigSectionClass<T>): FactoryProvider<T> {
  return {
    provide: section,
    inject: [Environment],
    useFactory: (environment: Environment) => new section(environment),
  };
}

/** Every declared section, in order of declaration; complete once the application module is loaded. */
export function configSections(): readonly ConfigSectionClass[] {
  return sections;
}

/**
 * Reads every section, so that a bad value stops the boot before the program is put together. Throws `ConfigError` with one
 * line per bad value.
 */
export function validateConfiguration(environment: Environment): void {
  const lines = sections.flatMap((section) => problemsOf(section, environment));
  if (lines.length > 0) throw new ConfigError(lines.join('\n'));
}

function problemsOf(section: ConfigSectionClass, environment: Environment): string[] {
  try {
    new section(environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [error.message];
  }
}

function read<S extends Specs>(specs: S, environment: Environment): Values<S> {
  const cleaned = cleanEnv({ ...environment.variables }, specs, {
    reporter: ({ errors }) => {
      const lines = Object.entries(errors as Record<string, Error>).map(([name, error]) =>
        explain(name, specs[name]!, error, environment),
      );
      if (lines.length > 0) throw new ConfigError(lines.join('\n'));
    },
  });
  return { ...cleaned };
}

function explain(name: string, spec: ValidatorSpec<unknown>, error: Error, environment: Environment): string {
  const about = spec.desc === undefined ? '' : ` (${spec.desc})`;
  if (error instanceof EnvMissingError) return `${name} is required${about}`;
  const value = environment.variables[name] ?? '';
  // A URL may carry a password, and one that cannot be read tells not where.
  const given = isSecret(name, spec) || value.includes('@') ? 'its value' : JSON.stringify(value);
  const wants = spec.choices ? `must be one of ${spec.choices.map(String).join(', ')}` : error.message;
  return `${name}: ${given} ${wants}${about}`;
}

/**
 * Whether a variable's value is never shown: passwords, secrets and keys, but not numbers about them. Providers are
 * described with their secrets.
 */
export function isSecret(name: string, spec: Pick<ValidatorSpec<unknown>, 'default'>): boolean {
  if (typeof spec.default === 'number' || typeof spec.default === 'boolean') return false;
  return /SECRET|PASSWORD|PASSPHRASE|TOKEN|ACCESS_KEY|API_KEY|PRIVATE_KEY|PROVIDERS/.test(name);
}
