import { Injectable, type PipeTransform } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';

const MAX_ID = 2 ** 31 - 1;

/** The number in an address. What cannot be one becomes 0, which nothing has: the service says 403 or 404, in order. */
@Injectable()
export class IdPipe implements PipeTransform<string, number> {
  transform(text: string): number {
    return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= MAX_ID ? Number(text) : 0;
  }
}

/** Documents a parameter that `IdPipe` reads. */
export const ApiId = (name: string, description: string) =>
  ApiParam({ name, description, schema: { type: 'integer', minimum: 1, maximum: MAX_ID }, example: 1 });
