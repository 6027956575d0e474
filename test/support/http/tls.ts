/** A key and a certificate for localhost, made for these tests, good for a hundred years and for nothing else. */
import { readFileSync } from 'node:fs'

const read = (name: string) => readFileSync(new URL(name, import.meta.url))

export const tls: { readonly key: Buffer; readonly cert: Buffer } = {
  key: read('localhost.key.pem'),
  cert: read('localhost.cert.pem'),
}
