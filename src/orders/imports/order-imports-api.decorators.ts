import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { DUPLICATE_POLICIES } from './order-import-options.js';

/** The parameters of an import. */
export const ApiImportOptions = () =>
  applyDecorators(
    ApiQuery({
      name: 'dry_run',
      required: false,
      schema: { type: 'boolean' },
      description: 'Only tell what would become of the lines; nothing is stored.',
    }),
    ApiQuery({
      name: 'on_duplicate',
      required: false,
      schema: { type: 'string', enum: [...DUPLICATE_POLICIES], default: 'skip' },
      description:
        'What becomes of a line whose id is taken, by an order stored before or by a line above. ' +
        '`skip`: it is passed over. `update`: it replaces the order. `reject`: it is told of among the rejected lines. ' +
        '`renumber`: it gets a new id, above all others, once the whole file has been read.',
    }),
    ApiQuery({
      name: 'map',
      required: false,
      schema: { type: 'string' },
      description:
        'What names of the header mean, where they are not ours: `Customer:name,Born:birthday,Colour:-`; `-` leaves a column out.',
    }),
    ApiQuery({
      name: 'again',
      required: false,
      schema: { type: 'boolean' },
      description: 'Import the file even if it is the one that was imported last.',
    }),
  );
