import { experimental, type ServerCredentials } from '@grpc/grpc-js';
import type { CertificateHolder, TlsMaterial } from '../connections/tls.ts';

type Provider = experimental.CertificateProvider;
type CaListener = experimental.CaCertificateUpdateListener;
type IdentityListener = experimental.IdentityCertificateUpdateListener;

/** TLS as the application speaks it, whose certificate can be replaced while the port is open. */
export function grpcTls(
  material: TlsMaterial,
): CertificateHolder & { readonly credentials: ServerCredentials } {
  const provider = new CertificateListeners(material);
  const needsClients = material.ca !== undefined;
  // The first gives what the server shows, the second what it trusts, whatever they are called there.
  const credentials = experimental.createCertificateProviderServerCredentials(
    provider,
    needsClients ? provider : null,
    needsClients,
  );
  return { credentials, setSecureContext: (next) => provider.replace(next) };
}

/** Tells whoever listens the certificate, and each time that another comes; not before `add...` has returned, which would not be heard. */
class CertificateListeners implements Provider {
  #material: TlsMaterial;
  readonly #ofCa = new Set<CaListener>();
  readonly #ofIdentity = new Set<IdentityListener>();

  constructor(material: TlsMaterial) {
    this.#material = material;
  }

  replace(material: TlsMaterial): void {
    this.#material = material;
    for (const listener of this.#ofCa) this.#tellCa(listener);
    for (const listener of this.#ofIdentity) this.#tellIdentity(listener);
  }

  addCaCertificateListener(listener: CaListener): void {
    this.#ofCa.add(listener);
    queueMicrotask(() => this.#tellCa(listener));
  }

  removeCaCertificateListener(listener: CaListener): void {
    this.#ofCa.delete(listener);
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.#ofIdentity.add(listener);
    queueMicrotask(() => this.#tellIdentity(listener));
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.#ofIdentity.delete(listener);
  }

  #tellCa(listener: CaListener): void {
    const { ca } = this.#material;
    listener(ca ? { caCertificate: ca } : null);
  }

  #tellIdentity(listener: IdentityListener): void {
    const { cert, key } = this.#material;
    listener({ certificate: cert, privateKey: key });
  }
}
