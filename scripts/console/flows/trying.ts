import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { packageRoot } from '../../../src/package.ts';
import { run } from '../../foreign/run.ts';
import { draw, sample, seven, type Flow } from './flow.ts';

const drawn: Flow = {
  name: 'a seven that is drawn is answered, with scores, what the model saw, and code that asks the same',
  async run(page) {
    await page.getByRole('link', { name: 'Try' }).click();
    await draw(page, seven);
    await page.locator('.said .class').waitFor();
    assert.equal(await page.locator('.said .class').innerText(), '7');
    assert.equal(await page.locator('.bars li').count(), 5);
    const saw = page.getByRole('img', { name: 'What the model saw, 28 by 28 pixels' });
    await saw.waitFor();
    assert.equal(await page.evaluate("document.querySelector('.saw img').naturalWidth"), 28);
    await page.getByRole('button', { name: 'Why this answer?' }).click();
    await page.getByRole('img', { name: 'The points that speak for 7, and against it' }).waitFor();
    assert.equal(await page.locator('.why .saw img').count(), 2);
    await runCode(page);
    await page.getByRole('button', { name: 'Wipe' }).click();
    await page.getByText('Nothing drawn yet.').waitFor();
  },
};

/** Every block of code as it stands there, beside the drawing that the page gives. */
async function runCode(page: Page): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'glimpse-console-code-'));
  try {
    const saving = page.waitForEvent('download');
    await page.getByRole('link', { name: 'is saved as drawing.png' }).click();
    await (await saving).saveAs(join(folder, 'drawing.png'));
    await mkdir(join(folder, 'node_modules'));
    await symlink(packageRoot, join(folder, 'node_modules', 'glimpse'));
    const [curl = '', ...programs] = await page.locator('.code pre').allInnerTexts();
    assert.match(await run('bash', ['-c', curl], { cwd: folder }), /"label":"7"/);
    assert.equal(programs.length, 2);
    for (const program of programs) {
      await writeFile(join(folder, 'program.mjs'), program);
      assert.match(await run(process.execPath, ['program.mjs'], { cwd: folder }), /^7 (?:0\.|1)/);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const touched: Flow = {
  name: 'a one is drawn with a finger',
  async run(page) {
    const { x, y, width, height } = (await page.locator('canvas').boundingBox())!;
    const browser = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', down?: number) =>
      browser.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: down === undefined ? [] : [{ x: x + width / 2, y: y + down * height }],
      });
    await touch('touchStart', 0.2);
    for (const down of [0.4, 0.6, 0.8]) await touch('touchMove', down);
    await touch('touchEnd');
    await page.locator('.said .class').waitFor();
    assert.equal(await page.locator('.said .class').innerText(), '1');
    await browser.detach();
  },
};

const chosen: Flow = {
  name: 'pictures are chosen by keyboard alone, and asked of two versions',
  async run(page) {
    await page.getByRole('button', { name: 'Files' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('input[type=file]').setInputFiles([sample('3'), sample('8')]);
    await page.getByLabel('and beside it').selectOption({ label: 'digits, version 1' });
    await page.locator('.said .class').nth(3).waitFor();
    const answers = await page.locator('.said .class').allInnerTexts();
    assert.deepEqual(answers, ['3', '3', '8', '8']);
  },
};

/** As a browser tells of files that come from elsewhere. */
async function bring(page: Page, how: 'paste' | 'drop', file: string): Promise<void> {
  const bytes = (await readFile(file)).toString('base64');
  await page.evaluate(`(() => {
    const data = new DataTransfer();
    const bytes = Uint8Array.from(atob('${bytes}'), (each) => each.charCodeAt(0));
    data.items.add(new File([bytes], 'brought.png', { type: 'image/png' }));
    dispatchEvent(
      '${how}' === 'paste'
        ? new ClipboardEvent('paste', { clipboardData: data, cancelable: true })
        : new DragEvent('drop', { dataTransfer: data, cancelable: true }),
    );
  })()`);
}

const brought: Flow = {
  name: 'pictures are pasted and dropped, a doubtful one is warned of in words',
  async run(page) {
    await page.getByLabel('and beside it').selectOption('-1');
    for (const [how, digit] of [
      ['paste', '4'],
      ['drop', '9'],
    ] as const) {
      await bring(page, how, sample(digit));
      const answer = page.locator('.said .class').getByText(digit, { exact: true });
      await answer.waitFor();
      assert.equal(await page.locator('.said .class').count(), 1);
    }
    const grey = { width: 80, height: 80, channels: 3, background: '#808080' } as const;
    const buffer = await sharp({ create: grey }).png().toBuffer();
    const blank = { name: 'blank.png', mimeType: 'image/png', buffer };
    await page.locator('input[type=file]').setInputFiles([blank]);
    await page.getByText('There is hardly anything on the picture').waitFor();
  },
};

const isMoving = "document.querySelector('video')?.currentTime > 0";

const photographed: Flow = {
  name: 'the camera takes a picture, which is answered',
  async run(page) {
    await page.getByRole('button', { name: 'Camera' }).click();
    // What waits inside of the page would need eval, which the policy forbids.
    for (let looks = 0; !(await page.evaluate<boolean>(isMoving)); looks += 1) {
      assert.ok(looks < 100, 'the camera shows nothing');
      await page.waitForTimeout(100);
    }
    await page.getByRole('button', { name: 'Take the picture' }).click();
    await page.getByRole('img', { name: 'photo.jpg' }).waitFor();
    await page.getByRole('img', { name: 'What the model saw, 28 by 28 pixels' }).waitFor();
    assert.equal(await page.locator('.said .class').count(), 1);
    await page.getByRole('button', { name: 'Draw', exact: true }).click();
    await page.locator('canvas').waitFor();
  },
};

export const tryFlows: readonly Flow[] = [drawn, touched, chosen, brought, photographed];
