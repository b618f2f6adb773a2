import type { FactoryProvider } from '@nestjs/common';
import { cleanEnv, EnvMissingError, type CleanedEnv, type ValidatorSpec } from 'envalid';
import { Environment } from './environment.js';

type Specs = Record<string, ValidatorSpec<unknown>>;
type Values<S extends Specs> = Omit<CleanedEnv<S>, 'isDevelopment' | 'isDev' | 'isTest' | 'isProduction' | 'isProd'>;

/** A section of the configuration: a class that is its own injection token. */
export interface ConfigSectionClass<T = object> {
  new (environment: Environment): T;
  readonly title: string;
  readonly specs: Specs;
}

const sections: ConfigSectionClass[] = [];

/** A variable holds something it cannot hold. The message is one line that names it and says what it takes. */
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
  return { provide: section, inject: [Environment], useFactory: (environment: Environment) => new section(environment) };
}

/** Every declared section, in order of declaration; complete once the application module is loaded. */
export function configSections(): readonly ConfigSectionClass[] {
  return sections;
}

/** Reads every section, so that a bad value stops the boot before anything is started. Throws `ConfigError`. */
export function validateConfiguration(environment: Environment): void {
  for (const section of sections) new section(environment);
}

function read<S extends Specs>(specs: S, environment: Environment): Values<S> {
  const cleaned = cleanEnv({ ...environment.variables }, specs, {
    reporter: ({ errors }) => {
      const lines = Object.entries(errors as Record<string, Error>).map(([name, error]) => explain(name, specs[name]!, error, environment));
      if (lines.length > 0) throw new ConfigError(lines.join('; '));
    },
  });
  return { ...cleaned } as unknown as Values<S>;
}

function explain(name: string, spec: ValidatorSpec<unknown>, error: Error, environment: Environment): string {
  const about = spec.desc === undefined ? '' : ` (${spec.desc})`;
  if (error instanceof EnvMissingError) return `${name} is required${about}`;
  const given = isSecretName(name) ? 'its value' : JSON.stringify(environment.variables[name]);
  const wants = spec.choices ? `must be one of ${spec.choices.map(String).join(', ')}` : error.message;
  return `${name}: ${given} ${wants}${about}`;
}

/** Whether a variable's value is never shown: passwords, secrets and keys. */
export function isSecretName(name: string): boolean {
  return /SECRET|PASSWORD|TOKEN|ACCESS_KEY/.test(name);
}
