import { defineConfig } from 'drizzle-kit';

/** `npm run migration` compares the schema with the migrations and writes the next one. Never edit one that was released. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './policy-store/db/schema.ts',
  out: './migrations',
});
