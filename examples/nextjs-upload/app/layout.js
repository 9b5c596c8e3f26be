export const metadata = { title: 'Which digit is it?' };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body style={{ font: '1rem system-ui', maxWidth: '40rem', margin: '2rem auto' }}>
        {children}
      </body>
    </html>
  );
}
