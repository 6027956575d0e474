/** Response headers that are about one content, and wrong once another takes its place (RFC 9110 §8, §10.2.2). */
const NAMES = [
  'accept-ranges',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'etag',
  'expires',
  'last-modified',
  'location',
  'refresh',
  'trailer',
  'transfer-encoding',
]

/** Whether a header is about the content, whatever the case of its name. */
export function isRepresentation(name: string): boolean {
  return NAMES.includes(name.toLowerCase())
}

export function removeRepresentation(remove: (name: string) => void): void {
  for (const name of NAMES) remove(name)
}
