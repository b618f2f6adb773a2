import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import i18next, { type i18n } from 'i18next';
import Negotiator from 'negotiator';

/** The languages that people read messages in; the first is the default. */
export const LANGUAGES = ['en', 'pt'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Texts of one module in every language: key to text, with `{{name}}` where a parameter goes. */
export type MessageCatalogue = Readonly<Record<Language, Readonly<Record<string, string>>>>;

/**
 * The texts that people read. What is stored is a key with its parameters; it becomes a text in the reader's
 * language when it is read.
 */
@Injectable()
export class Messages {
  private readonly i18n: i18n = i18next.createInstance();

  constructor() {
    void this.i18n.init({
      lng: LANGUAGES[0],
      fallbackLng: LANGUAGES[0],
      supportedLngs: [...LANGUAGES],
      resources: {},
      initAsync: false,
      keySeparator: false,
      nsSeparator: false,
      interpolation: { escapeValue: false }, // JSON and text go out, never markup
    });
  }

  /** Adds a module's texts; keys are the program's own, so a module prefixes them. */
  add(catalogue: MessageCatalogue): void {
    for (const language of LANGUAGES) {
      this.i18n.addResourceBundle(language, 'translation', catalogue[language], true, true);
    }
  }

  /** The text of a key; the key itself where no language has it. */
  translate(language: Language, key: string, params: Readonly<Record<string, string | number>> = {}): string {
    return this.i18n.t(key, { lng: language, ...params });
  }

  /** The best of our languages for a request's `Accept-Language`. */
  language(request: Pick<FastifyRequest, 'headers'>): Language {
    const header = request.headers['accept-language'];
    if (header === undefined) return LANGUAGES[0];
    const best = new Negotiator({ headers: { 'accept-language': header } }).language([...LANGUAGES]);
    return (best as Language | undefined) ?? LANGUAGES[0];
  }
}
