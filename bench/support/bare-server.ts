/** The baselines: Fastify and `pg` with nothing around them, as a process of its own. */
import Fastify from 'fastify';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });
const app = Fastify();

app.get('/bare', () => ({ status: 'ok' }));

app.get<{ Params: { id: string } }>('/orders/:id', async ({ params }) => {
  const { rows } = await pool.query<Record<string, unknown>>({
    name: 'detail',
    text: `select id, valid, name, email, state, zipcode, errors, to_char(birthday, 'FMMonth DD, YYYY') as birthday from orders where id = $1`,
    values: [Number(params.id)],
  });
  return {
    result: { ...rows[0], errors: rows[0]!['errors'] ?? [] },
    status_code: 200,
    uuid: '',
    message: '',
  };
});

app.get<{ Querystring: { limit: string; after?: string } }>('/orders', async ({ query }) => {
  const { rows } = await pool.query({
    name: 'list',
    text: 'select id, valid, name from orders where id > $3::bigint order by id limit $1 offset $2',
    values: [Number(query.limit), 0, Number(query.after ?? 0)],
  });
  return { result: rows, status_code: 200, uuid: '', message: '' };
});

await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' });
