import { MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { Body, Controller, HttpCode, Module, Post, Res } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { CurrentActor, RequirePermission } from '../../src/platform/access/access.decorators.js';
import type { Actor } from '../../src/platform/access/actor.js';
import { Database } from '../../src/platform/database/database.js';
import { NotFoundError } from '../../src/platform/errors/domain-error.js';
import { Idempotent } from '../../src/platform/http/idempotent.decorator.js';
import { TEST_PERMISSION } from './platform-app.js';

const ThingSchema = defineEntity({
  name: 'Thing',
  tableName: 'test_thing',
  properties: {
    id: p.integer().primary(),
    name: p.text(),
    owner: p.text(),
    label: p.text().nullable().unique(),
  },
});

/** What the routes below create. */
export class Thing extends ThingSchema.class {}
ThingSchema.setClass(Thing);

export class CreateThingDto {
  @IsString()
  name!: string;
  /** Unique. */
  @IsOptional()
  @IsString()
  label?: string;
}

/** Where a request is held until the test has looked around. */
export class Gate {
  private readonly arrival = Promise.withResolvers<void>();
  private readonly opening = Promise.withResolvers<void>();

  /** Resolves when a request stands at the gate. */
  readonly arrived = this.arrival.promise;

  pass(): Promise<void> {
    this.arrival.resolve();
    return this.opening.promise;
  }

  open(): void {
    this.opening.resolve();
  }
}

/** Routes that create in the ways in which handlers do. */
@Controller('things')
export class ThingsController {
  /** While set, `POST /things` waits here inside its transaction. */
  static gate: Gate | undefined;
  /** Whether `POST /things/moody` fails after its effect. */
  static moody = true;

  constructor(private readonly database: Database) {}

  @Post()
  @RequirePermission(TEST_PERMISSION)
  @Idempotent()
  async create(
    @CurrentActor() actor: Actor,
    @Body() body: CreateThingDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const thing = await this.database.transaction((em) => insert(em, actor, body));
    await ThingsController.gate?.pass();
    void reply.header('Location', `/things/${thing.id}`);
    return { id: thing.id, name: thing.name };
  }

  @Post('not-flushed')
  @RequirePermission(TEST_PERMISSION)
  @Idempotent()
  notFlushed(@CurrentActor() { userid }: Actor, @Body() body: CreateThingDto): Promise<Thing> {
    return this.database.transaction(async (em) => {
      const thing = em.create(Thing, { name: body.name, label: body.label ?? null, owner: userid });
      em.persist(thing);
      return thing;
    });
  }

  @Post('accepted')
  @HttpCode(202)
  @RequirePermission(TEST_PERMISSION)
  @Idempotent()
  async accepted(
    @CurrentActor() actor: Actor,
    @Body() body: CreateThingDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    await this.database.transaction((em) => insert(em, actor, body));
    void reply.headers({ Location: '/jobs/1', 'Retry-After': '2' });
    return 'accepted';
  }

  @Post('silent')
  @HttpCode(204)
  @RequirePermission(TEST_PERMISSION)
  @Idempotent()
  async silent(@CurrentActor() actor: Actor, @Body() body: CreateThingDto): Promise<void> {
    await this.database.transaction((em) => insert(em, actor, body));
  }

  @Post('long')
  @RequirePermission(TEST_PERMISSION)
  @Idempotent()
  async long(@CurrentActor() actor: Actor, @Body() body: CreateThingDto): Promise<object> {
    await this.database.transaction((em) => insert(em, actor, body));
    return { text: 'x'.repeat(1024 ** 2) };
  }

  @Post('moody')
  @RequirePermission(TEST_PERMISSION)
  @Idempotent()
  async mood(@CurrentActor() actor: Actor, @Body() body: CreateThingDto): Promise<object> {
    const thing = await this.database.transaction((em) => insert(em, actor, body));
    if (ThingsController.moody) throw new NotFoundError('NO_MOOD', 'Not today. Come again.');
    return { id: thing.id };
  }
}

@Module({ imports: [MikroOrmModule.forFeature([Thing])], controllers: [ThingsController] })
export class ThingsModule {}

async function insert(em: EntityManager, { userid }: Actor, { name, label }: CreateThingDto): Promise<Thing> {
  const thing = em.create(Thing, { name, label: label ?? null, owner: userid });
  await em.persist(thing).flush();
  return thing;
}
