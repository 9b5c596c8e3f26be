'use client';

import { useState } from 'react';

export default function Page() {
  const [said, setSaid] = useState('');

  async function classify(event) {
    const [file] = event.target.files;
    if (!file) return;
    setSaid('...');
    const body = new FormData();
    body.set('image', file);
    const response = await fetch('/classify', { method: 'POST', body });
    const { label, score, warnings, error } = await response.json();
    if (error) setSaid(error);
    else if (warnings?.length > 0) setSaid(`Perhaps ${label}; the picture is not clear.`);
    else setSaid(`It is ${label} (${Math.round(score * 100)} %).`);
  }

  return (
    <main>
      <h1>Which digit is it?</h1>
      <label>
        A picture <input type="file" accept="image/*" onChange={classify} />
      </label>
      <p role="status">{said}</p>
    </main>
  );
}
