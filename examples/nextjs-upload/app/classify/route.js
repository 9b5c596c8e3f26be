import { createClient, GlimpseError } from 'glimpse/client';

const glimpse = createClient({
  url: process.env.GLIMPSE_URL ?? 'http://localhost:8080',
  key: process.env.GLIMPSE_KEY,
  timeoutMs: 10_000,
});

/** Hands an upload on to Glimpse, whose address and key stay on this side. */
export async function POST(request) {
  const image = (await request.formData()).get('image');
  if (!(image instanceof Blob))
    return Response.json({ error: 'No picture came.' }, { status: 400 });
  try {
    return Response.json(await glimpse.predict(image, { signal: request.signal }));
  } catch (error) {
    if (error instanceof GlimpseError && error.status < 500 && error.status !== 401)
      return Response.json({ error: error.message }, { status: error.status });
    console.error(error);
    return Response.json({ error: 'Glimpse cannot be asked at the moment.' }, { status: 503 });
  }
}
