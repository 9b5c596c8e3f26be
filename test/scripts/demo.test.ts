import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

describe('npm run demo', { timeout: 120_000 }, () => {
  it('trains, publishes the next version and asks it, with the digits we drew', async () => {
    const child = spawn(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), join('scripts', 'demo.ts')],
      { cwd: root, env: { ...process.env, GLIMPSE_MNIST_DIR: join(root, 'no-mnist-here') } },
    );
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const [said, complained, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      exited,
    ]);
    expect({ code, complained }).toMatchObject({ code: 0 });
    expect(said).toContain('digits that Glimpse drew itself were used');
    expect(said).toMatch(/digits version \d: 9\d\.\d\d % right on 300 examples/);
    expect(said).toContain('The label "production" stays on version 2');
    expect(said).toMatch(/samples\/golden\/7\.png +7 .*7 \(/);
    expect(said).toContain('GLIMPSE_REPOSITORY=.glimpse/demo/models npm start');
  });
});
